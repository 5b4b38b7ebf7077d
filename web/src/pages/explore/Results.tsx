// What the queries answered: a chart, or the values of a moment as a table.
import { useMemo, useState } from 'react';
import { Table, type Column } from '@/components/Table';
import { Export } from '@/components/Export';
import { clock } from '@/lib/format';
import { formatter } from '@/lib/units';
import type { Range } from '@/lib/range';
import { BoardContext, type Board } from '@/pages/dashboards/context';
import type { Answer, Panel } from '@/pages/dashboards/model';
import { rowsOf } from '@/pages/dashboards/csv';
import { Heatmap } from '@/pages/dashboards/panels/Heatmap';
import { TimeSeries } from '@/pages/dashboards/panels/TimeSeries';
import { heatOf, nameOf, seriesOf, timesOf } from './prometheus';
import type { Asked } from './useAnswers';

const calcs = ['min', 'mean', 'max', 'lastNotNull'];

interface ChartsProps {
  asked: Asked[];
  range: Range;
  unit: string | undefined; // where the reader chose one
  stack: boolean;
  onZoom: (from: number, to: number) => void;
  onQuantile: (asked: Asked) => void;
}

/** One chart of all series, and a heatmap for each query that answers native histograms. */
export function Charts({ asked, range, unit, stack, onZoom, onQuantile }: ChartsProps) {
  const on = asked.filter((a) => !a.off && a.results);
  const key = on.map((a) => [a.letter, a.unit, a.grid.from, a.grid.to, a.exemplars.length, a.answer]);
  const flat = key.flat();
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const answer = useMemo(() => answerOf(on, unit, stack), [unit, stack, flat.length, ...pad(flat)]);
  const shownUnit = unit ?? on[0]?.unit;
  const panel = useMemo(
    (): Panel => ({
      id: 0,
      kind: 'timeseries',
      title: 'Result',
      grid: { x: 0, y: 0, w: 24, h: 12 },
      targets: [],
      field: { unit: shownUnit },
      overrides: [],
      transformations: [],
      links: [],
      options: { legend: 'table', legend_calcs: calcs },
    }),
    [shownUnit],
  );
  const board = useMemo(
    (): Board => ({
      uid: '',
      title: '',
      range,
      refresh: 0,
      chosen: {},
      shown: {},
      marks: [],
      crosshair: true,
      onZoom,
      ask: () => Promise.resolve(answer),
      keyOf: () => [],
      problemsOf: () => [],
      jsonOf: () => null,
    }),
    [range, onZoom, answer],
  );
  const native = on.filter((a) => a.results!.some((r) => r.histograms?.length));
  const lines = answer.series.length > 0 || native.length === 0;
  return (
    <BoardContext value={board}>
      {native.map((a) => (
        <Native key={a.letter} asked={a} unit={unit} onZoom={onZoom} onQuantile={() => onQuantile(a)} />
      ))}
      {lines && (
        <section className="panel explore-chart" aria-label="Result">
          <div className="explore-export">
            <Export name="metrics" rows={() => rowsOf(answer)} json={() => on.map((x) => x.answer?.data)} />
          </div>
          <TimeSeries panel={panel} answer={answer} />
        </section>
      )}
    </BoardContext>
  );
}

// pad keeps the number of dependencies the same, whatever the number of queries.
const pad = (list: unknown[]) => Array.from({ length: 60 }, (_, i) => list[i]);

function answerOf(on: Asked[], unit: string | undefined, stack: boolean): Answer {
  const grid = on[0]?.grid ?? { from: 0, to: 0, step: 15_000 };
  const first = unit ?? on.find((a) => a.results!.length > 0)?.unit;
  const series = on.flatMap((a) => {
    const own = unit ?? a.unit;
    // Another unit has an axis of its own.
    const field = {
      unit: own,
      axis: own !== first ? 'right' : undefined,
      stack: stack ? 'normal' : undefined,
      fill: stack ? 30 : undefined,
    };
    const prefix = on.length > 1 ? `${a.letter} ` : '';
    return seriesOf(a.letter, a.results!, grid, field, calcs).map((s) => ({
      ...s,
      name: prefix + (s.name === 'value' ? a.expr.slice(0, 120) : s.name),
    }));
  });
  return {
    panel: 0,
    kind: 'timeseries',
    from: new Date(grid.from).toISOString(),
    to: new Date(grid.to).toISOString(),
    step_ms: grid.step,
    times: timesOf(grid),
    series,
    targets: [], // Their values are those of the histogram: elsewhere they would be dots without a meaning.
    exemplars: on
      .filter((a) => (unit ?? a.unit) === first && /_bucket\b|\bhistogram_/.test(a.expr))
      .flatMap((a) => a.exemplars),
  };
}

