// What is known of metrics by their names and metadata, and the queries one wants first.
import { unitOfMetric } from '@/lib/units';

export type Kind = 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown';

export interface Family {
  name: string; // of the family, without _bucket, _sum, _count
  kind: Kind;
  help: string;
  classic: boolean; // a histogram by _bucket
}

type Metadata = Record<string, { type: string; help: string }[]>;

/** Families of all names of metrics: the three series of a histogram are one. */
export function familiesOf(names: string[], metadata: Metadata): Family[] {
  const known = new Set(names);
  const out = new Map<string, Family>();
  for (const name of names) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const classic = known.has(`${base}_bucket`);
    const summary = !classic && base !== name && known.has(`${base}_sum`) && known.has(`${base}_count`);
    const family = classic || summary ? base : name;
    if (out.has(family)) continue;
    const told = metadata[family]?.[0] ?? metadata[name]?.[0] ?? metadata[name.replace(/_total$/, '')]?.[0];
    out.set(family, {
      name: family,
      kind: classic ? 'histogram' : summary && told?.type !== 'histogram' ? 'summary' : kindOf(told?.type, name),
      help: told?.help ?? '',
      classic,
    });
  }
  return [...out.values()].sort((a, b) => a.name.localeCompare(b.name));
}

function kindOf(type: string | undefined, name: string): Kind {
  if (type === 'counter' || type === 'gauge' || type === 'histogram' || type === 'summary') return type;
  return /_total$/.test(name)
    ? 'counter'
    : /_(info|bytes|seconds|ratio|active|depth)$/.test(name)
      ? 'gauge'
      : 'unknown';
}

/** Names that contain all words, those that begin with the first before others. */
export function findFamilies(all: Family[], text: string): Family[] {
  const words = text
    .toLowerCase()
    .split(/[\s_]+/)
    .filter(Boolean);
  if (words.length === 0) return all;
  const hits = all.filter((f) => words.every((w) => f.name.toLowerCase().includes(w)));
  const more = all.filter(
    (f) =>
      !hits.includes(f) && words.every((w) => f.help.toLowerCase().includes(w) || f.name.toLowerCase().includes(w)),
  );
  return [
    ...hits.filter((f) => f.name.toLowerCase().startsWith(words[0]!)),
    ...hits.filter((f) => !f.name.toLowerCase().startsWith(words[0]!)),
    ...more,
  ];
}

export interface Offer {
  title: string;
  expr: string;
}

/** Queries to begin with. */
export function offersOf(f: Family): Offer[] {
  const n = f.name;
  switch (f.kind) {
    case 'counter': {
      const money = /_usd_total$/.test(n);
      return [
        { title: 'per second', expr: `sum(rate(${n}[5m]))` },
        money
          ? { title: 'per hour', expr: `sum(rate(${n}[5m])) * 3600` }
          : { title: 'per minute', expr: `sum(rate(${n}[5m])) * 60` },
        { title: 'rise in an hour', expr: `sum(increase(${n}[1h]))` },
        { title: 'as it is', expr: n },
      ];
    }
    case 'histogram': {
      const inner = f.classic ? `sum by (le) (rate(${n}_bucket[5m]))` : `sum(rate(${n}[5m]))`;
      const mean = f.classic
        ? `sum(rate(${n}_sum[5m])) / sum(rate(${n}_count[5m]))`
        : `histogram_avg(sum(rate(${n}[5m])))`;
      return [
        { title: 'p95', expr: `histogram_quantile(0.95, ${inner})` },
        { title: 'p50', expr: `histogram_quantile(0.5, ${inner})` },
        { title: 'mean', expr: mean },
        { title: 'per second', expr: f.classic ? `sum(rate(${n}_count[5m]))` : `histogram_count(sum(rate(${n}[5m])))` },
        { title: 'spread', expr: inner },
      ];
    }
    case 'summary':
      return [
        { title: 'mean', expr: `sum(rate(${n}_sum[5m])) / sum(rate(${n}_count[5m]))` },
        { title: 'per second', expr: `sum(rate(${n}_count[5m]))` },
      ];
    default:
      return [
        { title: 'as it is', expr: n },
        { title: 'sum by job', expr: `sum by (job) (${n})` },
      ];
  }
}

