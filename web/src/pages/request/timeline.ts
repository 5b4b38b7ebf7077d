// A request as one list of spans and logs in order of time, and what led to its error. Nothing is trusted: parents may be
// missing or form circles, ids may come twice, clocks may differ.
import type { Log, Schemas, Span } from '@/api/client';
import { duration } from '@/lib/format';
import { keyOf } from '@/pages/logs/record';

export interface Item {
  key: string; // s.<trace>.<span>, or that of the log; numbered where it came before
  at: number; // ns since the first record
  length: number; // ns; of a log 0
  span?: Span;
  log?: Log;
  failed: boolean;
  cause?: 'origin' | 'chain' | 'log'; // its part in what led to the error
}

export interface Timeline {
  items: Item[];
  total: number; // ns to the last end; at least 1
  origin: string; // moment of the first record
  traces: string[];
  cause: number[]; // places of what led to the error, where it happened first
}

/** ns between two moments in RFC 3339, exact where Date is not. */
export function between(from: string, to: string): number {
  return (
    (Date.parse(to.slice(0, 19) + 'Z') - Date.parse(from.slice(0, 19) + 'Z')) * 1e6 + fraction(to) - fraction(from)
  );
}

function fraction(time: string): number {
  const digits = /^\.(\d{1,9})/.exec(time.slice(19))?.[1];
  return digits ? Number(digits.padEnd(9, '0')) : 0;
}

const spanKey = (trace = '', span = '') => `s.${trace}.${span}`;
const badLog = (l: Log) => l.level === 'error' || l.level === 'fatal';

export function timeline(request: Pick<Schemas['Request'], 'spans' | 'logs'>): Timeline {
  const { spans, logs } = request;
  const origin =
    [spans[0]?.time, logs[0]?.time].filter((t) => t !== undefined).sort((a, b) => between(b, a))[0] ??
    new Date(0).toISOString();
  const taken = new Map<string, number>();
  const unique = (key: string) => {
    const n = (taken.get(key) ?? 0) + 1;
    taken.set(key, n);
    return n === 1 ? key : `${key}.${n}`;
  };
  const items: Item[] = [
    ...spans.map((span): Item => ({
      key: unique(spanKey(span.trace_id, span.span_id)),
      at: between(origin, span.time),
      length: Math.max(0, span.duration_ns),
      span,
      failed: span.status === 'error',
    })),
    ...logs.map((log): Item => ({
      key: unique(keyOf(log)),
      at: between(origin, log.time),
      length: 0,
      log,
      failed: badLog(log),
    })),
  ];
  // A span stands before the logs of its moment, and a longer one before those within it.
  items.sort((a, b) => a.at - b.at || (a.span ? 0 : 1) - (b.span ? 0 : 1) || b.length - a.length);
  const total = Math.max(
    1,
    items.reduce((most, i) => Math.max(most, i.at + i.length), 0),
  );
  const traces = [...new Set(items.flatMap((i) => (i.span ?? i.log)?.trace_id ?? []))];
  return { items, total, origin, traces, cause: findCause(items) };
}

// findCause marks the failed span that no failed child explains and that ended first, its ancestors, and error logs in any of
// them; where no span failed, the first error log and the spans around it.
function findCause(items: Item[]): number[] {
  const by = new Map<string, number>();
  items.forEach(
    (i, n) =>
      i.span &&
      !by.has(spanKey(i.span.trace_id, i.span.span_id)) &&
      by.set(spanKey(i.span.trace_id, i.span.span_id), n),
  );
  const parent = (i: Item) => (i.span?.parent_id ? by.get(spanKey(i.span.trace_id, i.span.parent_id)) : undefined);
  const explained = new Set<number>();
  for (const i of items) {
    const p = i.span && i.failed ? parent(i) : undefined;
    if (p !== undefined && items[p] !== i) explained.add(p);
  }
  let first = -1;
  items.forEach((i, n) => {
    if (!i.span || !i.failed || explained.has(n)) return;
    if (first < 0 || i.at + i.length < items[first]!.at + items[first]!.length) first = n;
  });
  // In a circle of failed spans each explains the other: then the earliest.
  if (first < 0) first = items.findIndex((i) => i.span && i.failed);
  if (first < 0) first = items.findIndex((i) => i.failed);
  if (first < 0) return [];
  const chain = new Set([first]);
  let up: number | undefined = items[first]!.span
    ? parent(items[first]!)
    : by.get(spanKey(items[first]!.log?.trace_id, items[first]!.log?.span_id));
  while (up !== undefined && !chain.has(up)) {
    chain.add(up);
    up = parent(items[up]!);
  }
  chain.forEach((n) => {
    items[n]!.cause = n === first ? 'origin' : 'chain';
  });
  items.forEach((i, n) => {
    if (!i.log || !i.failed || i.cause) return;
    const inside = by.get(spanKey(i.log.trace_id, i.log.span_id));
    if (inside === undefined || !chain.has(inside)) return;
    i.cause = 'log';
    chain.add(n);
  });
  return [first, ...[...chain].filter((n) => n !== first).sort((a, b) => a - b)];
}

export type Show = 'all' | 'spans' | 'logs' | 'errors' | 'cause';

/** The items that a reader wants to see. */
export function choose(items: Item[], show: Show, find: string, trace: string | undefined): Item[] {
  const wanted = find.trim().toLowerCase();
  if (show === 'all' && wanted === '' && !trace) return items;
  return items.filter((i) => {
    if (
      show === 'spans'
        ? !i.span
        : show === 'logs'
          ? !i.log
          : show === 'errors'
            ? !i.failed
            : show === 'cause'
              ? !i.cause
              : false
    )
      return false;
    const of = (i.span ?? i.log)!;
    if (trace && of.trace_id !== trace) return false;
    return (
      wanted === '' ||
      [
        of.name,
        of.service,
        i.log?.body,
        i.log?.level,
        of.error_type,
        i.span?.status_message,
        i.span?.genai?.model,
        i.span?.genai?.tool,
      ].some((t) => t?.toLowerCase().includes(wanted))
    );
  });
}

/** Round places for the ticks of an axis. */
export function ticks(from: number, to: number, about: number): number[] {
  const raw = (to - from) / Math.max(1, about);
  if (!(raw > 0)) return [from];
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * size).find((s) => s >= raw)!;
  const out: number[] = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) out.push(t);
  return out;
}

/** How long after the beginning: to the millisecond, so that what follows is told apart from what came before. */
export function offset(ns: number): string {
  if (ns === 0) return '0';
  if (Math.abs(ns) < 1e9) return `+${duration(ns)}`;
  const ms = Math.round(ns / 1e6);
  const minutes = Math.floor(ms / 60_000);
  const seconds = ((ms % 60_000) / 1000).toFixed(3);
  return minutes === 0 ? `+${seconds} s` : `+${minutes}:${seconds.padStart(6, '0')}`;
}