function Native({
  asked,
  unit,
  onZoom,
  onQuantile,
}: {
  asked: Asked;
  unit: string | undefined;
  onZoom: (from: number, to: number) => void;
  onQuantile: () => void;
}) {
  const rows = useMemo(() => heatOf(asked.results ?? [], asked.grid), [asked.results, asked.grid]);
  const n = asked.results!.filter((r) => r.histograms?.length).length;
  return (
    <section className="panel explore-heat" aria-label={`Histogram of query ${asked.letter}`}>
      <header>
        <h2>{asked.letter}: native histogram</h2>
        <span className="unit">
          {rows.length} buckets{n > 1 ? `, ${n} series added up` : ''}
        </span>
        <button className="btn small" onClick={onQuantile}>
          Show its p95
        </button>
      </header>
      <div className="explore-heat-body">
        <Heatmap
          label={asked.expr}
          times={timesOf(asked.grid)}
          series={rows}
          range={asked.grid}
          unit={unit ?? unitOfHistogram(asked.expr)}
          onSelect={onZoom}
        />
      </div>
    </section>
  );
}

const unitOfHistogram = (expr: string) => (/_seconds\b/.test(expr) ? 's' : /_bytes\b/.test(expr) ? 'bytes' : undefined);

interface Row {
  key: string;
  letter: string;
  labels: Record<string, string>;
  value: number | null;
  text: string;
}

const columnsMost = 12;

/** Values of a moment. */
export function Values({ asked, unit }: { asked: Asked[]; unit: string | undefined }) {
  const [sort, setSort] = useState<{ by: string; desc: boolean } | null>(null);
  const on = asked.filter((a) => !a.off && a.results);
  const rows = on.flatMap((a) =>
    a.results!.map((r, i): Row => {
      const raw = r.value?.[1];
      const h = r.histogram?.[1];
      const value = raw === undefined ? null : Number(raw);
      const write = formatter(unit ?? a.unit);
      const text = h
        ? `count ${formatter('short')(Number(h.count))}, sum ${formatter('short')(Number(h.sum))}, mean ${Number(h.count) > 0 ? formatter(unit ?? unitOfHistogram(a.expr))(Number(h.sum) / Number(h.count)) : '–'}`
        : value === null || Number.isNaN(value)
          ? (raw ?? '–')
          : write(value);
      return { key: a.letter + i, letter: a.letter, labels: r.metric, value: h ? Number(h.count) : value, text };
    }),
  );
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.labels)))].sort((a, b) =>
    a === '__name__' ? -1 : b === '__name__' ? 1 : a.localeCompare(b),
  );
  const wide = names.length > columnsMost;
  const cell = (r: Row, by: string) =>
    by === 'value' ? r.value : by === 'query' ? r.letter : by === 'series' ? nameOf(r.labels) : (r.labels[by] ?? '');
  const ordered = sort
    ? [...rows].sort((a, b) => compare(cell(a, sort.by), cell(b, sort.by)) * (sort.desc ? -1 : 1))
    : rows;
  const column = (id: string, title: string, width: string, right = false): Column<Row> => ({
    id,
    title,
    width,
    right,
    cell: (r) =>
      id === 'value' ? (
        <span className="num" title={String(r.value)}>
          {r.text}
        </span>
      ) : (
        <span className="foreign-line" title={String(cell(r, id))}>
          {String(cell(r, id))}
        </span>
      ),
    sort: {
      value: sort?.by === id ? (sort.desc ? 'desc' : 'asc') : undefined,
      toggle: () => setSort((s) => ({ by: id, desc: s?.by === id ? !s.desc : id === 'value' })),
    },
  });
  const columns = [
    ...(on.length > 1 ? [column('query', 'Query', '56px')] : []),
    ...(wide
      ? [column('series', 'Series', 'minmax(320px, 1fr)')]
      : names.map((n) =>
          column(n, n === '__name__' ? 'Metric' : n, n === '__name__' ? 'minmax(180px, 2fr)' : 'minmax(90px, 1fr)'),
        )),
    column(
      'value',
      'Value',
      on.some((a) => a.results!.some((r) => r.histogram)) ? 'minmax(320px, 2fr)' : 'minmax(120px, 1fr)',
      true,
    ),
  ];
  const at = on
    .flatMap((a) => a.results ?? [])
    .map((r) => r.value?.[0] ?? r.histogram?.[0])
    .find((t) => t !== undefined);
  return (
    <section className="panel explore-table" aria-label="Values">
      <header>
        <h2>{rows.length === 1 ? '1 series' : `${rows.length} series`}</h2>
        {at !== undefined && <span className="unit">at {clock(new Date(at * 1000), false)}</span>}
        <span className="space" />
        <Export
          name="values"
          rows={() => rows.map((r) => ({ ...r.labels, value: r.value }))}
          json={() => on.map((a) => a.answer?.data)}
        />
      </header>
      {rows.length === 0 ? (
        <p className="panel-none muted">No series has a value at this moment.</p>
      ) : (
        <div className="explore-rows">
          <Table label="Values" rows={ordered} columns={columns} rowKey={(r) => r.key} keys={false} />
        </div>
      )}
    </section>
  );
}

function compare(a: string | number | null, b: string | number | null): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a ?? '').localeCompare(String(b ?? ''), undefined, { numeric: true });
}
