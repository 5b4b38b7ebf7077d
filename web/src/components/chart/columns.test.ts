import { expect, test } from 'vitest';
import { columns, ends, isolated } from './columns';
import { topSeries } from './top';

const series = (...all: (number | null)[][]) => all.map((values, i) => ({ name: String(i), values }));

test('what cannot be drawn is a gap', () => {
  expect(columns({ times: [1000, 2000, 3000], series: series([1, Infinity, NaN], [1]) })).toEqual([
    [1, 2, 3],
    [1, null, null],
    [1, null, null],
  ]);
  expect(columns({ times: [0, 1000], series: series([0, 10]), log: true })[1]).toEqual([null, 10]);
});

test('a stack carries on where one series has no value, and is a gap where none has', () => {
  expect(
    columns({ times: [0, 1000, 2000], series: series([1, null, null], [2, 3, null]), stack: true }).slice(1),
  ).toEqual([
    [1, 0, null],
    [3, 3, null],
  ]);
});

test('negative values pile up below zero, hidden ones are left out', () => {
  expect(columns({ times: [0], series: series([1], [-2], [3]), stack: true }).slice(1)).toEqual([[1], [-2], [4]]);
  const [a, b] = series([1], [5]);
  expect(columns({ times: [0], series: [{ ...a!, hidden: true }, b!], stack: true })[2]).toEqual([5]);
});

test('of piled bars the first is the highest, so that those drawn after it do not cover it', () => {
  const bars = series([1], [2], [3]).map((s) => ({ ...s, draw: 'bars' as const }));
  expect(columns({ times: [0], series: bars, stack: true }).slice(1)).toEqual([[6], [5], [3]]);
});

test('shares of a stack in percent', () => {
  expect(columns({ times: [0], series: series([1], [3]), stack: 'percent' }).slice(1)).toEqual([[0.25], [1]]);
});

test.each([
  ['nothing known', null, null, {}, [0, 1]],
  ['all zero', 0, 0, {}, [0, 1]],
  ['zero is on the axis', 5, 100, {}, [0, 108]],
  ['below zero only', -10, -5, {}, [-10.8, 0]],
  ['as the panel says', 1, 2, { min: 1, max: 3 }, [1, 3]],
  ['a least above all values', 1, 2, { min: 50 }, [50, 100]],
  ['a stack above the most of the panel', 0, 100, { max: 50, stack: true }, [0, 108]],
  ['a stack below the most of the panel', 0, 20, { max: 50, stack: true }, [0, 50]],
  ['a line above the most of the panel', 0, 100, { max: 50 }, [0, 50]],
  ['logarithmic', 3, 250, { log: true }, [1, 1000]],
  ['logarithmic, one value', 10, 10, { log: true }, [10, 100]],
])('ends of the axis: %s', (_, low, high, p, want) => {
  expect(ends(low, high, p)).toEqual(want);
});

test('values between gaps are found', () => expect(isolated([1, null, 2, 3, null, 4])).toEqual([0, 5]));

test('the highest stay, the rest is other', () => {
  const all = Array.from({ length: 10 }, (_, i) => ({ name: `s${i}`, values: [i, null] }));
  const top = topSeries(all, 8, true);
  expect(top.more).toBe(2);
  expect(top.series.map((s) => s.name)).toEqual(['s2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 'other (2)']);
  expect(top.series.at(-1)!.values).toEqual([1, null]);
  expect(topSeries(all, 8).series).toHaveLength(8);
  expect(topSeries(all, 20)).toEqual({ series: all, more: 0 });
});
