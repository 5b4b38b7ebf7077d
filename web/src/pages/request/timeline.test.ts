import { describe, expect, test } from 'vitest';
import type { Log, Span } from '@/api/client';
import { later } from '@/pages/logs/record';
import { between, choose, offset, ticks, timeline } from '@/pages/request/timeline';

const zero = '2026-01-31T12:00:00.000000000Z';
const ms = 1e6;
const span = (id: string, parent: string | undefined, at: number, length: number, more: Partial<Span> = {}): Span => ({
  trace_id: 't',
  span_id: id,
  parent_id: parent,
  name: id,
  time: later(zero, Math.round(at * ms)),
  duration_ns: length * ms,
  status: 'ok',
  ...more,
});
const log = (body: string, at: number, of?: string, level = 'info'): Log => ({
  body,
  time: later(zero, Math.round(at * ms)),
  level,
  trace_id: of ? 't' : undefined,
  span_id: of,
  status: level === 'error' ? 'error' : 'ok',
});
const names = (items: { span?: Span; log?: Log }[]) => items.map((i) => i.span?.name ?? i.log?.body).join(' ');
const bad: Partial<Span> = { status: 'error' };

test('spans and logs are in one order, spans before the logs of their moment', () => {
  const t = timeline({
    spans: [span('root', undefined, 0, 100), span('child', 'root', 10, 20)],
    logs: [log('begin', 0, 'root'), log('in', 10, 'child'), log('end', 99, 'root')],
  });
  expect(names(t.items)).toBe('root begin child in end');
  expect(t.items.map((i) => i.at / ms)).toEqual([0, 0, 10, 10, 99]);
  expect([t.total, t.origin, t.traces]).toEqual([100 * ms, zero, ['t']]);
  expect(t.cause).toEqual([]);
});

test('logs that came before the first span begin the axis', () => {
  const t = timeline({ spans: [span('late', undefined, 5, 1)], logs: [log('early', 0)] });
  expect([t.origin, t.items[1]!.at, t.total]).toEqual([zero, 5 * ms, 6 * ms]);
});

test('nothing', () => expect(timeline({ spans: [], logs: [] }).items).toEqual([]));

describe('what led to the error', () => {
  const cause = (spans: Span[], logs: Log[] = []) => {
    const t = timeline({ spans, logs });
    return names(t.cause.map((n) => t.items[n]!));
  };
  test('begins where it happened and goes up, with the error logs of these spans', () => {
    expect(
      cause(
        [
          span('root', undefined, 0, 100, bad),
          span('fine', 'root', 1, 5),
          span('step', 'root', 10, 50, bad),
          span('db', 'step', 20, 10, bad),
        ],
        [
          log('refused', 25, 'db', 'error'),
          log('hello', 26, 'db'),
          log('elsewhere', 3, 'fine', 'error'),
          log('gave up', 90, 'root', 'error'),
        ],
      ),
    ).toBe('db root step refused gave up');
  });
  test('is the failure that came first, also where it was caught', () => {
    expect(
      cause([span('root', undefined, 0, 100), span('second', 'root', 10, 50, bad), span('first', 'root', 20, 5, bad)]),
    ).toBe('first root');
  });
  test('without failed spans it is a log and the spans around it', () => {
    expect(cause([span('root', undefined, 0, 100), span('in', 'root', 10, 10)], [log('odd', 12, 'in', 'error')])).toBe(
      'odd root in',
    );
  });
  test('circles, spans that are their own parent and ids that come twice end', () => {
    expect(cause([span('a', 'b', 0, 10, bad), span('b', 'a', 1, 5, bad)])).toBe('a b');
    expect(cause([span('self', 'self', 0, 10, bad)])).toBe('self');
    const twice = timeline({ spans: [span('x', undefined, 0, 1, bad), span('x', undefined, 1, 1)], logs: [] });
    expect(new Set(twice.items.map((i) => i.key)).size).toBe(2);
  });
});

test('filters', () => {
  const { items } = timeline({
    spans: [span('root', undefined, 0, 9, bad), span('other', undefined, 1, 1, { trace_id: 'u' })],
    logs: [log('Rate limit', 2, 'root')],
  });
  expect(names(choose(items, 'all', '', undefined))).toBe('root other Rate limit');
  expect(names(choose(items, 'spans', '', 'u'))).toBe('other');
  expect(names(choose(items, 'logs', 'rate', undefined))).toBe('Rate limit');
  expect(names(choose(items, 'errors', '', undefined))).toBe('root');
  expect(names(choose(items, 'cause', '', undefined))).toBe('root');
});

test('moments to the nanosecond', () => {
  expect(between('2026-11-21T17:17:13.969402131Z', '2026-11-21T17:17:14Z')).toBe(30597869);
  expect(between('2026-11-21T17:17:14Z', '2026-11-21T17:17:13.9Z')).toBe(-100_000_000);
});

test('ticks are round', () => {
  expect(ticks(0, 1000, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
  expect(ticks(13, 47, 3)).toEqual([20, 40]);
  expect(ticks(5, 5, 3)).toEqual([5]);
});

test('a request of 30,000 records is ready in a moment', () => {
  const spans = Array.from({ length: 20_000 }, (_, i) =>
    span(`s${i}`, i === 0 ? undefined : `s${i >> 1}`, i / 10, 1, i % 100 === 0 ? bad : {}),
  );
  const logs = Array.from({ length: 10_000 }, (_, i) => log(`l${i}`, i / 5, `s${i}`));
  expect(timeline({ spans, logs }).items.length).toBe(30_000);
});

test.each([
  [0, '0'],
  [42_100, '+42.1 µs'],
  [327 * ms, '+327 ms'],
  [18_361 * ms, '+18.361 s'],
  [185_004 * ms, '+3:05.004'],
])('%d ns after the beginning is %s', (ns, want) => expect(offset(ns)).toBe(want));
