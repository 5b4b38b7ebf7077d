// Our Prometheus API, and answers of panels made from what it says.
import { getJSON } from '@/api/client';
import type { Answer, Field, Series } from '@/pages/dashboards/model';

type Sample = [number, string]; // seconds, value
export interface HistogramValue {
  count: string;
  sum: string;
  buckets?: [number, string, string, string][]; // kind of ends, lower, upper, count
}

export interface Result {
  metric: Record<string, string>;
  value?: Sample;
  values?: Sample[];
  histogram?: [number, HistogramValue];
  histograms?: [number, HistogramValue][];
}

export interface QueryAnswer {
  data: {
    resultType: 'matrix' | 'vector' | 'scalar' | 'string';
    result: Result[] | Sample;
    stats?: { timings?: { execTotalTime?: number }; samples?: { totalQueryableSamples?: number } };
  };
  warnings?: string[];
  infos?: string[];
}

export interface Grid {
  from: number; // ms, multiples of step
  to: number;
  step: number;
}

/** Times that stay the same while the range moves by less than a step. */
export function gridOf(from: number, to: number, step: number): Grid {
  return { from: Math.ceil(from / step) * step, to: Math.floor(to / step) * step, step };
}

export const timesOf = (g: Grid): number[] =>
  Array.from({ length: Math.max(0, Math.round((g.to - g.from) / g.step) + 1) }, (_, i) => g.from + i * g.step);

const limit = 500; // series of an answer

const post = (path: string, params: Record<string, string>, signal?: AbortSignal) =>
  getJSON<QueryAnswer>(`/prometheus/api/v1/${path}`, {
    method: 'POST',
    body: new URLSearchParams({ ...params, stats: 'all', limit: String(limit) }),
    signal,
  });

export const askRange = (query: string, g: Grid, signal?: AbortSignal) =>
  post(
    'query_range',
    { query, start: String(g.from / 1000), end: String(g.to / 1000), step: String(g.step / 1000) },
    signal,
  );

export const askInstant = (query: string, at: number, signal?: AbortSignal) =>
  post('query', { query, time: String(at / 1000) }, signal);

/** Results as a list, whatever kind they are. */
export function resultsOf(answer: QueryAnswer): Result[] {
  const { resultType, result } = answer.data;
  return resultType === 'scalar' || resultType === 'string'
    ? [{ metric: {}, value: result as Sample }]
    : (result as Result[]);
}

const number = (text: string): number | null => {
  const n = Number(text); // NaN, +Inf and -Inf of Prometheus are gaps
  return Number.isFinite(n) ? n : null;
};

/** Values on the times of a grid; what is not there is null. */
export function onGrid(samples: Sample[], g: Grid): (number | null)[] {
  const out: (number | null)[] = Array.from({ length: timesOf(g).length }, () => null);
  for (const [t, v] of samples) {
    const i = Math.round((t * 1000 - g.from) / g.step);
    if (i >= 0 && i < out.length) out[i] = number(v);
  }
  return out;
}

/** The name of a series: as PromQL writes it, without labels that all have alike. */
export function nameOf(metric: Record<string, string>, common: ReadonlySet<string> = new Set()): string {
  const { __name__: name = '', ...labels } = metric;
  const own = Object.entries(labels)
    .filter(([k]) => !common.has(k))
    .map(([k, v]) => `${k}=${JSON.stringify(v)}`);
  return own.length > 0 ? `${name}{${own.join(', ')}}` : name;
}

/** Labels that have the same value in all series; none where there is one series. */
export function commonLabels(all: Record<string, string>[]): Set<string> {
  const [first, ...rest] = all;
  if (!first || rest.length === 0) return new Set();
  return new Set(Object.keys(first).filter((k) => k !== '__name__' && rest.every((m) => m[k] === first[k])));
}

/** One number of a series, by the name of a calculation. */
export function calculate(values: (number | null)[], calc: string): number | null {
  const known = values.filter((v): v is number => v !== null);
  if (calc === 'count') return known.length;
  if (known.length === 0) return null;
  const sum = known.reduce((a, b) => a + b, 0);
  const min = known.reduce((a, b) => Math.min(a, b)),
    max = known.reduce((a, b) => Math.max(a, b));
  switch (calc) {
    case 'first':
      return values[0] ?? null;
    case 'firstNotNull':
      return known[0]!;
    case 'last':
      return values.at(-1) ?? null;
    case 'min':
      return min;
    case 'max':
      return max;
    case 'mean':
      return sum / known.length;
    case 'sum':
      return sum;
    case 'range':
      return max - min;
    case 'delta':
      return known.reduce((rise, v, i) => rise + (i === 0 ? 0 : v >= known[i - 1]! ? v - known[i - 1]! : v), 0);
    default:
      return known.at(-1)!;
  }
}

export function seriesOf(
  target: string,
  results: Result[],
  g: Grid,
  field: Field,
  calcs: string[],
  name?: (m: Record<string, string>) => string,
): Series[] {
  const common = commonLabels(results.map((r) => r.metric));
  return results
    .filter((r) => r.values || r.value)
    .map((r) => {
      const values = r.values
        ? onGrid(r.values, g)
        : timesOf(g).map((_, i, all) => (i === all.length - 1 && r.value ? number(r.value[1]) : null));
      const value = calculate(values, 'lastNotNull');
      return {
        target,
        name: name?.(r.metric) ?? (nameOf(r.metric, common) || 'value'),
        labels: r.metric,
        values,
        value: value ?? undefined,
        calcs: calcs.map((c) => calculate(values, c)),
        field,
      };
    });
}

/** Buckets of native histograms over time, added up over all series. */
export function heatOf(results: Result[], g: Grid): { lower: number; upper: number; values: (number | null)[] }[] {
  const n = timesOf(g).length;
  const rows = new Map<string, { lower: number; upper: number; values: (number | null)[] }>();
  for (const r of results) {
    for (const [t, h] of r.histograms ?? []) {
      const i = Math.round((t * 1000 - g.from) / g.step);
      if (i < 0 || i >= n) continue;
      for (const [, lower, upper, count] of h.buckets ?? []) {
        const key = `${lower} ${upper}`;
        let row = rows.get(key);
        if (!row)
          rows.set(
            key,
            (row = { lower: Number(lower), upper: Number(upper), values: Array.from({ length: n }, () => null) }),
          );
        row.values[i] = (row.values[i] ?? 0) + Number(count);
      }
    }
  }
  return [...rows.values()].sort((a, b) => a.upper - b.upper);
}

export interface Exemplars {
  data: {
    seriesLabels: Record<string, string>;
    exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
  }[];
}

const most = 120; // dots of a chart

/** Exemplars with a trace, the highest of each stretch of time. */
export function thinned(target: string, answer: Exemplars, g: Grid): NonNullable<Answer['exemplars']> {
  const stretch = Math.max(g.step, (g.to - g.from) / most);
  const best = new Map<number, NonNullable<Answer['exemplars']>[number]>();
  for (const s of answer.data) {
    for (const e of s.exemplars) {
      const trace = e.labels.trace_id ?? e.labels.traceID ?? e.labels.traceId;
      const value = number(e.value);
      if (!trace || value === null) continue;
      const slot = Math.floor((e.timestamp * 1000) / stretch);
      if (value > (best.get(slot)?.value ?? -Infinity))
        best.set(slot, {
          target,
          time: e.timestamp * 1000,
          value,
          trace_id: trace,
          span_id: e.labels.span_id ?? e.labels.spanID,
          labels: s.seriesLabels,
        });
    }
  }
  return [...best.values()].sort((a, b) => a.time - b.time);
}
