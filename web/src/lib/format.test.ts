import { expect, test } from 'vitest';
import { count, moment, momentWidth, usd } from '@/lib/format';

test.each([
  ['0.00000022', '$0.00000022'],
  [2.216e-7, '$0.000000222'],
  ['0.0000000001', '$0.0000000001'],
  [0.5, '$0.5'],
  [0.00123, '$0.00123'],
  [3.2e-13, '<$0.000000000001'],
  [-0.0001, '-$0.0001'],
  [12.5, '$12.50'],
  [99_999.994, '$99,999.99'],
  [-1234.5, '-$1,234.50'],
  [0, '$0'],
  ['', '–'],
])('%s is %s', (value, want) => expect(usd(value)).toBe(want));

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1234567.4, '1,234,567'],
  [-12345, '-12,345'],
  [undefined, '–'],
])('%s is %s, in thousands', (value, want) => expect(count(value)).toBe(want));

test.each([
  ['2026-11-22T14:05:09.123', true, '14:05:09.123'],
  ['2026-11-22T14:05:09.123', false, '14:05:09'],
  ['2026-11-21T23:59:59.999', true, 'Nov 21 23:59:59.999'],
  ['2026-03-01T00:00:00', false, 'Mar 1 00:00:00'],
  ['2025-11-22T14:05:09.123', true, '2025-11-22 14:05:09'],
])('%s, with milliseconds %s, is %s in a list', (at, milliseconds, want) =>
  expect(moment(new Date(at), milliseconds, new Date('2026-11-22T18:00:00'))).toBe(want),
);

test('moments of other days have a wider column', () => {
  const now = new Date().toISOString(),
    before = new Date(Date.now() - 86_400_000).toISOString();
  expect(momentWidth([now])).toBe('104px');
  expect(momentWidth([now, before])).toBe('156px');
  expect(momentWidth([now], false)).toBe('76px');
});
