// When the numbers of the overview are taken. It imports nothing, as the build reads it.

/** Numbers are means of so many seconds. */
export const averaged = 300;
export const hour = 3600;

/** An hour before and now, in seconds. */
export const twoTimes = (now: number): { start: number; end: number; step: number } => ({
  start: Math.floor(now / 1000) - hour,
  end: Math.floor(now / 1000),
  step: hour,
});
