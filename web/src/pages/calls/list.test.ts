import { expect, test } from 'vitest';
import { sorted } from './list';

test('sorted: unknown last, whichever way', () => {
  const rows = [{ v: 2 }, { v: undefined }, { v: 10 }, { v: 1 }];
  expect(sorted(rows, (r) => r.v, true).map((r) => r.v)).toEqual([10, 2, 1, undefined]);
  expect(sorted(rows, (r) => r.v, false).map((r) => r.v)).toEqual([1, 2, 10, undefined]);
  const names = [{ v: 'b10' }, { v: '' }, { v: 'b2' }];
  expect(sorted(names, (r) => r.v, false).map((r) => r.v)).toEqual(['b2', 'b10', '']);
});
