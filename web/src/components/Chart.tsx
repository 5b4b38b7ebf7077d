// A chart over time, drawn by uPlot: zero baseline, gaps stay gaps, one cursor over all charts of a page.
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { figures } from '@/lib/format';
import { color, useTheme } from '@/lib/theme';
import '@/components/chart.css';

export interface ChartSeries {
  name: string;
  values: (number | null)[]; // one for each of times
  color?: string; // a variable of the theme such as --err, or a color
  draw?: 'line' | 'bars' | 'points';
  step?: 'linear' | 'smooth' | 'before' | 'after';
  fill?: number; // opacity below the line, 0 to 1
  width?: number; // px
  dash?: boolean;
  right?: boolean; // drawn against a second axis
  hidden?: boolean;
}

/** A moment worth a look: a dot that can be followed. */
export interface ChartDot {
  time: number; // ms
  value: number;
  title: string;
  open: () => void;
}

export interface ChartProps {
  label: string; // what it shows, for those who cannot see it
  times: number[]; // ms since 1970, rising
  series: ChartSeries[];
  format: (value: number) => string;
  height?: number;
  range?: { from: number; to: number }; // ms; default is that of times
  min?: number;
  max?: number;
  stack?: boolean;
  log?: boolean;
  limits?: { value: number; color: string; area?: boolean }[];
  dots?: ChartDot[];
  marks?: { time: number; title: string; color?: string }[]; // vertical lines
  onSelect?: (from: number, to: number) => void; // ms: what was drawn over
  sync?: string; // charts of one name share the cursor; default is all of the page
}

const palette = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6', '--s7', '--s8'];

/** The color of the series at a place. */
export const seriesColor = (at: number): string => palette[at % palette.length]!;

const paint = (name: string): string => (name.startsWith('--') ? color(name) : name);

