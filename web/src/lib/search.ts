// The address as state.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Search } from '@/router';
import { between, defaultRange, type Range } from '@/lib/range';

/** The parameters of the address, and a function that changes some of them; undefined or '' removes one.
 * Changes make an entry in the history unless told to replace. */
export function useUrlState(): [Search, (change: Record<string, string | undefined>, replace?: boolean) => void] {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = useCallback(
    (change: Record<string, string | undefined>, replace = false) => {
      void navigate({
        to: '.',
        replace,
        resetScroll: false,
        search: ((old: Search) => clean({ ...old, ...change })) as never,
      });
    },
    [navigate],
  );
  return [search, set];
}

function clean(search: Record<string, string | undefined>) {
  return Object.fromEntries(Object.entries(search).map(([k, v]) => [k, v === '' ? undefined : v]));
}

/** The time range of the page, and a function that sets it. */
export function useRange(): [Range, (range: Range) => void] {
  const [{ from, to }, set] = useUrlState();
  const range = useMemo(() => ({ from: from ?? defaultRange.from, to: to ?? defaultRange.to }), [from, to]);
  const change = useCallback((r: Range) => set({ from: r.from, to: r.to === 'now' ? undefined : r.to }), [set]);
  return [range, change];
}

/** Sets the range to what was drawn over a chart, in milliseconds. */
export function useZoom(): (from: number, to: number) => void {
  const [, setRange] = useRange();
  return useCallback((from, to) => setRange(between(from, to)), [setRange]);
}
