import { expect, test } from 'vitest';
import { oneLine, stripAnsi } from '@/lib/oneLine';

test('colors and links of terminals go', () => {
  expect(stripAnsi('\x1b[1;31merror\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x9b31mred')).toBe('error link red');
});

test.each([
  ['a\n\tb\r\nc', 'a ↵  b ↵ c'],
  ['\x1b[31mred\x1b[0m', 'red'],
  ['user\u202Etxt.exe', 'user⟨U+202E⟩txt.exe'],
  [undefined, ''],
])('%j', (text, want) => expect(oneLine(text)).toBe(want));

test('long texts are cut', () => {
  expect(oneLine('x'.repeat(1e6), 10)).toBe('xxxxxxxxxx…');
  expect(oneLine('\x1b[0m'.repeat(1e5), 10)).toBe('…');
});
