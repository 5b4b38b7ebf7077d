// Logs by pages, the one of a key whole, and what surrounds it.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask, get, type Log } from '@/api/client';
import { condition } from '@/components/conditions';
import { isLive, type Range } from '@/lib/range';
import { find, later, rowsOf, timeOf, type Row } from '@/pages/logs/record';

export type Order = 'newest' | 'oldest';

interface Question {
  q?: string;
  from?: string;
  to?: string;
  order: Order;
  limit: number;
}

/** A list that goes on with fetchNextPage. again is a number that asks anew when it changes. */
function usePages(question: Question, enabled = true, again = 0) {
  const answer = useInfiniteQuery({
    queryKey: ['/api/v1/logs', 'pages', question, again] as const,
    queryFn: ({ signal, pageParam }) => get('/api/v1/logs', { query: { ...question, cursor: pageParam } }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false, // what one reads does not change
    refetchInterval: (asked) => (question.to === 'now' && asked.state.data?.pages[0]?.logs.length === 0 ? 5000 : false), // where there is nothing to read
    staleTime: Infinity,
    gcTime: 60_000,
    enabled,
  });
  const pages = answer.data?.pages;
  const rows = useMemo(() => {
    const taken = new Map<string, number>();
    return (pages ?? []).flatMap((p) => rowsOf(p.logs, taken));
  }, [pages]);
  return { answer, rows };
}

export const useLogs = (q: string, range: Range, order: Order, again: number) =>
  usePages({ q, from: range.from, to: range.to, order, limit: 200 }, true, again);

/** How many logs came after the first row of a live list. */
export function useNewer(q: string, range: Range, first: Row | undefined, enabled: boolean): number {
  const from = first ? later(first.log.time, 1) : undefined;
  const answer = useQuery({
    ...ask(
      '/api/v1/aggregate',
      { query: { signal: 'logs', q, columns: 'count', from, to: 'now' } },
      { refresh: 5000, enabled: enabled && isLive(range) && first !== undefined },
    ),
    placeholderData: undefined,
  });
  return enabled ? (answer.data?.rows[0]?.values[0] ?? 0) : 0;
}

/** The record of a key, whole: its body is not cut and it has its resource. */
export function useWhole(key: string | undefined, order: Order) {
  const time = key ? timeOf(key) : null;
  const answer = useQuery({
    ...ask(
      '/api/v1/logs',
      { query: { from: time ?? undefined, to: time ? later(time, 1) : undefined, full: true, limit: 50, order } },
      { enabled: time !== null },
    ),
    placeholderData: undefined,
    staleTime: Infinity,
    gcTime: 30_000, // bodies may be large
  });
  const log = useMemo(() => (answer.data && key ? find(answer.data.logs, key) : undefined), [answer.data, key]);
  return { answer, log, wrong: key !== undefined && time === null };
}

export type Around = 'service' | 'trace' | 'request' | 'all';

/** What a line may be surrounded with: those that it has. */
export function arounds(log: Log): Around[] {
  return [
    ...(log.service ? ['service' as const] : []),
    ...(log.trace_id ? ['trace' as const] : []),
    ...(log.request_id ? ['request' as const] : []),
    'all',
  ];
}

function question(log: Log, by: Around): string {
  if (by === 'service') return condition('service', log.service ?? '');
  if (by === 'trace') return condition('trace', log.trace_id ?? '');
  if (by === 'request') return condition('request', log.request_id ?? '');
  return '';
}

/** The lines before and after a line, oldest first. */
export function useContext(log: Log | undefined, by: Around, lines: number) {
  const q = log ? question(log, by) : '';
  const time = log?.time ?? '';
  const before = usePages({ q, to: time, order: 'newest', limit: lines }, log !== undefined);
  const after = usePages({ q, from: time, order: 'oldest', limit: lines + 1 }, log !== undefined);
  const rows = useMemo(() => [...before.rows].reverse().concat(after.rows), [before.rows, after.rows]);
  return { before: before.answer, after: after.answer, rows };
}
