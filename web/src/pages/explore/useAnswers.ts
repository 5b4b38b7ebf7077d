// Asks the queries of the page.
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { getJSON } from '@/api/client';
import { bucket, isLive, resolve, type Range } from '@/lib/range';
import { letterAt, type Query } from './address';
import { unitOfQuery } from './metrics';
import {
  askInstant,
  askRange,
  gridOf,
  resultsOf,
  thinned,
  type Exemplars,
  type Grid,
  type QueryAnswer,
  type Result,
} from './prometheus';
import type { Answer } from '@/pages/dashboards/model';

export interface Asked {
  letter: string;
  expr: string;
  off: boolean;
  unit: string | undefined;
  grid: Grid;
  results: Result[] | null; // null before the first answer
  answer: QueryAnswer | null;
  exemplars: NonNullable<Answer['exemplars']>;
  error: Error | null;
  fetching: boolean;
  ms: number | null;
  retry: () => void;
}

interface Options {
  range: Range;
  step: number | null; // ms; null is chosen
  instant: boolean;
  exemplars: boolean;
}

const refreshEvery = 15_000; // as often as samples come

export function stepOf(range: Range, step: number | null): number {
  const { from, to } = resolve(range);
  const auto = Math.max(5_000, bucket(range, 240).ms);
  return step === null ? auto : Math.max(step, Math.ceil((to - from) / 11_000 / 1000) * 1000); // Prometheus answers 11,000 points
}

export function useAnswers(queries: Query[], o: Options): Asked[] {
  const step = stepOf(o.range, o.step);
  const refetchInterval = isLive(o.range) ? refreshEvery : (false as const);
  const grid = () => {
    const { from, to } = resolve(o.range);
    return gridOf(from, to, step);
  };
  const answers = useQueries({
    queries: queries.map((q) => ({
      queryKey: ['promql', q.expr, o.instant, o.range, o.instant ? 0 : step],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const g = grid(),
          began = performance.now();
        const answer = o.instant
          ? await askInstant(q.expr, resolve(o.range).to, signal)
          : await askRange(q.expr, g, signal);
        return { g, answer, ms: performance.now() - began };
      },
      enabled: !q.off && q.expr.trim() !== '',
      refetchInterval,
      placeholderData: keepPreviousData,
      staleTime: 5_000,
    })),
  });
  const dots = useQueries({
    queries: queries.map((q) => ({
      queryKey: ['exemplars', q.expr, o.range, step],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const g = grid();
        return {
          g,
          answer: await getJSON<Exemplars>(
            `/prometheus/api/v1/query_exemplars?${new URLSearchParams({ query: q.expr, start: String(g.from / 1000), end: String(g.to / 1000) })}`,
            { signal },
          ),
        };
      },
      enabled: o.exemplars && !o.instant && !q.off && q.expr.trim() !== '',
      refetchInterval,
      placeholderData: keepPreviousData,
      staleTime: 5_000,
      retry: false,
    })),
  });
  return queries.map((q, i) => {
    const { data, error, isFetching, refetch } = answers[i]!;
    const example = dots[i]!.data;
    return {
      letter: letterAt(i),
      expr: q.expr,
      off: q.off,
      unit: unitOfQuery(q.expr),
      grid: data?.g ?? grid(),
      results: data ? resultsOf(data.answer) : null,
      answer: data?.answer ?? null,
      exemplars: o.exemplars && example ? thinned(letterAt(i), example.answer, example.g) : [],
      error: q.off ? null : error,
      fetching: isFetching,
      ms: data?.ms ?? null,
      retry: () => void refetch(),
    };
  });
}
