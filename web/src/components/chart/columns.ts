// What uPlot is given, made from what charts are given.
import type { ChartProps, ChartSeries } from './types';

type Values = (number | null)[];

/** Seconds, then a column for each series. What cannot be drawn is null. Stacked ones are sums of those below. */
export function columns({
  times,
  series,
  stack,
  log,
}: Pick<ChartProps, 'times' | 'series' | 'stack' | 'log'>): [number[], ...Values[]] {
  const x = times.map((t) => t / 1000);
  const drawable = (v: number | null | undefined): number | null =>
    v == null || !Number.isFinite(v) || (log && v <= 0) ? null : v;
  const plain = series.map((s) => times.map((_, i) => drawable(s.values[i])));
  return [x, ...(stack ? stacked(plain, series, stack === 'percent') : plain)];
}

// A series without a value where others have one adds nothing; where none has one, the gap stays.
function stacked(all: Values[], series: ChartSeries[], percent: boolean): Values[] {
  const n = all[0]?.length ?? 0;
  const piles = (i: number) => !series[i]!.right && !series[i]!.hidden;
  const totals = new Float64Array(n);
  const any = new Uint8Array(n);
  all.forEach(
    (values, s) =>
      piles(s) &&
      values.forEach((v, i) => {
        if (v === null) return;
        any[i] = 1;
        totals[i]! += Math.abs(v);
      }),
  );
  const above = new Float64Array(n),
    below = new Float64Array(n);
  // Bars reach down to zero: the first is on top of the pile, since those drawn after it cover what is below.
  const order = all.map((_, s) => s);
  if (series.some((s) => s.draw === 'bars')) order.reverse();
  const out = [...all];
  for (const s of order.filter(piles)) {
    out[s] = all[s]!.map((v, i) => {
      if (!any[i]) return null;
      const share = percent ? (totals[i]! > 0 ? (v ?? 0) / totals[i]! : 0) : (v ?? 0);
      return share < 0 ? (below[i]! += share) : (above[i]! += share);
    });
  }
  return out;
}

/** The ends of an axis: zero is on it unless said otherwise, and nothing touches the upper edge. A stack is never cut off:
 * the most of a panel is meant for one value, not for their sum. */
export function ends(
  low: number | null,
  high: number | null,
  p: Pick<ChartProps, 'min' | 'max' | 'softMin' | 'softMax' | 'log' | 'stack'>,
): [number, number] {
  if (p.stack === true && p.max !== undefined && high !== null && high > p.max)
    return ends(low, high, { ...p, max: undefined });
  if (p.log) {
    const from =
      p.min !== undefined && p.min > 0 ? p.min : low !== null && low > 0 ? 10 ** Math.floor(Math.log10(low)) : 1;
    const to =
      p.max !== undefined && p.max > from
        ? p.max
        : high !== null && high > from
          ? 10 ** Math.ceil(Math.log10(high))
          : from * 10;
    return to > from ? [from, to] : [from, from * 10];
  }
  const least = Math.min(low ?? 0, p.softMin ?? 0, 0);
  const most = Math.max(high ?? 0, p.softMax ?? 0, 0);
  const room = (most - least) * 0.08;
  let from = p.min ?? (least < 0 ? least - room : 0);
  let to = p.max ?? (most > 0 ? most + room : 0);
  if (from === 0 && to === 0) to = 1;
  if (!(to > from))
    [from, to] =
      p.min !== undefined ? [from, from + Math.max(1, Math.abs(from))] : [to - Math.max(1, Math.abs(to)), to];
  return [from, to];
}

/** Places of values with a gap on both sides: a line does not show them. */
export function isolated(values: ArrayLike<number | null | undefined>): number[] {
  const out: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) out.push(i);
  }
  return out;
}

/** The distance of points, in the unit of times: the smallest between two. */
export function spacing(times: number[]): number {
  let least = Infinity;
  for (let i = 1; i < times.length; i++) least = Math.min(least, times[i]! - times[i - 1]!);
  return Number.isFinite(least) ? least : 0;
}
