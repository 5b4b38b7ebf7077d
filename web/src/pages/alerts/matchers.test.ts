import { describe, expect, it } from 'vitest';
import { fromWire, matchesAll, ofLabels, readMatchers, toWire, writeMatchers, type Matcher } from './matchers';

describe('readMatchers', () => {
  it.each<[string, Matcher[] | null]>([
    ['', []],
    ['{}', []],
    ['a="b"', [{ name: 'a', operator: '=', value: 'b' }]],
    [
      '{a=b, c!=d}',
      [
        { name: 'a', operator: '=', value: 'b' },
        { name: 'c', operator: '!=', value: 'd' },
      ],
    ],
    [
      'a=~"x|y",b!~"z.*"',
      [
        { name: 'a', operator: '=~', value: 'x|y' },
        { name: 'b', operator: '!~', value: 'z.*' },
      ],
    ],
    [String.raw`a="say \"hi\", \\ and\nmore"`, [{ name: 'a', operator: '=', value: 'say "hi", \\ and\nmore' }]],
    ['"odd name"=x', [{ name: 'odd name', operator: '=', value: 'x' }]],
    ['a=""', [{ name: 'a', operator: '=', value: '' }]],
    ['a', null],
    ['a="b', null],
    ['a="b" c="d"', null],
  ])('%s', (text, want) => expect(readMatchers(text)).toEqual(want));

  it('reads what was written', () => {
    const list = ofLabels({ alertname: 'X', path: '/a "b"\\c\nd', 'odd name': '{,}' });
    expect(readMatchers(writeMatchers(list))).toEqual(list);
  });
});

it('goes to the wire and back', () => {
  for (const operator of ['=', '!=', '=~', '!~'] as const) {
    const m: Matcher = { name: 'a', operator, value: 'b' };
    expect(fromWire(toWire(m))).toEqual(m);
  }
  expect(fromWire({ name: 'a', value: 'b', isRegex: false })).toEqual({ name: 'a', operator: '=', value: 'b' });
});

it('knows what would silence everything', () => {
  expect(matchesAll([])).toBe(true);
  expect(matchesAll([{ name: 'a', operator: '=~', value: '.*' }])).toBe(true);
  expect(
    matchesAll([
      { name: 'a', operator: '=', value: 'b' },
      { name: 'c', operator: '!=', value: 'd' },
    ]),
  ).toBe(false);
});
