import { expect, test } from 'vitest';
import { blocks, head } from './longText';

test('the beginning of a text', () => {
  expect(head('short', 4000, 40)).toBe('short');
  expect(head('x'.repeat(5000), 4000, 40)).toHaveLength(4000);
  expect(head('l\n'.repeat(1000), 4000, 3)).toBe('l\nl\nl');
  expect(head('x'.repeat(4100), 4000, 40)).toHaveLength(4100); // a little more is not worth a button
});

test('blocks are the whole text', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} ${'x'.repeat(i % 90)}`).join('\n');
  expect(blocks(lines).join('\n')).toBe(lines);
  const one = '😀'.repeat(20_001);
  expect(blocks(one).join('')).toBe(one);
  expect(blocks(one).every((b) => !/^[\udc00-\udfff]/.test(b))).toBe(true);
  expect(blocks('word '.repeat(10_000)).join('')).toBe('word '.repeat(10_000));
});