export function Chart(props: ChartProps) {
  const { times, series, height = 168, stack = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  const [at, setAt] = useState<{ index: number; left: number } | null>(null);
  const id = useId();

  const data = useMemo(() => columns(times, series, stack), [times, series, stack]);
  // What uPlot cannot change makes a new plot; data alone does not.
  const shape = JSON.stringify([series.map(({ values: _, ...rest }) => rest), height, stack, props.log, theme, props.min, props.max]);

  useEffect(() => {
    const el = box.current!;
    const u = new uPlot(options(el, latest, setAt), data, el);
    plot.current = u;
    const watch = new ResizeObserver(() => u.setSize({ width: Math.max(el.clientWidth, 60), height }));
    watch.observe(el);
    return () => {
      watch.disconnect();
      u.destroy();
      plot.current = null;
    };
    // data is set by the effect below
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape]);
  useEffect(() => {
    const u = plot.current;
    if (u && u.data !== data) u.setData(data);
  }, [data]);
  useEffect(() => {
    plot.current?.redraw();
  }, [props.range?.from, props.range?.to, props.dots, props.limits, props.marks]);

  return (
    <div className="chart" style={{ height }} role="img" aria-label={props.label} aria-describedby={id}>
      <div ref={box} className="plot" />
      <span id={id} className="sr">{describeChart(props)}</span>
      {at && <Tip at={at} props={props} width={box.current?.clientWidth ?? 0} />}
      <Dots props={props} plot={plot} data={data} />
    </div>
  );
}

// columns gives uPlot seconds and values; stacked ones are sums of those below.
function columns(times: number[], series: ChartSeries[], stack: boolean): uPlot.AlignedData {
  const x = times.map((t) => t / 1000);
  if (!stack) return [x, ...series.map((s) => s.values)];
  const sums = new Float64Array(times.length);
  return [x, ...series.map((s) => s.values.map((v, i) => (v === null ? null : (sums[i]! += s.hidden ? 0 : v))))];
}

function options(el: HTMLElement, latest: { current: ChartProps }, setAt: (at: { index: number; left: number } | null) => void): uPlot.Options {
  const p = latest.current;
  const paths = { bars: uPlot.paths.bars!({ size: [0.9, 40], align: 1 }), smooth: uPlot.paths.spline!(), before: uPlot.paths.stepped!({ align: -1 }), after: uPlot.paths.stepped!({ align: 1 }) };
  const axis: uPlot.Axis = { stroke: () => color('--muted'), font: '11px "Inter Variable", system-ui, sans-serif', grid: { stroke: () => color('--grid'), width: 1 }, ticks: { show: false } };
  const scaleY: uPlot.Scale = {
    distr: p.log ? 3 : 1,
    range: (_u, min, max) => (p.log ? [Math.max(min || 1e-9, 1e-12), max || 1] : [p.min ?? Math.min(0, min ?? 0), p.max ?? ((max ?? 0) > 0 ? (max ?? 0) * 1.1 : min != null && min < 0 ? 0 : 1)]),
  };
  return {
    width: Math.max(el.clientWidth, 60),
    height: p.height ?? 168,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: p.sync ?? 'page' },
      drag: { x: p.onSelect !== undefined, y: false, setScale: false },
      points: { size: 6 },
      y: false,
    },
    scales: {
      x: { time: true, range: (_u, min, max) => (latest.current.range ? [latest.current.range.from / 1000, latest.current.range.to / 1000] : [min, max]) },
      y: scaleY,
      right: scaleY,
    },
    axes: [
      { ...axis, space: 80, size: 26, values: (u, ticks) => timeTicks(u, ticks) },
      { ...axis, size: (_u, values) => 14 + 6.3 * Math.max(3, ...(values ?? []).map((v) => String(v).length)), space: 32, values: (_u, ticks) => ticks.map((v) => (v === null ? '' : p.format(v))) },
      ...(p.series.some((s) => s.right) ? [{ ...axis, scale: 'right', side: 1, size: 52, space: 32, grid: { show: false }, values: (_u: uPlot, ticks: number[]) => ticks.map((v) => figures(v)) } as uPlot.Axis] : []),
    ],
    series: [
      {},
      ...p.series.map((s, i): uPlot.Series => {
        const stroke = s.color ?? seriesColor(i);
        const fill = s.fill ?? (s.draw === 'bars' ? 0.7 : p.stack ? 0.35 : i === 0 && p.series.length < 3 ? 0.1 : 0);
        return {
          label: s.name,
          scale: s.right ? 'right' : 'y',
          show: !s.hidden,
          stroke: () => paint(stroke),
          width: s.draw === 'bars' ? 0 : s.draw === 'points' ? 0 : (s.width ?? 1.5),
          dash: s.dash ? [6, 4] : undefined,
          fill: fill > 0 ? () => alpha(paint(stroke), fill) : undefined,
          paths: s.draw === 'bars' ? paths.bars : s.draw === 'points' ? () => null : s.step === 'smooth' ? paths.smooth : s.step === 'before' ? paths.before : s.step === 'after' ? paths.after : undefined,
          points: { show: s.draw === 'points' || undefined, size: 4 },
          spanGaps: false,
        };
      }),
    ],
    hooks: {
      setCursor: [(u) => setAt(u.cursor.idx == null || (u.cursor.left ?? -1) < 0 ? null : { index: u.cursor.idx, left: u.cursor.left! + u.over.offsetLeft })],
      setSelect: [(u) => {
        const { left, width } = u.select;
        if (width > 4) latest.current.onSelect?.(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
      draw: [(u) => drawExtras(u, latest.current)],
    },
  };
}

/** A color with an opacity. */
export function alpha(c: string, opacity: number): string {
  return `color-mix(in srgb, ${c} ${Math.round(opacity * 100)}%, transparent)`;
}

function timeTicks(u: uPlot, ticks: number[]): string[] {
  const span = (u.scales.x!.max ?? 0) - (u.scales.x!.min ?? 0);
  return ticks.map((t) => {
    const d = new Date(t * 1000);
    const day = d.toLocaleDateString('en', { month: 'short', day: 'numeric' });
    if (span > 3 * 86400) return d.getHours() === 0 ? day : `${day} ${pad(d.getHours())}:00`;
    if (d.getHours() === 0 && d.getMinutes() === 0 && d.getSeconds() === 0) return day;
    return `${pad(d.getHours())}:${pad(d.getMinutes())}${span < 300 ? `:${pad(d.getSeconds())}` : ''}`;
  });
}

const pad = (n: number) => String(n).padStart(2, '0');

// drawExtras draws limits and marks over the lines.
function drawExtras(u: uPlot, p: ChartProps) {
  const { ctx, bbox } = u;
  ctx.save();
  for (const limit of p.limits ?? []) {
    const y = u.valToPos(limit.value, 'y', true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = paint(limit.color);
    ctx.setLineDash([6, 4]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  for (const mark of p.marks ?? []) {
    const x = u.valToPos(mark.time / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = paint(mark.color ?? '--warn');
    ctx.setLineDash([2, 3]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

const tipRows = 12;

function Tip({ at, props, width }: { at: { index: number; left: number }; props: ChartProps; width: number }) {
  const time = props.times[at.index];
  if (time === undefined) return null;
  const rows = props.series
    .map((s, i) => ({ name: s.name, value: s.hidden ? null : s.values[at.index], color: s.color ?? seriesColor(i) }))
    .filter((r) => r.value != null)
    .sort((a, b) => b.value! - a.value!);
  const side = at.left > width / 2 ? { right: width - at.left + 12 } : { left: at.left + 12 };
  return (
    <div className="tip" style={side} aria-hidden>
      <div className="num muted">{new Date(time).toLocaleString('sv')}</div>
      {rows.slice(0, tipRows).map((r, i) => (
        <div key={i} className="tip-row"><i className="swatch" style={{ background: r.color.startsWith('--') ? `var(${r.color})` : r.color }} /><span className="foreign-line">{r.name}</span><b className="num">{props.format(r.value!)}</b></div>
      ))}
      {rows.length > tipRows && <div className="muted">{rows.length - tipRows} more</div>}
      {rows.length === 0 && <div className="muted">no value</div>}
    </div>
  );
}

// Dots are buttons over the plot.
function Dots({ props, plot, data }: { props: ChartProps; plot: { current: uPlot | null }; data: uPlot.AlignedData }) {
  const [, again] = useState(0);
  useEffect(() => again((n) => n + 1), [data, props.dots, props.range?.from, props.range?.to]);
  const u = plot.current;
  if (!u || !props.dots?.length) return null;
  return props.dots.map((d, i) => {
    const left = u.valToPos(d.time / 1000, 'x') + u.over.offsetLeft;
    const top = u.valToPos(d.value, 'y') + u.over.offsetTop;
    if (Number.isNaN(left) || Number.isNaN(top) || left < u.over.offsetLeft - 1 || left > u.over.offsetLeft + u.over.clientWidth + 1) return null;
    return <button key={i} className="dot" style={{ left, top: Math.max(u.over.offsetTop, top) }} title={d.title} aria-label={d.title} onClick={d.open} />;
  });
}

// describeChart says in words what the lines are.
function describeChart(p: ChartProps): string {
  return p.series
    .filter((s) => !s.hidden)
    .slice(0, 8)
    .map((s) => {
      const known = s.values.filter((v): v is number => v !== null);
      const last = known.at(-1);
      return last === undefined ? `${s.name}: no values` : `${s.name}: last ${p.format(last)}, highest ${p.format(known.reduce((a, b) => Math.max(a, b)))}`;
    })
    .join('; ');
}

/** The names of the series with their colors. With onToggle they are buttons. */
export function Legend({ series, onToggle }: { series: ChartSeries[]; onToggle?: (index: number) => void }) {
  return (
    <div className="legend">
      {series.map((s, i) => {
        const c = s.color ?? seriesColor(i);
        const line = <><i style={{ background: c.startsWith('--') ? `var(${c})` : c }} /><span className="foreign-line">{s.name}</span></>;
        return onToggle
          ? <button key={i} className="legend-item" aria-pressed={!s.hidden} onClick={() => onToggle(i)}>{line}</button>
          : <span key={i} className="legend-item">{line}</span>;
      })}
    </div>
  );
}
