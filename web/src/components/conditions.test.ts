import { describe, expect, test } from 'vitest';
import { attributeField, both, condition, literal, treat, treatments, without } from './conditions';

describe('values', () => {
  test.each([
    ['gpt-4o', 'gpt-4o'],
    ['Jo Ann', '"Jo Ann"'],
    ['a:b', '"a:b"'],
    ['say "hi"\\', '"say \\"hi\\"\\\\"'],
    ['1..2', '"1..2"'],
    ['-x', '"-x"'],
    ['OR', '"OR"'],
    ['a*', '"a*"'],
    ['*', '"*"'],
    ['~x', '"~x"'],
    ['héé', 'héé'],
  ])('%s', (value, want) => expect(literal(value)).toBe(want));
  test('what is not known has a condition of its own', () => {
    expect(condition('model', '')).toBe('-model:*');
    expect(condition('model', '', true)).toBe('model:*');
  });
  test('attributes', () => {
    expect(attributeField('http.route')).toBe('attr.http.route');
    expect(attributeField('odd key')).toBe('attr."odd key"');
  });
});

describe('treat', () => {
  test.each([
    ['', 'model', 'gpt-4o', 'in', 'model:gpt-4o'],
    ['model:gpt-4o', 'model', 'o3', 'in', 'model:gpt-4o,o3'],
    ['model:gpt-4o,o3', 'model', 'gpt-4o', null, 'model:o3'],
    ['model:o3', 'model', 'o3', null, ''],
    ['model:o3', 'model', 'o3', 'out', '-model:o3'],
    ['-model:o3 x', 'model', 'o4', 'out', '-model:o3,o4 x'],
    ['-model:o3', 'model', 'o3', 'in', 'model:o3'],
    ['status:error duration:>3s', 'model', 'o3', 'in', 'status:error duration:>3s model:o3'],
    ['model:gpt-4*', 'model', 'gpt-4o', 'in', 'model:gpt-4* model:gpt-4o'],
    ['a OR b', 'model', 'o3', 'in', '(a OR b) model:o3'],
    ['(a OR b) model:o3', 'model', 'o3', null, 'a OR b'],
    ['"a  OR b"', 'user', 'Jo Ann', 'in', '"a  OR b" user:"Jo Ann"'],
    ['user:"Jo Ann"', 'user', 'Jo Ann', null, ''],
    ['a AND b', 'model', 'o3', 'in', 'a b model:o3'],
    ['NOT a', 'model', 'o3', 'in', 'NOT a model:o3'],
    ['model:o3', 'model', '', 'in', '-model:*'],
    ['-model:*', 'model', 'o3', 'in', 'model:o3'],
    ['-model:*', 'model', '', null, ''],
    ['', 'model', '', 'out', 'model:*'],
    ['attr."odd key":x', 'attr."odd key"', 'x', null, ''],
    ['model:"unclosed', 'status', 'ok', 'in', 'model:"unclosed status:ok'],
  ] as const)('%s, %s %s %s', (q, field, value, how, want) => expect(treat(q, field, value, how)).toBe(want));
});

test('treatments', () => {
  expect([...treatments('model:a,b -model:c status:ok', 'model')]).toEqual([
    ['a', 'in'],
    ['b', 'in'],
    ['c', 'out'],
  ]);
  expect([...treatments('-model:*', 'model')]).toEqual([['', 'in']]);
  expect([...treatments('model:* (model:x)', 'model')]).toEqual([['', 'out']]);
  expect([...treatments('duration:>3s', 'duration')]).toEqual([]);
});

test('other values are counted without what is wanted, with what is unwanted', () => {
  expect(without('model:a -model:b refund', 'model')).toBe('-model:b refund');
  expect(without('a OR model:b', 'model')).toBe('a OR model:b');
});

test('both', () => {
  expect(both('a OR b', 'call:true')).toBe('(a OR b) call:true');
  expect(both('', 'x')).toBe('x');
});
