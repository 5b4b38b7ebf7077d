// What matches, in sum, and over time.
import { useQuery } from '@tanstack/react-query';
import { memo, useMemo } from 'react';
import { ask, type Schemas } from '@/api/client';
import { Chart, type ChartSeries } from '@/components/Chart';
import type { Brush } from '@/components/Compare';
import { both } from '@/components/conditions';
import { bucket, isLive, resolve, type Range } from '@/lib/range';
import { count, duration, percent, short, unknown, usd } from '@/lib/format';
import { useUrlState } from '@/lib/search';

const figuresOf =
  'count,sum(cost),sum(tokens.in),sum(tokens.cached),sum(tokens.out),p50(duration),p95(duration),p50(ttft)';

export function useTotals(q: string, range: Range) {
  const live = isLive(range) ? 10_000 : false;
  const all = useQuery(
    ask('/api/v1/aggregate', { query: { signal: 'calls', columns: figuresOf, q, ...range } }, { refresh: live }),
  );
  const errors = useQuery(
    ask(
      '/api/v1/aggregate',
      { query: { signal: 'calls', columns: 'count', q: both(q, 'status:error'), ...range } },
      { refresh: live },
    ),
  );
  const priced = useQuery(
    ask(
      '/api/v1/aggregate',
      { query: { signal: 'calls', columns: 'count', q: both(q, 'tokens:>0 -cost:>=0'), ...range } },
      { refresh: live },
    ),
  );
  const one = (a: Schemas['Aggregate'] | undefined, i: number) =>
    a === undefined ? undefined : a.rows.length === 0 ? (i === 0 ? 0 : undefined) : (a.rows[0]!.values[i] ?? undefined);
  const v = (i: number) => one(all.data, i);
  return {
    calls: v(0),
    cost: v(1),
    input: v(2),
    cached: v(3),
    output: v(4),
    p50: v(5),
    p95: v(6),
    ttft: v(7),
    errors: one(errors.data, 0),
    unpriced: one(priced.data, 0),
    error: all.error,
  };
}

export type Totals = ReturnType<typeof useTotals>;

/** children stand at the right end, where they move nothing when they come. */
export function TotalsLine({ totals: t, q, children }: { totals: Totals; q: string; children?: React.ReactNode }) {
  const [, set] = useUrlState();
  const share = (part: number | undefined, of: number | undefined) =>
    part !== undefined && of ? percent(part / of) : undefined;
  const items: { title: string; value: string; note?: React.ReactNode; bad?: boolean }[] = [
    { title: 'Calls', value: count(t.calls) },
    { title: 'Errors', value: count(t.errors), note: share(t.errors, t.calls), bad: (t.errors ?? 0) > 0 },
    {
      title: 'Tokens in',
      value: short(t.input),
      note: share(t.cached, t.input) && `${share(t.cached, t.input)} cached`,
    },
    { title: 'Tokens out', value: short(t.output) },
    {
      title: 'Cost',
      value: t.cost === undefined ? unknown : usd(t.cost),
      note: (t.unpriced ?? 0) > 0 && (
        <button
          className="calls-unpriced"
          title="Calls that used tokens no price is known for"
          onClick={() => set({ q: both(q, 'tokens:>0 -cost:>=0'), sel: undefined })}
        >
          {count(t.unpriced)} unpriced
        </button>
      ),
    },
    { title: 'p50', value: duration(t.p50) },
    { title: 'p95', value: duration(t.p95) },
    { title: 'First token p50', value: duration(t.ttft) },
  ];
  return (
    <div className="calls-totals">
      <dl>
        {items.map((i) => (
          <div key={i.title}>
            <dt>{i.title}</dt>
            <dd className={i.bad ? 'num err' : 'num'}>
              {i.value}
              {i.note && <span className="calls-note">{i.note}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <div className="calls-acts" role="status">
        {children}
      </div>
    </div>
  );
}

export const CallsChart = memo(function CallsChart({ q, range, brush }: { q: string; range: Range; brush: Brush }) {
  const { text, ms } = bucket(range, 90);
  const answer = useQuery(
    ask(
      '/api/v1/aggregate',
      { query: { signal: 'calls', columns: 'count', group: 'status', q, bucket: text, ...range } },
      { refresh: isLive(range) ? 10_000 : false },
    ),
  );
  const { times, series, ends } = useMemo(() => overTime(answer.data, range, ms), [answer.data, range, ms]);
  return (
    <div className="calls-chart">
      <Chart
        label={`Calls per ${text}, answered and failed`}
        times={times}
        series={series}
        format={short}
        height={84}
        stack
        range={ends}
        onSelect={brush.select}
        marks={brush.marks}
      />
    </div>
  );
});

// overTime fills buckets without calls: none were made then.
export function overTime(a: Schemas['Aggregate'] | undefined, range: Range, ms: number, now = Date.now()) {
  const ends = resolve(range, now);
  const times: number[] = [];
  for (let t = Math.floor(ends.from / ms) * ms; t < ends.to && times.length < 5000; t += ms) times.push(t);
  const at = new Map(times.map((t, i) => [t, i]));
  const sums = { ok: times.map((): number | null => 0), error: times.map((): number | null => 0) };
  for (const r of a?.rows ?? []) {
    const i = at.get(Date.parse(r.bucket ?? ''));
    const list = r.keys?.[0] === 'error' ? sums.error : sums.ok;
    if (i !== undefined) list[i] = (list[i] ?? 0) + (r.values[0] ?? 0);
  }
  const series: ChartSeries[] = [
    { name: 'failed', values: sums.error, color: '--err', draw: 'bars', fill: 1 },
    { name: 'ok', values: sums.ok, color: '--s1', draw: 'bars', fill: 1 },
  ];
  return { times, series, ends };
}
