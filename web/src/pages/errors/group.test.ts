import { expect, test } from 'vitest';
import { logQuery, phrase, sortGroups, sparkBars, spanQuery, type Group } from '@/pages/errors/group';

const group = (more: Partial<Group>): Group => ({
  fingerprint: '0',
  kind: 'timeout',
  message: 'timed out',
  services: ['api'],
  service: 'api',
  source: 'span',
  count: 1,
  folded: 0,
  first: '2026-01-31T12:00:00Z',
  last: '2026-01-31T12:00:00Z',
  users: 0,
  traces: 0,
  example: { time: '2026-01-31T12:00:00Z', message: '' },
  buckets: [],
  ...more,
});

test.each([
  ['customer <n> could not be found', 'could not be found'],
  ['<n> <id>', ''],
  ['rate limit: "…"', 'rate limit'],
])('the words of %s', (pattern, want) => expect(phrase(pattern)).toBe(want));

test('queries', () => {
  expect(spanQuery(group({}))).toBe('status:error (error:timeout OR attr.exception.type:timeout) service:api');
  expect(spanQuery(group({ kind: 'HTTP 503', services: ['a', 'b'] }))).toBe('status:error http.status:503');
  expect(spanQuery(group({ kind: 'error' }))).toBe('status:error service:api');
  expect(logQuery(group({ message: 'cannot <n> of the hosts' }))).toBe('level:>=error body:"of the hosts"');
  expect(logQuery(group({ message: '<n>', source: 'log', kind: 'fatal' }))).toBe('level:fatal');
});

test('orders', () => {
  const a = group({ fingerprint: 'a', count: 2, first: '2026-01-31T12:00:00Z' }),
    b = group({ fingerprint: 'b', count: 9, first: '2026-01-30T12:00:00Z' });
  expect(sortGroups([a, b], 'count').map((g) => g.fingerprint)).toEqual(['b', 'a']);
  expect(sortGroups([b, a], 'first').map((g) => g.fingerprint)).toEqual(['a', 'b']);
});

test('bars of a sparkline', () => {
  expect(sparkBars([0, 1, 4], 30, 10)).toEqual([
    { x: 10, y: 7.5, w: 9, h: 2.5 },
    { x: 20, y: 0, w: 9, h: 10 },
  ]);
  expect(sparkBars([], 30, 10)).toEqual([]);
});
