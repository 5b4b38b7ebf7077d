// Windows of burn rates.
const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 7 * 86400 };

/** Seconds of a duration as PromQL writes it: 1h30m. */
export function spanSeconds(text: string): number {
  let s = 0;
  for (const [, n, unit] of text.matchAll(/(\d+)([smhdw])/g)) s += Number(n) * units[unit!]!;
  return s;
}

/** Shortest window first. */
export const bySpan = <B extends { window: string }>(burn: B[]): B[] =>
  burn.toSorted((a, b) => spanSeconds(a.window) - spanSeconds(b.window));