/** The unit of what a query answers, as far as its text says; undefined where it does not. */
export function unitOfQuery(expr: string): string | undefined {
  const text = expr.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const names = [
    ...text
      .replace(/\{[^}]*\}|\[[^\]]*\]|(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
      .matchAll(/[a-zA-Z_:][\w:]*/g),
  ]
    .map(([n]) => n)
    .filter(
      (n) =>
        /_/.test(n) &&
        !/^(histogram|label|count|group|sort|stddev|stdvar|sum|min|max|avg|last|quantile|absent|present|mad|first|ts)_/.test(
          n,
        ),
    );
  if (names.length === 0) return undefined;
  const quantile = /histogram_(quantile|avg)\s*\(/.test(text);
  const divided = /\//.test(text);
  const rated = /\b(rate|irate|deriv)\s*\(/.test(text);
  if (
    divided &&
    names.every((n) => /_(total|count)$/.test(n)) &&
    !names.some((n) => unitOfMetric(n)) &&
    !/[*]\s*\d/.test(text)
  )
    return 'percentunit';
  const unit = unitOfMetric(names[0]!);
  if (!unit || /_count$/.test(names[0]!)) return undefined;
  if (/^\s*count|count_values/.test(text) || (/_bucket$/.test(names[0]!) && !quantile)) return undefined;
  if (rated && !quantile && !divided) return unit === 'bytes' ? 'binBps' : unit === 's' ? undefined : unit;
  return unit;
}

export interface Mistake {
  message: string;
  at?: number; // place in the text, from 0
}

/** Finds the place in what Prometheus says of a wrong query: 1:6: parse error: … */
export function mistakeOf(message: string, expr: string): Mistake {
  const m = /^(?:invalid parameter "query": )?(?:(\d+):(\d+): )?(?:parse error: )?([^]*)$/.exec(message)!;
  if (!m[1]) return { message: m[3] || message };
  const lines = expr.split('\n');
  const line = Number(m[1]) - 1;
  const before = new TextDecoder().decode(
    new TextEncoder().encode(lines[line] ?? '').slice(0, Number(m[2]) - 1),
  ).length;
  return { message: m[3]!, at: lines.slice(0, line).reduce((n, l) => n + l.length + 1, 0) + before };
}

export const examples: (Offer & { about: string })[] = [
  {
    title: 'Requests by service',
    about: 'Derived from spans: nothing has to be set up.',
    expr: 'sum by (job) (rate(http_requests_total[5m]))',
  },
  {
    title: 'p95 of requests',
    about: 'Dots are traces behind the numbers.',
    expr: 'histogram_quantile(0.95, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))',
  },
  {
    title: 'Cost per hour by model',
    about: 'A counter of dollars, by the second, times 3600.',
    expr: 'sum by (model) (rate(llm_cost_usd_total[5m])) * 3600',
  },
  {
    title: 'Tokens per minute',
    about: 'Input and output.',
    expr: 'sum by (token_type) (rate(llm_tokens_total[5m])) * 60',
  },
  {
    title: 'Share of failed model calls',
    about: 'Two sums of the same counter.',
    expr: 'sum by (provider) (rate(llm_calls_total{status="failure"}[5m])) / sum by (provider) (rate(llm_calls_total[5m]))',
  },
  {
    title: 'Tools of agents',
    about: 'How often each is called.',
    expr: 'sum by (tool) (rate(agent_tool_calls_total[5m])) * 60',
  },
  { title: 'What is up', about: 'Targets that are scraped, and the server itself.', expr: 'up' },
];
