import { describe, expect, test } from 'vitest';
import type { Log } from '@/api/client';
import { choices, columnTitle, readColumns, valueOf, writeColumns } from '@/pages/logs/columns';
import { histogram } from '@/pages/logs/histogram';
import { find, keyOf, later, rowsOf, timeOf } from '@/pages/logs/record';
import { eventReader, type ServerEvent } from '@/pages/logs/sse';
import { add, drop, emptyTail, flush, most } from '@/pages/logs/tailBuffer';

const log = (n: number, more: Partial<Log> = {}): Log => ({
  time: later('2026-01-31T12:00:00Z', n),
  status: 'ok',
  body: `line ${n}`,
  ...more,
});

describe('keys', () => {
  test('a preview and the whole record have the same', () => {
    const body = '🙂x'.repeat(3000);
    expect(keyOf(log(1, { body }))).toBe(keyOf(log(1, { body: body.slice(0, 150), resource: { a: 'b' } })));
  });
  test('records alike are numbered, and found', () => {
    const rows = rowsOf([log(1), log(2), log(1, { attributes: { nth: '2' } })]);
    expect(rows.map((r) => r.key.slice(39))).toEqual(['', '', '.2']);
    expect(
      find(
        rows.map((r) => r.log),
        rows[2]!.key,
      )?.attributes,
    ).toEqual({ nth: '2' });
    expect(find([], rows[2]!.key)).toBeUndefined();
  });
  test('of a key the moment', () => {
    expect(timeOf(keyOf(log(7)))).toBe('2026-01-31T12:00:00.000000007Z');
    expect(timeOf('x~y')).toBeNull();
    expect(timeOf('')).toBeNull();
  });
  test.each([
    ['2026-11-21T17:17:13.969402131Z', 1, '2026-11-21T17:17:13.969402132Z'],
    ['2026-11-21T17:17:13.999999999Z', 1, '2026-11-21T17:17:14.000000000Z'],
    ['2026-11-21T17:17:13Z', -1, '2026-11-21T17:17:12.999999999Z'],
    ['2026-12-31T23:59:59.9Z', 100_000_000, '2027-01-01T00:00:00.000000000Z'],
    ['1969-12-31T23:59:59.5Z', 1, '1969-12-31T23:59:59.500000001Z'],
  ])('%s and %d ns', (time, ns, want) => expect(later(time, ns)).toBe(want));
});

describe('columns', () => {
  test('are in the address as they were, whatever the attribute is called', () => {
    const names = ['user', 'attr.a,b', 'attr.100%', 'attr.x y'];
    expect(readColumns(writeColumns(names))).toEqual(names);
    expect(readColumns('%E0%A4%A,user,user')).toEqual(['%E0%A4%A', 'user']);
    expect(writeColumns([])).toBeUndefined();
  });
  test('show fields and attributes', () => {
    const l = log(1, { user_id: 'u', http_status: 500, attributes: { 'http.status': '1', constructor: 'x' } });
    expect(
      ['user', 'http.status', 'attr.http.status', 'attr.constructor', 'attr.toString', 'nothing'].map((c) =>
        valueOf(l, c),
      ),
    ).toEqual(['u', '500', '1', 'x', undefined, undefined]);
    expect(columnTitle('attr.a.b')).toBe('a.b');
    expect(choices([l, log(2, { attributes: { constructor: '' } })])).toEqual([
      'user',
      'http.status',
      'attr.constructor',
      'attr.http.status',
    ]);
  });
});

test('events come whole out of pieces that are not', () => {
  const got: ServerEvent[] = [];
  const read = eventReader((e) => got.push(e));
  const text =
    'retry: 2000\n: following\n\nevent: log\ndata: {"a":1}\n\nevent: dropped\r\ndata: {"dropped":3}\r\n\r\n: heartbeat\n\ndata: x\ndata: y\n\nevent: lost';
  for (const c of text) read(c);
  expect(got).toEqual([
    { event: 'log', data: '{"a":1}' },
    { event: 'dropped', data: '{"dropped":3}' },
    { event: 'message', data: 'x\ny' },
  ]);
});

describe('tail', () => {
  const many = (from: number, n: number) => Array.from({ length: n }, (_, i) => log(from + i));
  test('is bounded', () => {
    const s = add(add(emptyTail, many(0, most), false), many(most, 10), false);
    expect(s.rows.length).toBe(most);
    expect(s.rows.at(-1)?.log.body).toBe(`line ${most + 9}`);
    expect(s.came).toBe(most + 10);
  });
  test('does not move while paused, tells what did not fit, and goes on', () => {
    const before = add(emptyTail, many(0, 3), false);
    const paused = add(add(before, many(3, most), true), many(3 + most, 2), true);
    expect(paused.rows).toBe(before.rows);
    expect([paused.waiting.length, paused.lost]).toEqual([most, 2]);
    const after = flush(paused);
    expect([after.rows.length, after.waiting.length, after.lost]).toEqual([most, 0, 0]);
  });
  test('knows what it has', () => {
    const s = add(emptyTail, many(0, 5), false);
    expect(add(s, many(3, 4), false).rows.map((r) => r.log.body)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((n) => `line ${n}`),
    );
    expect(add(s, many(0, 5), true)).toBe(s);
  });
  test('counts what the server dropped', () => expect(drop(drop(emptyTail, 2), 3).dropped).toBe(5));
});

test('a histogram has a value for each bucket', () => {
  const row = (bucket: string, level: string, n: number) => ({ bucket, keys: [level], values: [n] });
  const from = Date.parse('2026-01-31T12:00:30Z');
  const h = histogram(
    [
      row('2026-01-31T12:01:00Z', 'info', 5),
      row('2026-01-31T12:01:00Z', 'error', 1),
      row('2026-01-31T12:03:00Z', '', 2),
      row('2026-01-31T11:00:00Z', 'info', 9),
    ],
    from,
    from + 180_000,
    60_000,
  );
  expect(h.times.length).toBe(4);
  expect(h.series.map((s) => [s.name, s.values])).toEqual([
    ['info', [0, 5, 0, 0]],
    ['error', [0, 1, 0, 0]],
    ['no level', [0, 0, 0, 2]],
  ]);
  expect(h.total).toBe(8);
});
