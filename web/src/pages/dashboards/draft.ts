// Answers for panels that are not saved yet: the page asks their queries by itself. Panels that are as they were saved are
// asked of the server. What only the server does, such as transformations, is seen once the dashboard is saved.
import { bucket, resolve } from '@/lib/range';
import { askInstant, askRange, calculate, gridOf, resultsOf, seriesOf, timesOf, type Grid, type Result } from '@/pages/explore/prometheus';
import { mistakeOf } from '@/pages/explore/metrics';
import { fillQuery } from './annotations';
import type { Question } from './context';
import { all, type Answer, type Chosen, type Dashboard, type Field, type Panel, type Series } from './model';

/** What variables are before anybody chose. */
export function defaultsOf(d: Dashboard): Chosen {
  return Object.fromEntries(d.variables.map((v) => {
    const first = v.options?.find((o) => o.value !== all)?.value;
    const values = v.default?.length ? v.default : v.kind === 'query' ? [all] : v.kind === 'interval' ? [first ?? '5m'] : [first ?? ''];
    return [v.name, values[0] === '$__auto_interval_' + v.name || values[0] === 'auto' ? [first ?? '5m'] : values];
  }));
}

/** The field of a series, with the overrides that hold for it. */
export function fieldOf(panel: Panel, name: string, target: string): Field {
  return panel.overrides.reduce((field, o) => (holds(o.by, o.match, name, target) ? { ...field, ...o.field } : field), panel.field);
}

function holds(by: string, match: string, name: string, target: string): boolean {
  if (by === 'name') return match === name;
  if (by === 'target') return match === target;
  if (by !== 'regexp') return by === 'type' && match === 'number';
  try {
    const [, body, flags = ''] = /^\/(.*)\/(\w*)$/s.exec(match) ?? [undefined, match];
    return new RegExp(body, flags.replace(/[^imsu]/g, '')).test(name.slice(0, 500));
  } catch {
    return false;
  }
}

export async function askDraft(panel: Panel, q: Question, shown: Chosen, signal: AbortSignal): Promise<Answer> {
  const { from, to } = resolve(q);
  const step = Math.max(15_000, bucket(q, q.points).ms);
  const grid = gridOf(from, to, step);
  const targets = panel.targets.filter((t) => !t.hidden);
  const asked = await Promise.all(targets.map(async (t) => {
    const expr = fillQuery(t.expr, { ...shown, __range: [`${Math.round((to - from) / 1000)}s`] }, step);
    try {
      const answer = t.instant ? await askInstant(expr, to, signal) : await askRange(expr, grid, signal);
      return { t, expr, results: resultsOf(answer), told: undefined };
    } catch (e) {
      if (signal.aborted) throw e;
      return { t, expr, results: [], told: mistakeOf((e as Error).message, expr).message };
    }
  }));
  const series = asked.flatMap(({ t, results }) => (panel.kind === 'heatmap' ? buckets(t.ref, results, grid) : named(panel, t, results, grid)));
  return {
    panel: panel.id, kind: panel.kind, from: new Date(grid.from).toISOString(), to: new Date(grid.to).toISOString(), step_ms: step, times: timesOf(grid), series: panel.kind === 'table' ? [] : series,
    table: panel.kind === 'table' ? tableOf(panel, asked) : undefined, targets: asked.map(({ t, expr, told }) => ({ ref: t.ref, expr, error: told })),
  };
}

function named(panel: Panel, t: Panel['targets'][number], results: Result[], grid: Grid): Series[] {
  const legend = t.legend && t.legend !== '__auto' ? (m: Record<string, string>) => t.legend!.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, label: string) => m[label] ?? '') : undefined;
  return seriesOf(t.ref, results, grid, panel.field, panel.options.legend_calcs ?? [], legend).map((s) => ({
    ...s, field: fieldOf(panel, s.name, t.ref), value: calculate(s.values, panel.options.calc ?? 'lastNotNull') ?? undefined,
  }));
}

// buckets of a classic histogram hold what is below them too; what is in each alone is the difference.
function buckets(ref: string, results: Result[], grid: Grid): Series[] {
  const rows = seriesOf(ref, results.filter((r) => r.metric.le !== undefined), grid, {}, []).map((s) => ({ s, upper: Number(s.labels.le === '+Inf' ? Infinity : s.labels.le) })).sort((a, b) => a.upper - b.upper);
  return rows.map(({ s, upper }, i) => ({
    ...s, lower: rows[i - 1]?.upper, upper: upper === Infinity ? undefined : upper,
    values: s.values.map((v, at) => (v === null ? null : Math.max(0, v - (rows[i - 1]?.s.values[at] ?? 0)))),
  }));
}

// tableOf makes a row of each set of labels and a column of each query.
function tableOf(panel: Panel, asked: { t: Panel['targets'][number]; results: Result[] }[]): NonNullable<Answer['table']> {
  const rows = new Map<string, { labels: Record<string, string>; values: (number | null)[] }>();
  asked.forEach(({ results }, i) => results.forEach((r) => {
    const { __name__: _, ...labels } = r.metric;
    const key = JSON.stringify(Object.entries(labels).sort());
    const row = rows.get(key) ?? { labels, values: asked.map(() => null) };
    row.values[i] = Number(r.value?.[1] ?? r.values?.at(-1)?.[1] ?? NaN);
    rows.set(key, row);
  }));
  const list = [...rows.values()];
  const names = [...new Set(list.flatMap((r) => Object.keys(r.labels)))];
  const title = (i: number) => (asked.length === 1 ? 'Value' : `Value #${asked[i]!.t.ref}`);
  return {
    rows: list.length,
    columns: [
      ...names.map((name) => ({ name, kind: 'text', texts: list.map((r) => r.labels[name] ?? ''), field: fieldOf(panel, name, '') })),
      ...asked.map(({ t }, i) => ({ name: title(i), kind: 'number', numbers: list.map((r) => (Number.isFinite(r.values[i]) ? r.values[i]! : null)), field: fieldOf(panel, title(i), t.ref) })),
    ],
  };
}
