// The first page: is it healthy, what does it cost, what changed.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import { ask, get } from '@/api/client';
import { BrushMenu, CompareDock, useBrush, type Brush } from '@/components/Compare';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { between, bucket, isLive, resolve, type Range } from '@/lib/range';
import { useRange, useUrlState } from '@/lib/search';
import { useTurn } from '@/lib/turns';
import { queryBatch, type Batch } from './batch';
import { Changes } from './Changes';
import type { Signal } from './Charts';
import { chartParts } from './expressions';
import { Extremes } from './Extremes';
import { Firing } from './Firing';
import { KeyFigures } from './KeyFigures';
import { keyFigures, midnight } from './numbers';
import { askNumbers, numbersHere, takeNumbers } from './questions';
import './overview.css';

// The numbers are painted before the code of charts is read.
const Charts = lazy(() => import('./Charts'));
const Teach = lazy(() => import('./Teach'));

const points = 150; // of a chart
const scrape = 15; // s between samples, at most, of what we derive ourselves

export default function Overview() {
  const [range] = useRange();
  const brush = useBrush();
  const [search, set] = useUrlState();
  const navigate = useNavigate();
  const status = useQuery(ask('/api/v1/status', undefined, { refresh: 10_000 }));
  const figures = useFigures(range);
  const charts = useCharts(range, useTurn(true, figures.settled, false));
  const lists = useTurn(true, !charts.isPending, false);
  const empty =
    status.data !== undefined &&
    status.data.books.received === 0 &&
    status.data.books.stored === 0 &&
    charts.data !== undefined &&
    !hasAny(charts.data.batch);
  if (empty)
    return (
      <Suspense>
        <Teach intake={status.data.intake} scraped={status.data.metrics?.targets_up ?? 0} />
      </Suspense>
    );
  const end = isLive(range) ? undefined : resolve(range).to;
  const of: Signal = search.of === 'calls' ? 'calls' : 'spans';
  const draw = (from: number, to: number, signal: Signal) => {
    brush.select(from, to);
    if (signal !== of) set({ of: signal === 'calls' ? signal : undefined }, true);
  };
  return (
    <div className="split">
      <div className="main">
        <div className="page stack">
          <Firing />
          {figures.error && !figures.data && <ErrorNote error={figures.error} retry={() => void figures.refetch()} />}
          {figures.data ? <KeyFigures figures={figures.data} /> : <div className="ov-figures" />}
          {charts.error && <ErrorNote error={charts.error} retry={() => void charts.refetch()} />}
          <Suspense fallback={<Loading what="Asking for metrics" />}>
            {charts.data ? (
              <Charts {...charts.data} marks={brush.marks} onSelect={draw} />
            ) : (
              !charts.error && <Loading what="Asking for metrics" />
            )}
          </Suspense>
          <div className="grid3 ov-lists">
            <Changes end={end} wait={!lists} />
            <Extremes order="slowest" range={range} wait={!lists} />
            <Extremes order="costliest" range={range} wait={!lists} />
          </div>
        </div>
      </div>
      <BrushMenu brush={brush} />
      <CompareDock
        brush={brush}
        signal={of}
        q={of === 'spans' ? 'kind:server' : ''}
        onQuery={(q) =>
          void navigate({ to: of === 'spans' ? '/traces' : '/calls', search: { q, ...selected(brush) } as never })
        }
      />
    </div>
  );
}

const selected = ({ selection }: Brush) => (selection ? between(selection.from, selection.to) : {});

const hasAny = (batch: Batch) => chartParts('1m').some((p) => batch.of(p.id).length > 0);

function useCharts(range: Range, enabled: boolean) {
  const step = Math.max(5, bucket(range, points).ms / 1000);
  const rates = `${Math.max(4 * scrape, step + scrape)}s`;
  return useQuery({
    queryKey: ['overview charts', range],
    enabled,
    queryFn: async ({ signal }) => {
      const { from, to } = resolve(range);
      // Times are multiples of the step, so that points stay where they are from one answer to the next.
      const batch = await queryBatch(
        chartParts(rates),
        Math.ceil(from / 1000 / step) * step,
        Math.floor(to / 1000 / step) * step,
        step,
        signal,
      );
      return { batch, rates, range: { from, to } };
    },
    refetchInterval: isLive(range) ? Math.min(60_000, Math.max(5_000, step * 500)) : false,
    placeholderData: (last) => last,
  });
}

function useFigures(range: Range) {
  const live = isLive(range);
  const numbers = useQuery({
    queryKey: ['overview numbers', live ? 'now' : range.to],
    queryFn: ({ signal }) => takeNumbers(range) ?? askNumbers(range, signal),
    initialData: () => numbersHere(range),
    staleTime: 4_000,
    refetchInterval: live ? 5_000 : false,
    placeholderData: (last) => last,
  });
  const settled = numbers.isFetched || (numbers.data !== undefined && !numbers.isPlaceholderData); // or they were here before the page
  const today = useQuery({
    queryKey: ['overview today'],
    queryFn: async ({ signal }) =>
      (await get('/api/v1/aggregate', { query: { signal: 'calls', columns: 'sum(cost)', from: midnight() } }, signal))
        .rows[0]?.values[0] ?? null,
    refetchInterval: 30_000,
    enabled: settled,
  });
  const data = useMemo(() => numbers.data && keyFigures(numbers.data, today.data ?? null), [numbers.data, today.data]);
  return { data, error: numbers.error, refetch: numbers.refetch, settled };
}
