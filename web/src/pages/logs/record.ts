// Logs have no id: a record is known by its moment and a hash of what it says.
import type { Log } from '@/api/client';

/** A log with its key. */
export interface Row {
  key: string; // <time>~<hash>, with .2 and so on for records that are alike
  log: Log;
}

// Lists cut texts to 256 bytes: so many characters are whole in lists and in whole records.
const same = 60;

function hash(log: Log): string {
  const text = [
    log.service,
    log.name,
    log.trace_id,
    log.span_id,
    log.level,
    log.scope,
    log.request_id,
    log.body?.slice(0, same),
  ].join('\0');
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(16).padStart(8, '0');
}

export const keyOf = (log: Log): string => `${log.time}~${hash(log)}`;

/** Logs with their keys; those that are alike are numbered in the order they come. taken is what came before. */
export function rowsOf(logs: Log[], taken = new Map<string, number>()): Row[] {
  return logs.map((log) => {
    const key = keyOf(log);
    const n = (taken.get(key) ?? 0) + 1;
    taken.set(key, n);
    return { key: n === 1 ? key : `${key}.${n}`, log };
  });
}

/** The moment of a key, or null where it is none. */
export function timeOf(key: string): string | null {
  const time = key.slice(0, key.indexOf('~'));
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(time) ? time : null;
}

/** A moment that is so many nanoseconds later, as RFC 3339 with all nine digits. */
export function later(time: string, ns: number): string {
  const [, seconds, fraction = ''] = /^(.*:\d\d)(?:\.(\d{1,9}))?Z$/.exec(time) ?? [];
  if (seconds === undefined) return time;
  let all = BigInt(Date.parse(seconds + 'Z')) * 1_000_000n + BigInt(fraction.padEnd(9, '0')) + BigInt(ns);
  const below = ((all % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  all = (all - below) / 1_000_000n;
  return new Date(Number(all)).toISOString().replace(/\.\d+Z$/, `.${below.toString().padStart(9, '0')}Z`);
}

/** The one of these whole records that a key names. */
export function find(logs: Log[], key: string): Log | undefined {
  return rowsOf(logs).find((r) => r.key === key)?.log;
}

export const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** The variable of the theme for a level; bars and words have the same. */
export function levelColor(level: string | undefined): string {
  if (level === 'fatal' || level === 'error') return '--err';
  if (level === 'warn') return '--warn';
  if (level === 'info') return '--s1';
  return '--s-other';
}

export const isBad = (log: Log): boolean => log.level === 'error' || log.level === 'fatal';

/** What an error is called; OpenTelemetry writes _OTHER where there is no name for it. */
export const errorName = (type: string | undefined): string | undefined =>
  type === '_OTHER' || type === '' ? undefined : type;
