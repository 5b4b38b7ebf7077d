import { describe, expect, test } from 'vitest';
import { readBrush, writeBrush } from '@/components/Compare/brush';
import { valueText, withCondition } from '@/components/Compare/shares';

describe('brush', () => {
  test('is read as it was written, whichever way it was drawn', () => {
    const from = Date.parse('2026-01-31T12:00:00Z'),
      to = from + 90_000;
    expect(readBrush(writeBrush(to, from))).toEqual({ from, to });
  });
  test.each([undefined, '', 'x', '..', '2026-01-31..', '2026-01-31..2026-01-30', '2026-01-01..2026-01-02..2026-01-03'])(
    '%s is none',
    (text) => {
      expect(readBrush(text)).toBeNull();
    },
  );
});

describe('values', () => {
  test.each([
    ['model', 'gpt-4o', 'gpt-4o'],
    ['model', '', 'none'],
    ['duration', '1500000000..3000000000', '1.5 s to 3 s'],
    ['duration', '3000000000..', 'from 3 s'],
    ['duration', '3s..', 'from 3s'],
    ['cost', '..0.01', 'up to $0.01'],
    ['path', '../../etc', '../../etc'],
  ])('%s %s', (field, value, want) => expect(valueText(field, value)).toBe(want));

  test('a condition is added once, and only where there is one', () => {
    expect(withCondition('level:error', 'service:api')).toBe('level:error service:api');
    expect(withCondition('service:api', 'service:api')).toBe('service:api');
    expect(withCondition('a OR b', 'service:api')).toBe('(a OR b) service:api');
    expect(withCondition('a', '')).toBe('a');
  });
});
