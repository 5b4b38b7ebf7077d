// The traces that match, page by page; how many came since; and those that deserve a point in the scatter.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ask, get, type Schemas } from '@/api/client';
import { isLive, resolve, type Range } from '@/lib/range';

export type TraceSummary = Schemas['TraceSummary'];

export const orders = ['newest', 'slowest', 'costliest'] as const;
export type Order = (typeof orders)[number];

const page = 100;

/** Traces in an order of the API. Nothing is added before the first row: another epoch reads anew. */
export function useTraces(q: string, range: Range, order: Order, epoch: number) {
  const answer = useInfiniteQuery({
    queryKey: ['/api/v1/traces', q, range.from, range.to, order, epoch],
    queryFn: ({ pageParam, signal }) =>
      get('/api/v1/traces', { query: { q, ...range, order, limit: page, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchInterval: (asked) => (isLive(range) && asked.state.data?.pages[0]?.traces.length === 0 ? 5000 : false), // where there is nothing to read
  });
  const rows = useMemo(() => {
    const seen = new Set<string>();
    return (answer.data?.pages ?? [])
      .flatMap((p) => p.traces)
      .filter((t) => !seen.has(t.trace_id) && seen.add(t.trace_id));
  }, [answer.data]);
  return { ...answer, rows, truncated: answer.data?.pages.some((p) => p.truncated) ?? false };
}

/** How many traces there are now among the newest that the list of this epoch has not. */
export function useArrived(
  q: string,
  range: Range,
  epoch: number,
  rows: TraceSummary[],
  order: Order,
): { count: number; more: boolean } {
  const live = isLive(range) && order === 'newest' && rows.length > 0;
  const newest = useQuery({
    ...ask(
      '/api/v1/traces',
      { query: { q, ...range, order: 'newest', limit: page } },
      { refresh: 5_000, enabled: live },
    ),
    placeholderData: undefined,
  });
  // A list that is read again has them: known are the ids of the epoch, late pages among them.
  const known = useMemo(() => new Set(rows.map((r) => r.trace_id)), [rows]);
  const first = useRef({ epoch: -1, start: '' });
  if (first.current.epoch !== epoch && rows[0]) first.current = { epoch, start: rows[0].start };
  if (!live || !newest.data) return { count: 0, more: false };
  const count = newest.data.traces.filter((t) => !known.has(t.trace_id) && t.start > first.current.start).length;
  return { count, more: count >= page };
}

const most = 200;

/** What is worth a point: the slowest and the failed of the range, besides those in the table. whole says that these are all. */
export function useSample(q: string, range: Range, rows: TraceSummary[], complete: boolean) {
  const live = isLive(range);
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && setTick((t) => t + 1), 15_000);
    return () => clearInterval(timer);
  }, [live]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- now moves with each tick
  const ends = useMemo(() => resolve(range), [range.from, range.to, tick]);
  const refresh = live ? 15_000 : false;
  const slowest = useQuery(
    ask('/api/v1/traces', { query: { q, ...range, order: 'slowest', limit: most } }, { refresh, enabled: !complete }),
  );
  const failed = useQuery(
    ask(
      '/api/v1/traces',
      {
        query: { q: q.trim() === '' ? 'status:error' : `(${q}) status:error`, ...range, order: 'newest', limit: most },
      },
      { refresh, enabled: !complete },
    ),
  );
  const traces = useMemo(() => {
    const seen = new Set<string>();
    const all = complete ? rows : [...rows, ...(slowest.data?.traces ?? []), ...(failed.data?.traces ?? [])];
    return all.filter((t) => !seen.has(t.trace_id) && seen.add(t.trace_id));
  }, [rows, complete, slowest.data, failed.data]);
  return { traces, whole: complete, ...ends };
}
