// Annotations: moments at which a query begins to have a value, as marks on all charts.
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { getJSON, type Schemas } from '@/api/client';
import type { ChartMark } from '@/components/Chart';
import { bucket, resolve, type Range } from '@/lib/range';
import { colorOf } from './look';
import { all, refreshOf, type Chosen } from './model';

type Annotation = Schemas['DashboardAnnotation'];

interface Matrix {
  data: { result: { metric: Record<string, string>; values?: [number, string][] }[] };
}

const most = 200;

/** Marks of the annotations that are on. */
export function useMarks(
  annotations: Annotation[],
  off: ReadonlySet<string>,
  range: Range,
  shown: Chosen,
  refresh: number,
): ChartMark[] {
  const on = annotations.filter((a) => a.enabled !== off.has(a.name));
  const answers = useQueries({
    queries: on.map((a) => ({
      queryKey: ['annotation', a.expr, a.step, range, shown],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask(a, range, shown, signal),
      refetchInterval: refresh > 0 ? Math.max(refresh, 30_000) : (false as const),
      retry: false,
    })),
  });
  const data = answers.map((a) => a.data);
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => data.flatMap((d) => d ?? []).slice(0, most), data.length === 0 ? [0] : [JSON.stringify(data)]);
}

async function ask(a: Annotation, range: Range, shown: Chosen, signal: AbortSignal): Promise<ChartMark[]> {
  const { from, to } = resolve(range);
  const step = Math.max(refreshOf(a.step), bucket(range, 400).ms);
  const start = Math.floor(from / step) * step;
  const body = new URLSearchParams({
    query: fillQuery(a.expr, shown, step),
    start: String(start / 1000),
    end: String(to / 1000),
    step: String(step / 1000),
    limit: '100',
  });
  const answer = await getJSON<Matrix>('/prometheus/api/v1/query_range', { method: 'POST', body, signal });
  return answer.data.result.flatMap((s) =>
    beginnings(s.values ?? [], step / 1000).map((t) => ({
      time: t * 1000,
      title: titleOf(a, s.metric),
      color: colorOf(a.color ?? 'orange'),
    })),
  );
}

/** The times at which runs of values that are not 0 begin, in the unit of the values. */
export function beginnings(values: [number, string][], step: number): number[] {
  const out: number[] = [];
  let last = -Infinity;
  for (const [t, v] of values) {
    if (Number(v) === 0 || v === 'NaN') continue;
    if (t - last > step * 1.5) out.push(t);
    last = t;
  }
  return out;
}

/** A query with its variables, several values as a regular expression. For what only the page asks; the server does those of panels. */
export function fillQuery(expr: string, shown: Chosen, step: number): string {
  const seconds = Math.max(1, Math.round(step / 1000));
  const builtin: Record<string, string> = {
    __interval: `${seconds}s`,
    __rate_interval: `${Math.max(60, seconds + 15)}s`,
    __interval_ms: String(step),
  };
  return expr.replace(
    /\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]/g,
    (whole: string, a?: string, b?: string, c?: string) => {
      const name = (a ?? b ?? c)!;
      if (Object.hasOwn(builtin, name)) return builtin[name]!;
      const values = Object.hasOwn(shown, name) ? shown[name] : undefined;
      if (!values) return whole;
      if (values.includes(all)) return '.*';
      return values.length === 1
        ? quoted(values[0]!)
        : `(${values.map((v) => quoted(v.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('|')})`;
    },
  );
}

const quoted = (v: string) => v.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');

function titleOf(a: Annotation, labels: Record<string, string>): string {
  const fill = (text: string) => text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
  const title = fill(a.title ?? '') || a.name;
  return a.text ? `${title}: ${fill(a.text)}` : title;
}
