// What comes in over time, and what it takes on disk.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Chart, Legend, type ChartSeries } from '@/components/Chart';
import { ErrorNote } from '@/components/ErrorNote';
import { bytes, short } from '@/lib/format';
import { bucket, isLive, resolve, type Range } from '@/lib/range';
import { useRange, useZoom } from '@/lib/search';
import { one, queryBatch, type Batch } from '@/pages/overview/batch';

const parts = (w: string) => [
  { id: 'spans', expr: `sum(rate(telltale_records_total{outcome="accepted", signal="spans"}[${w}]))` },
  { id: 'logs', expr: `sum(rate(telltale_records_total{outcome="accepted", signal="logs"}[${w}]))` },
  {
    id: 'refused',
    expr: `60 * (sum(rate(telltale_records_total{outcome="rejected"}[${w}])) or 0 * sum(telltale_ready))`,
  },
  {
    id: 'lost',
    expr: `60 * (sum(rate(telltale_records_total{outcome=~"dropped|quarantined"}[${w}])) or 0 * sum(telltale_ready))`,
  },
  {
    id: 'duplicate',
    expr: `60 * (sum(rate(telltale_records_total{outcome="duplicate"}[${w}])) or 0 * sum(telltale_ready))`,
  },
  { id: 'parts', expr: 'sum(telltale_store_bytes)' },
  { id: 'wal', expr: 'sum(telltale_store_wal_bytes)' },
  // Of this server alone: a Prometheus that is scraped has the same. The newest two hours are not in blocks yet.
  {
    id: 'metrics',
    expr: 'sum({__name__=~"prometheus_tsdb_(storage_blocks|wal_storage_size|head_chunks_storage_size)_bytes", job="telltale"})',
  },
];

async function rates(range: Range, signal: AbortSignal) {
  const { from, to } = resolve(range);
  const step = Math.max(15, bucket(range, 120).ms / 1000);
  const batch = await queryBatch(
    parts(`${Math.max(60, step + 15)}s`),
    Math.ceil(from / 1000 / step) * step,
    Math.floor(to / 1000 / step) * step,
    step,
    signal,
  );
  return { batch, range: { from, to } };
}

export function Rates() {
  const [range] = useRange();
  const zoom = useZoom();
  const past = useQuery({
    queryKey: ['status rates', range],
    queryFn: ({ signal }) => rates(range, signal),
    refetchInterval: isLive(range) ? 15_000 : false,
    placeholderData: (last) => last,
  });
  if (past.error && !past.data) return <ErrorNote error={past.error} retry={() => void past.refetch()} />;
  if (!past.data) return <div className="st-waiting" />;
  const { batch } = past.data;
  const line = (name: string, id: string, color: string): ChartSeries => ({ name, values: one(batch, id), color });
  return (
    <div className="grid3">
      <Panel
        title="Accepted"
        unit="records/s"
        format={short}
        batch={batch}
        range={past.data.range}
        zoom={zoom}
        series={[line('spans', 'spans', '--s1'), line('logs', 'logs', '--s3')]}
      />
      <Panel
        title="Not accepted"
        unit="records/min"
        format={short}
        batch={batch}
        range={past.data.range}
        zoom={zoom}
        series={[
          line('refused', 'refused', '--s2'),
          line('lost', 'lost', '--err'),
          line('duplicate', 'duplicate', '--s-other'),
        ]}
      />
      <Panel
        title="Size on disk"
        unit=""
        format={bytes}
        batch={batch}
        range={past.data.range}
        zoom={zoom}
        series={[
          line('parts', 'parts', '--s1'),
          line('write-ahead log', 'wal', '--s2'),
          line('metrics', 'metrics', '--s3'),
        ]}
      />
    </div>
  );
}

function Panel({
  title,
  unit,
  format,
  batch,
  range,
  zoom,
  series,
}: {
  title: string;
  unit: string;
  format: (n: number) => string;
  batch: Batch;
  range: { from: number; to: number };
  zoom: (from: number, to: number) => void;
  series: ChartSeries[];
}) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>
          <Link to="/dashboards/$uid" params={{ uid: 'telltale-self' }} title="All charts of the server itself">
            {title}
          </Link>
        </h2>
        {unit && <span className="unit">{unit}</span>}
        <Legend series={series} />
      </header>
      <div className="body">
        <Chart
          label={`${title}, ${unit}`}
          times={batch.times}
          series={series}
          format={format}
          range={range}
          onSelect={zoom}
          height={130}
          binary={format === bytes}
        />
      </div>
    </section>
  );
}
