import { expect, test } from 'vitest';
import { alignMessages, common, diffTexts } from './diff';

const left = (a: string, b: string) =>
  diffTexts(a, b)!
    .filter((p) => p.kind !== 'new')
    .map((p) => p.text)
    .join('');
const right = (a: string, b: string) =>
  diffTexts(a, b)!
    .filter((p) => p.kind !== 'gone')
    .map((p) => p.text)
    .join('');

test('both texts can be read from the pieces', () => {
  for (const [a, b] of [
    ['the cat sat', 'the dog sat down'],
    ['', 'x'],
    ['x', ''],
    ['a\nb\n', 'a\nc\nb'],
    ['שלום עולם', 'שלום לך'],
    ['same', 'same'],
  ] as const) {
    expect(left(a, b)).toBe(a);
    expect(right(a, b)).toBe(b);
  }
});

test('words', () => {
  expect(diffTexts('the cat sat', 'the dog sat')).toEqual([
    { kind: 'same', text: 'the ' },
    { kind: 'gone', text: 'cat' },
    { kind: 'new', text: 'dog' },
    { kind: 'same', text: ' sat' },
  ]);
  expect(diffTexts('same', 'same')).toEqual([{ kind: 'same', text: 'same' }]);
});

test('bounded', () => {
  const a = Array.from({ length: 40_000 }, (_, i) => `a${i}\n`).join('');
  const b = Array.from({ length: 40_000 }, (_, i) => `b${i}\n`).join('');
  expect(diffTexts(a, b)).toBeNull();
  expect(diffTexts(a, a + 'more')!.at(-1)).toEqual({ kind: 'new', text: 'more' });
  expect(diffTexts('x'.repeat(3_000_000), 'y')).toBeNull();
});

test('common', () => {
  expect(common([1, 2, 3, 4], [2, 4, 5])).toEqual([
    [1, 0],
    [3, 1],
  ]);
  expect(common([], [1])).toEqual([]);
});

test('messages stand beside those they belong to', () => {
  const m = (role: string, text: string) => ({ role, text });
  const a = [m('system', 's'), m('user', 'hi'), m('assistant', 'hello')];
  const b = [m('system', 's2'), m('user', 'hi'), m('tool', 't'), m('assistant', 'bye')];
  expect(alignMessages(a, b).map(([x, y]) => [x?.text, y?.text])).toEqual([
    ['s', 's2'],
    ['hi', 'hi'],
    [undefined, 't'],
    ['hello', 'bye'],
  ]);
  expect(alignMessages([], b)).toHaveLength(4);
});
