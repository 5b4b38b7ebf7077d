// Charts over the range of the page.
import { Link } from '@tanstack/react-router';
import { Chart, Legend, type ChartSeries } from '@/components/Chart';
import type { Brush } from '@/components/Compare';
import { percent, seconds, short, usd } from '@/lib/format';
import { largest, one, type Batch } from './batch';
import { exprOf } from './expressions';

interface Shown {
  title: string;
  unit: string;
  format: (n: number) => string;
  series: ChartSeries[];
  expr: string; // id of the expression that the title links to
  to?: string; // a page that tells more than the expression
  of: Signal;
}

/** What a chart counts: the records to compare when a time is drawn over it. */
export type Signal = 'spans' | 'calls';

const height = 150;
const legendHeight = 36; // where there are many series their names are below the chart
const inHeader = 3; // names fit there

const time = (s: number) => (s === 0 ? '0' : seconds(s));

export default function Charts({
  batch,
  rates,
  range,
  marks,
  onSelect,
}: {
  batch: Batch;
  rates: string;
  range: { from: number; to: number };
  marks: Brush['marks'];
  onSelect: (from: number, to: number, of: Signal) => void;
}) {
  return (
    <div className="grid3 ov-charts">
      {shown(batch).map((c) => (
        <section key={c.title} className="panel" aria-label={c.title}>
          <header>
            <h2>
              <Link
                to={c.to ?? '/explore'}
                search={(c.to ? undefined : { expr: exprOf(c.expr, rates) }) as never}
                title={c.to ? 'Show more of it' : 'Open in Metrics'}
              >
                {c.title}
              </Link>
            </h2>
            {c.unit && <span className="unit">{c.unit}</span>}
            {c.series.length <= inHeader && <Legend series={c.series} />}
          </header>
          <div className="body">
            <Chart
              label={`${c.title}, ${c.unit}`}
              times={batch.times}
              series={c.series}
              format={c.format}
              height={c.series.length <= inHeader ? height : height - legendHeight}
              range={range}
              marks={marks}
              onSelect={(from, to) => onSelect(from, to, c.of)}
            />
            {c.series.length > inHeader && (
              <div className="ov-below">
                <Legend series={c.series} />
              </div>
            )}
          </div>
        </section>
      ))}
    </div>
  );
}

function shown(batch: Batch): Shown[] {
  const line = (name: string, id: string, color: string): ChartSeries => ({ name, values: one(batch, id), color });
  const minus = (a: string, b: string) =>
    one(batch, a).map((v, i) => (v === null ? null : v - (one(batch, b)[i] ?? 0)));
  const counted = (all: string, failed: string): ChartSeries[] => [
    { name: 'ok', values: minus(all, failed), color: '--s1', fill: 0.1 },
    { name: 'error', values: one(batch, failed), color: '--err' },
  ];
  const quantiles = (of: string): ChartSeries[] => [
    line('p50', `${of}_0.5`, '--s1'),
    line('p95', `${of}_0.95`, '--s2'),
    line('p99', `${of}_0.99`, '--s3'),
  ];
  const models = largest(batch, 'cost', 'model', 6).map((s, i): ChartSeries => ({
    name: s.name,
    values: s.values,
    color: s.rest ? '--s-other' : `--s${(i % 8) + 1}`,
  }));
  const all: Shown[] = [
    {
      title: 'Requests',
      of: 'spans',
      unit: '/s',
      format: short,
      expr: 'requests',
      series: counted('requests', 'request_errors'),
    },
    {
      title: 'Latency',
      of: 'spans',
      unit: 'of requests',
      format: time,
      expr: 'request_0.95',
      series: quantiles('request'),
    },
    {
      title: 'LLM calls',
      of: 'calls',
      unit: '/s',
      format: short,
      expr: 'calls',
      series: counted('calls', 'call_errors'),
    },
    {
      title: 'Duration of LLM calls',
      of: 'calls',
      unit: '',
      format: time,
      expr: 'call_0.95',
      series: quantiles('call'),
    },
    {
      title: 'Tokens',
      of: 'calls',
      unit: '/min',
      format: short,
      expr: 'input',
      series: [
        line('input', 'input', '--s1'),
        line('output', 'output', '--s2'),
        line('cached input', 'cached', '--s3'),
      ],
    },
    { title: 'Cost', of: 'calls', unit: '$/h', format: usd, expr: 'cost', series: models },
    {
      title: 'Time to first token',
      of: 'calls',
      unit: '',
      format: time,
      expr: 'ttft_0.95',
      series: [line('p50', 'ttft_0.5', '--s1'), line('p95', 'ttft_0.95', '--s2')],
    },
    {
      title: 'Cache hit rate',
      of: 'calls',
      unit: '',
      format: percent,
      expr: 'prompt_cache',
      series: [line('prompt', 'prompt_cache', '--s1'), line('responses', 'response_cache', '--s2')],
    },
    {
      title: 'Agents',
      of: 'spans',
      unit: 'active',
      format: short,
      expr: 'runs',
      to: '/dashboards/telltale-agents',
      series: [
        line('sessions', 'sessions', '--s1'),
        line('conversations', 'conversations', '--s3'),
        line('runs/min', 'runs', '--s2'),
      ],
    },
  ];
  return all;
}
