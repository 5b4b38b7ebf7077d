// The calls that match, page by page, and how many came since.
import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { ask, get, type Span } from '@/api/client';
import { isLive, resolve, type Range } from '@/lib/range';

export const callKey = (s: Pick<Span, 'trace_id' | 'span_id'>): string => `${s.trace_id}:${s.span_id}`;

const page = 200;

export interface Listed {
  range: Range;
  order: 'newest' | 'oldest';
  epoch: number;
  all: boolean; // of them are wanted, to be sorted
}

/** Asks for calls in the order of time. Nothing is added before the first row: another epoch reads anew. */
export function callsQuestion(q: string, { range, order, epoch, all }: Listed) {
  const size = all ? 1000 : page;
  return infiniteQueryOptions({
    queryKey: ['/api/v1/calls', q, range.from, range.to, order, epoch, size],
    queryFn: ({ pageParam, signal }) =>
      get('/api/v1/calls', { query: { q, ...range, order, limit: size, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchInterval: (asked) => (isLive(range) && asked.state.data?.pages[0]?.spans.length === 0 ? 5000 : false), // where there is nothing to read
  });
}

export function useCalls(q: string, listed: Listed) {
  const answer = useInfiniteQuery(callsQuestion(q, listed));
  const rows = useMemo(() => {
    const seen = new Set<string>();
    return (answer.data?.pages ?? [])
      .flatMap((p) => p.spans)
      .filter((s) => !seen.has(callKey(s)) && seen.add(callKey(s)));
  }, [answer.data]);
  return { ...answer, rows };
}

/** How many calls match now that did not when the list of this epoch was read. Late ones count as well: calls are stored when they end. */
export function useArrived(q: string, range: Range, epoch: number): number {
  const live = isLive(range);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the beginning is that of the epoch
  const from = useMemo(() => new Date(resolve(range).from).toISOString(), [range.from, range.to, epoch]);
  const asked = `${q}\n${from}\n${epoch}`;
  const answer = useQuery({
    ...ask(
      '/api/v1/aggregate',
      { query: { signal: 'calls', columns: 'count', q, from, to: 'now' } },
      { refresh: 5_000, enabled: live },
    ),
    placeholderData: undefined,
  });
  const first = useRef<{ asked: string; count: number } | null>(null);
  if (!live || !answer.data) return 0;
  const now = answer.data.rows[0]?.values[0] ?? 0;
  if (first.current?.asked !== asked) first.current = { asked, count: now };
  return Math.max(0, now - first.current.count);
}

/** Columns by which calls may be sorted once all of them are here. */
export const sortable = 5000;

/** Rows by a value, what is unknown last. */
export function sorted<R>(rows: R[], value: (r: R) => unknown, down: boolean): R[] {
  const by = rows.map((r, i) => ({ r, i, v: value(r) }));
  const known = (v: unknown) => v !== undefined && v !== null && v !== '';
  by.sort((a, b) => {
    if (known(a.v) !== known(b.v)) return known(a.v) ? -1 : 1;
    if (!known(a.v)) return a.i - b.i;
    const c =
      typeof a.v === 'number' && typeof b.v === 'number'
        ? a.v - b.v
        : String(a.v).localeCompare(String(b.v), 'en', { numeric: true });
    return (down ? -c : c) || a.i - b.i;
  });
  return by.map((e) => e.r);
}
