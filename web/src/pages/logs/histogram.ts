// Counts by level over time, from rows of an aggregate to series of a chart.
import type { Schemas } from '@/api/client';
import type { ChartSeries } from '@/components/Chart';
import { levelColor, levels } from '@/pages/logs/record';

const most = 2000; // buckets

/** Each bucket of the range has a value: where nothing was logged it is 0. Levels that do not occur are left out. */
export function histogram(
  rows: Schemas['Row'][],
  from: number,
  to: number,
  width: number,
): { times: number[]; series: ChartSeries[]; total: number } {
  const first = Math.floor(from / width) * width;
  const times: number[] = [];
  for (let t = first; t < to && times.length < most; t += width) times.push(t);
  const by = new Map<string, number[]>();
  let total = 0;
  for (const row of rows) {
    const at = Math.floor((Date.parse(row.bucket!) - first) / width);
    const n = row.values[0] ?? 0;
    if (!(at >= 0 && at < times.length)) continue;
    const level = row.keys?.[0] ?? '';
    let values = by.get(level);
    if (!values) by.set(level, (values = new Array<number>(times.length).fill(0)));
    values[at]! += n;
    total += n;
  }
  const order = ['', ...levels].reverse(); // the worst at the bottom: that is the last of piled bars
  const names = [...by.keys()].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return {
    times,
    total,
    series: names.map((level) => ({
      name: level || 'no level',
      values: by.get(level)!,
      color: levelColor(level),
      draw: 'bars',
      fill: 1,
    })),
  };
}
