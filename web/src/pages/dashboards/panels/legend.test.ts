import { expect, test } from 'vitest';
import { chartSeries, keysOf } from './chartSeries';
import { chosenAfter } from './SeriesLegend';

const names = ['a', 'b', 'c'];

test('a click leaves one alone, another click brings all back', () => {
  const alone = chosenAfter(names, null, 'b', false);
  expect(alone).toEqual(new Set(['b']));
  expect(chosenAfter(names, alone, 'b', false)).toBeNull();
  expect(chosenAfter(names, alone, 'c', false)).toEqual(new Set(['c']));
});

test('with Ctrl one goes and comes, and none left is all', () => {
  const two = chosenAfter(names, null, 'b', true);
  expect(two).toEqual(new Set(['a', 'c']));
  expect(chosenAfter(names, two, 'b', true)).toBeNull();
  expect(chosenAfter(names, new Set(['a']), 'a', true)).toBeNull();
});

test('keys stay when others come before, and tell those of one name apart', () => {
  expect(keysOf([{ name: 'a' }, { name: 'b' }, { name: 'a' }])).toEqual(['1:a', '1:b', '2:a']);
  expect(keysOf([{ name: 'new' }, { name: 'b' }])[1]).toBe('1:b');
});

test('series without a name have one in the legend', () => {
  const of = (...all: string[]) => all.map((name) => ({ name, target: 'A', labels: {}, values: [1], field: {} }));
  expect(chartSeries(of(''), 'Notifications').map((s) => s.name)).toEqual(['Notifications']);
  expect(chartSeries(of('', 'firing'), 'Alerts').map((s) => s.name)).toEqual(['(no label)', 'firing']);
});
