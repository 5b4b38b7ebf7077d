import { describe, expect, test } from 'vitest';
import { oneLine, pieces, stripAnsi, visible } from '@/lib/foreign';
import { prettyJSON } from '@/lib/json';

describe('visible', () => {
  test.each([
    ['plain text', 'plain text'],
    ['a\nb\tc', 'a\nb\tc'],
    ['a\r\nb', 'a\nb'],
    ['a\rb', 'a␍b'],
    ['\x1b[31mred', '␛[31mred'],
    ['a\x00b\x7f', 'a␀b␡'],
    ['user\u202Etxt.exe', 'user⟨RLO⟩txt.exe'],
    ['\u2067x\u2069', '⟨RLI⟩x⟨PDI⟩'],
    ['\x9b31m', '⟨9B⟩31m'],
    ['\ufeffx\u200b', '⟨BOM⟩x⟨ZWSP⟩'],
    ['a\ud800b', 'a\ufffdb'],
    ['👩‍👩‍👧 שלום', '👩‍👩‍👧 שלום'],
    ['ok\u{e0068}\u{e0069}', 'ok⟨hidden: hi⟩'],
  ])('%j', (text, want) => expect(visible(text)).toBe(want));
});

test('colors of terminals go', () => {
  expect(stripAnsi('\x1b[1;31merror\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07')).toBe('error link');
});

describe('one line', () => {
  test('lines are marked', () => expect(oneLine('a\n\tb')).toBe('a ↵  b'));
  test('long texts are cut', () => expect(oneLine('x'.repeat(1e6), 10)).toBe('xxxxxxxxxx…'));
  test('nothing', () => expect(oneLine(undefined)).toBe(''));
});

describe('pieces', () => {
  test('make up the text', () => {
    const text = Array.from({ length: 3000 }, (_, i) => `line ${i} 👩‍👧`).join('\n') + '🙂'.repeat(9000);
    const all = pieces(text, 1000);
    expect(all.join('')).toBe(text);
    expect(Math.max(...all.map((p) => p.length))).toBeLessThanOrEqual(1001);
    expect(all.some((p) => /[\ud800-\udbff]$/.test(p))).toBe(false);
  });
});

describe('JSON', () => {
  test.each([
    ['{"a":1,"b":[1,2],"c":{}, "d":[ ]}', '{\n  "a": 1,\n  "b": [\n    1,\n    2\n  ],\n  "c": {},\n  "d": []\n}'],
    ['{"n":12345678901234567890.10}', '{\n  "n": 12345678901234567890.10\n}'],
    ['{"s":"a\\"{,:b\\\\"}', '{\n  "s": "a\\"{,:b\\\\"\n}'],
    ['[]', '[]'],
    ['{broken}', null],
    ['not json', null],
    ['"text"', null],
  ])('%s', (text, want) => expect(prettyJSON(text)).toBe(want));
  test('what was JSON stays the same JSON', () => {
    const value = { a: [{ b: 'x, y: {z}', c: null, d: [true, -1.5e-7] }], '': '\n' };
    expect(JSON.parse(prettyJSON(JSON.stringify(value))!)).toEqual(value);
  });
});
