const palette = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6', '--s7', '--s8'];

/** The color of the series at a place. */
export const seriesColor = (at: number): string => palette[at % palette.length]!;

/** Whether the colors have come round, so that a line needs a second mark. */
export const repeatsColor = (at: number): boolean => Math.floor(at / palette.length) % 2 === 1;

/** A color for a style. */
export const css = (name: string): string => (name.startsWith('--') ? `var(${name})` : name);

/** A color with an opacity. */
export function alpha(c: string, opacity: number): string {
  return `color-mix(in srgb, ${c} ${Math.round(opacity * 100)}%, transparent)`;
}
