// What a replay found: a timeline of periods, and the value of the expression where it is compared with a number.
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '@/api/client';
import { Chart, Legend, type ChartSeries } from '@/components/Chart';
import { ErrorNote } from '@/components/ErrorNote';
import { duration, figures, plural, short } from '@/lib/format';
import { queryBatch } from '@/pages/overview/batch';
import type { Period } from './periods';
import { comparison } from './ruleFile';
import { Timeline, type Lane } from './Timeline';

const most = 100;

export function ReplayResult({
  result,
  text,
  range,
}: {
  result: Schemas['RuleReplay'];
  text: string;
  range: { from: number; to: number };
}) {
  const lanes = result.alerts.flatMap((a) => lanesOf(a, range.to)).slice(0, most);
  return (
    <div className="stack">
      {result.alerts.length === 0 && (
        <p className="muted al-text">There is no alert in this text: recording rules alone fire nothing.</p>
      )}
      {result.alerts.map((a) => (
        <p key={`${a.group} ${a.name}`} className="al-text">
          <b className="foreign">{a.name}</b>{' '}
          {a.fired === 0
            ? 'would not have fired'
            : `would have fired ${a.fired === 1 ? 'once' : `${a.fired} times`}, ${duration(a.firing_ns)} in all`}
          {a.fired === 0 &&
            a.periods.length > 0 &&
            `; its condition held ${plural(a.periods.length, 'time')}, but not for long enough`}
          .
        </p>
      ))}
      {lanes.length > 0 && <Timeline label="When alerts would have fired" lanes={lanes} range={range} />}
      <Value text={text} range={range} />
    </div>
  );
}

function lanesOf(a: Schemas['ReplayedAlert'], end: number): Lane[] {
  const lanes = new Map<
    string,
    { labels: Record<string, string>; periods: Period[]; highest: number | null; fired: number }
  >();
  for (const p of a.periods) {
    const key = JSON.stringify(p.labels);
    const lane = lanes.get(key) ?? { labels: p.labels, periods: [], highest: null, fired: 0 };
    lanes.set(key, lane);
    const from = Date.parse(p.pending),
      to = p.end ? Date.parse(p.end) : end,
      firing = p.firing ? Date.parse(p.firing) : null;
    if (firing === null || firing > from)
      lane.periods.push({ from, to: firing ?? to, state: 'pending', open: firing === null && !p.end });
    if (firing !== null) {
      lane.periods.push({ from: firing, to, state: 'firing', open: !p.end });
      lane.fired++;
    }
    if (p.highest != null) lane.highest = Math.max(lane.highest ?? -Infinity, p.highest);
  }
  return [...lanes].map(([key, l]) => ({
    key: a.name + key,
    title: (
      <>
        {a.name}{' '}
        <span className="muted">
          {Object.entries(l.labels)
            .filter(([n]) => n !== 'alertname' && n !== 'severity')
            .map(([, v]) => v)
            .join(' · ')}
        </span>
      </>
    ),
    periods: l.periods,
    note: `${l.fired}×${l.highest === null ? '' : `, max ${short(l.highest)}`}`,
  }));
}

// Value draws what the one alert of the text compares, and the number it is compared with.
function Value({ text, range }: { text: string; range: { from: number; to: number } }) {
  const compared = onlyExpression(text);
  const step = Math.max(15, Math.ceil((range.to - range.from) / 1000 / 200));
  const values = useQuery({
    queryKey: ['replayed value', compared?.left, range],
    enabled: compared !== null,
    retry: false,
    queryFn: ({ signal }) =>
      queryBatch(
        [{ id: 'value', expr: `(${compared!.left})` }],
        Math.ceil(range.from / 1000 / step) * step,
        Math.floor(range.to / 1000 / step) * step,
        step,
        signal,
      ),
  });
  if (compared === null) return null;
  if (values.error) return <ErrorNote error={values.error} />;
  if (!values.data) return null;
  const series: ChartSeries[] = values.data
    .of('value')
    .slice(0, 8)
    .map((s) => ({ name: Object.values(s.labels).join(' · ') || 'value', values: s.values, fill: 0 }));
  return (
    <section className="panel" aria-label="Value of the expression">
      <header>
        <h2>Value</h2>
        <span className="unit">limit {figures(compared.limit)}</span>
        <Legend series={series} />
      </header>
      <div className="body">
        <Chart
          label="Value of the expression"
          times={values.data.times}
          series={series}
          format={short}
          range={range}
          limits={[{ value: compared.limit, color: '--err' }]}
        />
      </div>
    </section>
  );
}

// onlyExpression finds the comparison of a text with one alert on one line, which is what most rules are.
function onlyExpression(text: string): { left: string; limit: number } | null {
  const found = [...text.matchAll(/^\s*expr:\s*(.+)$/gm)];
  const line = found.length === 1 ? found[0]![1]!.trim() : '';
  if (line === '' || /^[|>]/.test(line)) return null;
  try {
    return comparison(line.startsWith('"') ? (JSON.parse(line) as string) : line.replace(/^'(.*)'$/, '$1'));
  } catch {
    return null;
  }
}
