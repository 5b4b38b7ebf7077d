import { describe, expect, it } from 'vitest';
import { largest, one, readMatrix } from './batch';
import { union } from './union';

const answer = (result: { metric: Record<string, string>; values: [number, string][] }[]) => ({ data: { result } });

describe('union', () => {
  it('tells parts apart by a label', () => {
    expect(
      union([
        { id: 'a', expr: 'sum(x)' },
        { id: 'b', expr: '1 - y' },
      ]),
    ).toBe('label_replace(sum(x), "__part", "a", "", "")\nor label_replace(1 - y, "__part", "b", "", "")');
  });
});

describe('readMatrix', () => {
  const batch = readMatrix(
    answer([
      {
        metric: { __part: 'a' },
        values: [
          [100, '1'],
          [120, 'NaN'],
          [130, '4'],
        ],
      },
      {
        metric: { __part: 'b', model: 'x' },
        values: [
          [110, '+Inf'],
          [120, '2'],
        ],
      },
    ]),
    100,
    130,
    10,
  );

  it('puts values at their times and leaves gaps', () => {
    expect(batch.times).toEqual([100_000, 110_000, 120_000, 130_000]);
    expect(one(batch, 'a')).toEqual([1, null, null, 4]);
  });
  it('drops what is no number, and the label of the part', () => {
    expect(batch.of('b')).toEqual([{ labels: { model: 'x' }, values: [null, null, 2, null] }]);
  });
  it('has nulls for a part without series', () => expect(one(batch, 'c')).toEqual([null, null, null, null]));
});

describe('largest', () => {
  const series = (sizes: number[]) =>
    readMatrix(
      answer(
        sizes.map((n, i) => ({
          metric: { __part: 'p', model: `m${i}` },
          values: [
            [0, String(n)],
            [1, i === 0 ? 'NaN' : String(n)],
          ],
        })),
      ),
      0,
      1,
      1,
    );

  it('keeps the largest and adds up the rest', () => {
    const got = largest(series([1, 5, 3, 2]), 'p', 'model', 2);
    expect(got.map((s) => s.name)).toEqual(['m1', 'm2', '2 others']);
    expect(got[2]!.values).toEqual([3, 2]);
  });
  it('does not call one series others', () => {
    expect(largest(series([1, 5, 3]), 'p', 'model', 2).map((s) => s.name)).toEqual(['m0', 'm1', 'm2']);
  });
});
