// Service level objectives: what is left of the error budget, and how fast it is spent.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ask, type Schemas } from '@/api/client';
import { Chart, Legend, type ChartSeries } from '@/components/Chart';
import { Empty } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { duration, figures, percent } from '@/lib/format';
import { bucket, isLive, resolve, type Range } from '@/lib/range';
import { useRange, useZoom } from '@/lib/search';
import { queryBatch, type Batch } from '@/pages/overview/batch';
import { bySpan, spanSeconds } from './burn';

const example = `slos:
  - name: answers
    service: shop
    objective: 99.9
    window: 30d
    good: sum(rate(http_requests_total{job="shop", status!~"5.."}[$window]))
    total: sum(rate(http_requests_total{job="shop"}[$window]))`;

export default function Slos() {
  const [range] = useRange();
  const zoom = useZoom();
  const slos = useQuery(ask('/api/v1/slos', undefined, { refresh: 15_000 }));
  const past = useQuery({
    queryKey: ['slo past', range],
    queryFn: ({ signal }) => askPast(range, signal),
    refetchInterval: isLive(range) ? 30_000 : false,
    placeholderData: (last) => last,
    enabled: (slos.data?.objectives.length ?? 0) > 0,
  });
  if (slos.error && !slos.data)
    return (
      <div className="page">
        <ErrorNote error={slos.error} retry={() => void slos.refetch()} />
      </div>
    );
  if (!slos.data) return <Loading what="Asking for objectives" />;
  const { objectives, error } = slos.data;
  return (
    <div className="page stack">
      {error && (
        <div className="note err" role="alert">
          <div>
            <b>The file of objectives is wrong; the one before it is in force.</b>
            <div className="foreign">{error}</div>
          </div>
        </div>
      )}
      {objectives.length === 0 && (
        <Empty title="There are no objectives" command={example}>
          <p>
            An objective says which share of events should be good; Telltale makes alerts of it that say when its budget
            is spent too fast. Write a file such as this, and name it in telltale.yml as <code>alerting.slos</code>:
          </p>
        </Empty>
      )}
      <div className="slo-cards">
        {objectives.map((o) => (
          <Card key={`${o.service} ${o.name}`} of={o} />
        ))}
      </div>
      {past.error && <ErrorNote error={past.error} retry={() => void past.refetch()} />}
      {past.data && <Past {...past.data} objectives={objectives} onSelect={zoom} />}
    </div>
  );
}

async function askPast(range: Range, signal: AbortSignal) {
  const { from, to } = resolve(range);
  const step = Math.max(15, bucket(range, 150).ms / 1000);
  const batch = await queryBatch(
    [
      { id: 'left', expr: 'slo_error_budget_remaining' },
      { id: 'burn', expr: 'slo_burn_rate' },
    ],
    Math.ceil(from / 1000 / step) * step,
    Math.floor(to / 1000 / step) * step,
    step,
    signal,
  );
  return { batch, range: { from, to } };
}

function Card({ of: o }: { of: Schemas['Objective'] }) {
  const left = o.budget_remaining;
  const state = left == null ? 'unknown' : left <= 0 ? 'spent' : left < 0.25 ? 'low' : 'fine';
  const expr = (name: string) => `${name}{slo=${JSON.stringify(o.name)}, service=${JSON.stringify(o.service)}}`;
  return (
    <section className="panel" aria-label={`${o.service}: ${o.name}`}>
      <header>
        <h2 className="foreign">{o.name}</h2>
        <span className="unit foreign">{o.service}</span>
      </header>
      <div className="body">
        {o.description && <p className="muted al-text foreign">{o.description}</p>}
        <p className="al-text">
          <b className="num">{figures(o.objective_percent)} %</b> good in {duration(o.window_ns)};{' '}
          <Link to="/explore" search={{ expr: expr('slo_error_budget_remaining') } as never}>
            {left == null
              ? 'budget unknown yet'
              : left >= 0
                ? `${percent(left)} of the error budget left`
                : `overspent by ${percent(-left)}`}
          </Link>
        </p>
        <div
          className="slo-budget"
          data-state={state}
          role="img"
          aria-label={left == null ? 'budget unknown' : `${percent(Math.max(0, left))} left`}
        >
          <i style={{ width: `${left != null && left <= 0 ? 100 : Math.min(1, left ?? 0) * 100}%` }} />
        </div>
        <p className="muted slo-burn-title">Burn rate over the last</p>
        <ul
          className="slo-burn"
          aria-label="Burn rate by window: 1 spends the budget exactly in the objective's window"
        >
          {bySpan(o.burn).map((b) => (
            <li key={b.window}>
              <Link
                to="/explore"
                search={{ expr: expr('slo_burn_rate') } as never}
                className={`tag ${b.rate >= 6 ? 'err' : b.rate > 1 ? 'warn' : ''}`}
                title={`Errors of the last ${b.window} spend the budget ${figures(b.rate)} times as fast as the objective allows`}
              >
                <span>{duration(spanSeconds(b.window) * 1e9)}</span>{' '}
                <b className="num">{figures(Math.round(b.rate * 100) / 100)}×</b>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Past({
  batch,
  range,
  objectives,
  onSelect,
}: {
  batch: Batch;
  range: { from: number; to: number };
  objectives: Schemas['Objective'][];
  onSelect: (from: number, to: number) => void;
}) {
  const name = (labels: Record<string, string>) => `${labels.service ?? ''} ${labels.slo ?? ''}`;
  const left: ChartSeries[] = batch
    .of('left')
    .slice(0, 8)
    .map((s) => ({ name: name(s.labels), values: s.values, fill: 0 }));
  // Of each objective the shortest window but one: quick to show, and not all noise.
  const windows = new Map(
    objectives.map((o) => [`${o.service} ${o.name}`, bySpan(o.burn)[1]?.window ?? o.burn[0]?.window]),
  );
  const burn: ChartSeries[] = batch
    .of('burn')
    .filter((s) => spanSeconds(s.labels.window ?? '') === spanSeconds(windows.get(name(s.labels)) ?? ''))
    .slice(0, 8)
    .map((s) => ({ name: `${name(s.labels)}, ${s.labels.window}`, values: s.values, fill: 0 }));
  return (
    <div className="grid2">
      <section className="panel" aria-label="Error budget left">
        <header>
          <h2>Error budget left</h2>
          <Legend series={left} />
        </header>
        <div className="body">
          <Chart
            label="Error budget left"
            times={batch.times}
            series={left}
            format={percent}
            range={range}
            onSelect={onSelect}
          />
        </div>
      </section>
      <section className="panel" aria-label="Burn rate">
        <header>
          <h2>Burn rate</h2>
          <Legend series={burn} />
        </header>
        <div className="body">
          <Chart
            label="Burn rate"
            times={batch.times}
            series={burn}
            format={figures}
            range={range}
            limits={[{ value: 1, color: '--warn' }]}
            onSelect={onSelect}
          />
        </div>
      </section>
    </div>
  );
}
