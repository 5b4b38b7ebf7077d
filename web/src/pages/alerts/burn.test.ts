import { expect, it } from 'vitest';
import { bySpan, spanSeconds } from './burn';

it.each([
  ['5m', 300],
  ['1h24m', 5040],
  ['3d', 259200],
  ['1w', 604800],
  ['', 0],
])('%s', (text, want) => expect(spanSeconds(text)).toBe(want));

it('orders windows by length, not by text', () => {
  expect(bySpan(['14m', '2m', '84m', '1h', '7m'].map((window) => ({ window }))).map((b) => b.window)).toEqual([
    '2m',
    '7m',
    '14m',
    '1h',
    '84m',
  ]);
});
