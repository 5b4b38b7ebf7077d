// What the overview asks in PromQL: the families of every service, as the shipped dashboards ask for them.
import type { Part } from './union.ts';

const quantiles = ['0.5', '0.95', '0.99'] as const;

const quantile = (q: string, family: string, w: string) =>
  `histogram_quantile(${q}, sum by (le) (rate(${family}_bucket[${w}])))`;
// A selection that matched nothing yet is 0 where the whole has values, else unknown.
const partOf = (part: string, whole: string) => `(${part} or 0 * ${whole})`;

/** Expressions of charts; w is the range of rates. */
export function chartParts(w: string): Part[] {
  const http = `sum(rate(http_requests_total[${w}]))`;
  const http5 = `sum(rate(http_requests_total{status=~"5.."}[${w}]))`;
  const calls = `sum(rate(llm_calls_total[${w}]))`;
  const failed = `sum(rate(llm_calls_total{status="failure"}[${w}]))`;
  const input = `sum(rate(llm_tokens_total{token_type="input"}[${w}]))`;
  const output = `sum(rate(llm_tokens_total{token_type="output"}[${w}]))`;
  const cached = `sum(rate(llm_cached_tokens_total{cache="read"}[${w}]))`;
  const lookups = `sum(rate(llm_cache_requests_total[${w}]))`;
  const hits = `sum(rate(llm_cache_requests_total{result="hit"}[${w}]))`;
  return [
    { id: 'requests', expr: http },
    { id: 'request_errors', expr: partOf(http5, http) },
    ...quantiles.map((q) => ({ id: `request_${q}`, expr: quantile(q, 'http_request_duration_seconds', w) })),
    { id: 'calls', expr: calls },
    { id: 'call_errors', expr: partOf(failed, calls) },
    ...quantiles.map((q) => ({ id: `call_${q}`, expr: quantile(q, 'llm_call_duration_seconds', w) })),
    { id: 'input', expr: `60 * ${input}` },
    { id: 'output', expr: `60 * ${output}` },
    { id: 'cached', expr: `60 * ${partOf(cached, input)}` },
    { id: 'cost', expr: `3600 * sum by (model) (rate(llm_cost_usd_total[${w}]))` },
    ...(['0.5', '0.95'] as const).map((q) => ({
      id: `ttft_${q}`,
      expr: quantile(q, 'llm_time_to_first_token_seconds', w),
    })),
    { id: 'prompt_cache', expr: `${partOf(cached, input)} / (${input} > 0)` },
    { id: 'response_cache', expr: `${partOf(hits, lookups)} / (${lookups} > 0)` },
    { id: 'sessions', expr: 'sum(agent_sessions_active)' },
    { id: 'conversations', expr: 'sum(conversations_active)' },
    { id: 'runs', expr: `60 * sum(rate(agent_runs_total[${w}]))` },
  ];
}

/** What single numbers want beside them: sums of what charts show by model. */
export function numberParts(w: string): Part[] {
  const wanted = new Set([
    'requests',
    'request_errors',
    'request_0.5',
    'request_0.95',
    'request_0.99',
    'calls',
    'call_errors',
    'call_0.5',
    'call_0.95',
    'call_0.99',
    'input',
    'output',
    'ttft_0.5',
    'ttft_0.95',
    'prompt_cache',
    'sessions',
    'runs',
  ]);
  return [
    ...chartParts(w).filter((p) => wanted.has(p.id)),
    { id: 'cost', expr: `3600 * sum(rate(llm_cost_usd_total[${w}]))` },
  ];
}

/** The expression of a part, to be looked at in Metrics. */
export const exprOf = (id: string, w: string): string => chartParts(w).find((p) => p.id === id)?.expr ?? '';
