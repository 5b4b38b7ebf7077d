import { expect, test } from 'vitest';
import { hasOdd, visible } from './foreign';

test.each([
  ['plain\ttext\nlines', 'plain\ttext\nlines'],
  ['windows\r\nends', 'windows\nends'],
  ['over\rwritten', 'over⟨U+000D⟩written'],
  ['a\u0000b\u001b[31m', 'a⟨U+0000⟩b⟨U+001B⟩[31m'],
  ['user\u202etxt.exe', 'user⟨U+202E⟩txt.exe'],
  ['zero\u200bwidth', 'zero⟨U+200B⟩width'],
  ['tag\u{e0041}', 'tag⟨U+E0041⟩'],
  ['שלום עולם', 'שלום עולם'],
  ['👩‍👩‍👧 joined', '👩‍👩‍👧 joined'],
])('%j', (text, want) => expect(visible(text)).toBe(want));

test('cut at whole characters', () => {
  expect(visible('abcdef', 3)).toBe('abc…');
  expect(visible('a😀b', 2)).toBe('a…');
  expect(visible('abc', 3)).toBe('abc');
});

test('line ends of Windows are nothing odd', () => {
  expect(hasOdd('a\r\nb')).toBe(false);
  expect(hasOdd('a\u202eb')).toBe(true);
});
