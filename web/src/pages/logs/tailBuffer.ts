// What a live tail shows and what waits, in bounded memory. While it is paused what is shown stays as it is.
import type { Log } from '@/api/client';
import { keyOf, type Row } from '@/pages/logs/record';

export const most = 5000; // lines shown, and as many waiting

export interface TailState {
  rows: Row[]; // oldest first
  waiting: Row[];
  lost: number; // did not fit while paused: they are stored, the list finds them
  dropped: number; // the server says that this page read too slowly
  came: number; // all that came
}

export const emptyTail: TailState = { rows: [], waiting: [], lost: 0, dropped: 0, came: 0 };

/** New logs, in the order they came. Those that are there already (fetched after a reconnect) are left out. */
export function add(s: TailState, logs: Log[], paused: boolean): TailState {
  if (logs.length === 0) return s;
  const there = new Set<string>();
  // Only the latest can come twice.
  for (const list of [s.rows, s.waiting]) for (const r of list.slice(-1500)) there.add(r.key);
  const fresh: Row[] = [];
  for (const log of logs) {
    const key = keyOf(log);
    if (there.has(key)) continue;
    there.add(key);
    fresh.push({ key, log });
  }
  if (fresh.length === 0) return s;
  const came = s.came + fresh.length;
  if (!paused) return { ...s, came, rows: last([...s.rows, ...fresh]) };
  const waiting = [...s.waiting, ...fresh];
  return { ...s, came, waiting: last(waiting), lost: s.lost + Math.max(0, waiting.length - most) };
}

/** What waited is shown. */
export function flush(s: TailState): TailState {
  return s.waiting.length === 0 && s.lost === 0
    ? s
    : { ...s, rows: last([...s.rows, ...s.waiting]), waiting: [], lost: 0 };
}

export const drop = (s: TailState, n: number): TailState => ({ ...s, dropped: s.dropped + n });

const last = (rows: Row[]): Row[] => (rows.length > most ? rows.slice(-most) : rows);
