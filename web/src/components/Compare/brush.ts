// What was drawn over a time chart, kept in the address: brush=<from>..<to> selects, compare=1 compares it with the rest.
import { useCallback, useMemo } from 'react';
import { between } from '@/lib/range';
import { useUrlState } from '@/lib/search';

export interface Selection {
  from: number; // ms since 1970
  to: number;
}

/** Reads what brush= says; null where it is no range. */
export function readBrush(text: string | undefined): Selection | null {
  const [from, to, more] = (text ?? '').split('..');
  if (!from || !to || more !== undefined) return null;
  const a = Date.parse(from),
    b = Date.parse(to);
  return Number.isNaN(a) || Number.isNaN(b) || a >= b ? null : { from: a, to: b };
}

export function writeBrush(from: number, to: number): string {
  const r = between(from, to);
  return `${r.from}..${r.to}`;
}

export interface Brush {
  selection: Selection | null;
  comparing: boolean;
  select: (from: number, to: number) => void; // give it to a chart as onSelect
  compare: () => void;
  zoom: () => void; // the range becomes the selection
  clear: () => void; // Esc
  marks: { time: number; title: string; color: string }[]; // give them to the chart: where the selection begins and ends
}

export function useBrush(): Brush {
  const [search, set] = useUrlState();
  const selection = useMemo(() => readBrush(search.brush), [search.brush]);
  const comparing = selection !== null && search.compare === '1';
  // Drawing again while comparing compares what is drawn now.
  const select = useCallback(
    (from: number, to: number) =>
      set({ brush: writeBrush(Math.floor(from), Math.ceil(to)) }, search.brush !== undefined),
    [set, search.brush],
  );
  const compare = useCallback(() => set({ compare: '1' }), [set]);
  const clear = useCallback(() => set({ brush: undefined, compare: undefined }), [set]);
  const zoom = useCallback(() => {
    if (selection) set({ ...between(selection.from, selection.to), brush: undefined, compare: undefined });
  }, [set, selection]);
  const marks = useMemo(
    () =>
      selection
        ? [
            { time: selection.from, title: 'Selection begins', color: '--accent' },
            { time: selection.to, title: 'Selection ends', color: '--accent' },
          ]
        : [],
    [selection],
  );
  return useMemo(
    () => ({ selection, comparing, select, compare, zoom, clear, marks }),
    [selection, comparing, select, compare, zoom, clear, marks],
  );
}
