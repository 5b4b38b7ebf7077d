// Traces for tests, made of as little as a test needs.
import type { Log, Span } from '@/api/client';

const start = Date.parse('2026-01-01T00:00:00Z');

/** An RFC 3339 time so many milliseconds after the first of January 2026. */
export function at(ms: number): string {
  const ns = Math.round(ms * 1e6);
  const second = Math.floor(ns / 1e9);
  return `${new Date(start + second * 1000).toISOString().slice(0, 19)}.${String(ns - second * 1e9).padStart(9, '0')}Z`;
}

export function span(id: string, parent: string, from: number, to: number, more: Partial<Span> = {}): Span {
  return {
    trace_id: 't',
    span_id: id,
    parent_id: parent || undefined,
    name: id,
    service: 'api',
    status: 'ok',
    time: at(from),
    duration_ns: Math.round((to - from) * 1e6),
    ...more,
  };
}

export const log = (spanId: string | undefined, ms: number, body: string, more: Partial<Log> = {}): Log => ({
  trace_id: 't',
  span_id: spanId,
  time: at(ms),
  status: 'ok',
  level: 'info',
  body,
  ...more,
});

export const trace = (spans: Span[], logs: Log[] = []) => ({ trace_id: 't', spans, logs });

/** A trace of n spans: agents that take steps, of models, tools and databases, 8 levels deep. */
export function big(n: number): { trace_id: string; spans: Span[]; logs: Log[] } {
  const spans: Span[] = [span('root', '', 0, n)];
  for (let i = 1; i < n; i++) {
    const parent = i % 8 === 1 ? 'root' : `s${i - 1}`;
    const from = (i / n) * n * 0.9;
    const attributes = {
      'http.route': `/v1/items/${i % 50}`,
      'thread.id': String(i % 64),
      'code.function': `handler_${i % 40}`,
      'server.address': 'api.internal',
    };
    spans.push(
      span(`s${i}`, parent, from, from + 8 - (i % 8), {
        name: `work ${i % 200}`,
        service: `service-${i % 7}`,
        status: i % 97 === 0 ? 'error' : 'ok',
        attributes,
        genai:
          i % 3 === 0
            ? {
                operation: 'chat',
                call: true,
                model: 'gpt-4o',
                usage: { input_tokens: 12, output_tokens: 30 },
                cost_usd: '0.0001',
              }
            : undefined,
      }),
    );
  }
  return trace(spans);
}

/** ms that the quickest of a few runs took: what else the machine does should not count. */
export function best(run: () => unknown): number {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    const from = performance.now();
    run();
    least = Math.min(least, performance.now() - from);
  }
  return least;
}
