import { describe, expect, test } from 'vitest';
import { prettyJSON } from '@/lib/json';

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
