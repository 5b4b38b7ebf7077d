// A chart of many lines is read by nobody: the highest stay, the rest is one line or is told.
import type { ChartSeries } from './types';

export interface Top {
  series: ChartSeries[];
  more: number; // how many are not drawn by themselves
}

const weight = (s: ChartSeries) => s.values.reduce<number>((sum, v) => sum + Math.abs(v ?? 0), 0);

/** At most so many series, the highest, in their order. Where values add up, the rest is one more: other. */
export function topSeries(series: ChartSeries[], most = 8, addUp = false): Top {
  if (series.length <= most) return { series, more: 0 };
  const ranks = series.map((s, i) => ({ i, w: weight(s) })).sort((a, b) => b.w - a.w || a.i - b.i);
  const kept = new Set(ranks.slice(0, most).map((r) => r.i));
  const rest = series.filter((_, i) => !kept.has(i));
  const out = series.filter((_, i) => kept.has(i));
  if (addUp) out.push(otherOf(rest));
  return { series: out, more: rest.length };
}

function otherOf(rest: ChartSeries[]): ChartSeries {
  const n = Math.max(...rest.map((s) => s.values.length));
  const values = Array.from({ length: n }, (_, i) =>
    rest.reduce<number | null>((sum, s) => (s.values[i] == null ? sum : (sum ?? 0) + s.values[i]), null),
  );
  return { ...rest[0]!, name: `other (${rest.length})`, values, color: '--s-other' };
}
