import { expect, it } from 'vitest';
import { readHistory } from './periods';

const series = (alertstate: string, times: number[], labels = {}) => ({
  metric: { __name__: 'ALERTS', alertname: 'Slow', alertstate, job: 'a', ...labels },
  values: times.map((t): [number, string] => [t, '1']),
});

it('makes periods of samples', () => {
  const [h] = readHistory([series('pending', [10, 20]), series('firing', [30, 40, 50, 100, 110])], 10, 200);
  expect(h).toMatchObject({ name: 'Slow', labels: { job: 'a' }, firing: 50_000 });
  expect(h!.periods).toEqual([
    { from: 10_000, to: 30_000, state: 'pending', open: false },
    { from: 30_000, to: 60_000, state: 'firing', open: false },
    { from: 100_000, to: 120_000, state: 'firing', open: false },
  ]);
});

it('one missing sample ends nothing', () => {
  expect(readHistory([series('firing', [10, 30])], 10, 100)[0]!.periods).toHaveLength(1);
});

it('goes on at the end', () => {
  expect(readHistory([series('firing', [10, 20])], 10, 25)[0]!.periods).toEqual([
    { from: 10_000, to: 25_000, state: 'firing', open: true },
  ]);
});

it('has what fired last first', () => {
  const got = readHistory(
    [
      series('firing', [10], { job: 'early' }),
      series('pending', [90], { job: 'never' }),
      series('firing', [50], { job: 'late' }),
    ],
    10,
    100,
  );
  expect(got.map((h) => h.labels.job)).toEqual(['late', 'early', 'never']);
});
