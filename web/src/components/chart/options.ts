// How uPlot is to draw a chart. Colors and formats are asked at each drawing, so that they may change.
import uPlot from 'uplot';
import { color } from '@/lib/theme';
import { ends, isolated, spacing } from './columns';
import { drawAreas, drawLines } from './extras';
import { atMark, roundSteps } from './moments';
import { paint } from './paint';
import { alpha, repeatsColor, seriesColor } from './palette';
import type { ChartProps, ChartSeries } from './types';
import { inZone, zoneOf } from './zone';

export interface Hooks {
  onPoint: (u: uPlot) => void;
  onDraw: (u: uPlot) => void;
}

export function options(width: number, latest: { current: ChartProps }, hooks: Hooks): uPlot.Options {
  const p = latest.current;
  const right = p.series.some((s) => s.right);
  return {
    width,
    tzDate: (seconds) => inZone(seconds * 1000, zoneOf(latest.current.timezone)),
    height: p.height ?? 168,
    padding: [8, right ? 0 : 14, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: p.sync ?? 'page' },
      drag: { x: p.onSelect !== undefined, y: false, setScale: false },
      points: { size: 6 },
      y: false,
    },
    scales: {
      x: { time: true, range: (_u, min, max) => within(latest.current, min, max) },
      y: { distr: p.log ? 3 : 1, range: (_u, min, max) => ends(min ?? null, max ?? null, latest.current) },
      right: { distr: p.log ? 3 : 1, range: (_u, min, max) => ends(min ?? null, max ?? null, { log: p.log }) },
    },
    axes: axes(latest, right),
    series: [{}, ...p.series.map((s, i) => line(p, s, i))],
    bands: p.stack ? bands(p.series) : undefined,
    hooks: {
      setCursor: [hooks.onPoint],
      setSelect: [(u) => select(u, latest.current)],
      drawClear: [(u) => drawAreas(u, latest.current)],
      draw: [(u) => drawLines(u, latest.current), hooks.onDraw],
    },
  };
}

// within gives the ends of the time axis, in seconds. One point alone has room around it.
function within(p: ChartProps, min: number | null, max: number | null): [number, number] {
  if (p.range && p.range.to > p.range.from) return [p.range.from / 1000, p.range.to / 1000];
  const now = Date.now() / 1000;
  const from = min ?? now - 60,
    to = max ?? now;
  return to > from ? [from, to] : [from - 30, from + 30];
}

function axes(latest: { current: ChartProps }, right: boolean): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: () => color('--muted'),
    font: '11px "Inter Variable", Inter, system-ui, sans-serif',
    grid: { stroke: () => color('--grid'), width: 1 },
    ticks: { show: false },
  };
  const wide = (_u: uPlot, texts: string[] | null) =>
    14 + 6.3 * Math.min(14, Math.max(3, ...(texts ?? []).map((t) => t.length)));
  const formatRight = (v: number) =>
    (latest.current.formatRight ?? latest.current.series.find((s) => s.right)?.format ?? latest.current.format)(v);
  const write = (format: (v: number) => string) => (_u: uPlot, ticks: (number | null)[]) =>
    ticks.map((v) => (v === null ? '' : format(v)));
  const out: uPlot.Axis[] = [
    {
      ...axis,
      space: 80,
      size: 26,
      incrs: roundSteps.map((ms) => ms / 1000),
      values: (u, ticks) => timeTicks(u, ticks, zoneOf(latest.current.timezone)),
    },
    {
      ...axis,
      size: wide,
      space: apart,
      values: write((v) => latest.current.format(v)),
      ...(latest.current.binary ? { incrs: powers } : {}),
    },
  ];
  if (right)
    out.push({
      ...axis,
      scale: 'right',
      side: 1,
      size: wide,
      space: apart,
      grid: { show: false },
      values: write(formatRight),
    });
  return out;
}

// A few marks say how high a line is; on a tall chart no more than on a low one.
const apart = (_u: uPlot, _axis: number, _min: number, _max: number, px: number) => Math.max(32, px / 7);

function timeTicks(u: uPlot, ticks: number[], zone: string | undefined): string[] {
  const span = ((u.scales.x!.max ?? 0) - (u.scales.x!.min ?? 0)) * 1000;
  return ticks.map((t) => atMark(t * 1000, span, zone));
}

const powers = Array.from({ length: 60 }, (_, i) => 2 ** i);

function line(p: ChartProps, s: ChartSeries, at: number): uPlot.Series {
  const stroke = s.color ?? seriesColor(at);
  const first = at === 0 && p.series.length < 3;
  const fill = s.fill ?? (s.draw === 'bars' ? 0.7 : p.stack ? 0.35 : first ? 0.1 : 0);
  const flat = s.draw === 'bars' || s.draw === 'points';
  const again = s.color === undefined && repeatsColor(at);
  return {
    label: s.name,
    scale: s.right ? 'right' : 'y',
    show: !s.hidden,
    stroke: () => paint(stroke),
    width: flat ? 0 : (s.width ?? 1.5),
    dash: s.dash ? [6, 4] : again ? [2, 2] : undefined,
    fill: fill > 0 ? () => alpha(paint(stroke), fill) : undefined,
    paths: paths(s),
    points: {
      show: s.draw !== 'bars',
      size: s.draw === 'points' ? 4 : 5,
      stroke: () => paint(stroke),
      fill: () => paint(stroke),
      filter: s.draw === 'points' ? undefined : (u, i) => isolated(u.data[i] as (number | null)[]),
    },
    spanGaps: s.joinGaps ?? false,
  };
}

function paths(s: ChartSeries): uPlot.Series.PathBuilder | undefined {
  if (s.draw === 'bars') return bars;
  if (s.draw === 'points') return () => null;
  if (s.step === 'smooth') return uPlot.paths.spline!();
  if (s.step === 'before') return uPlot.paths.stepped!({ align: -1 });
  if (s.step === 'after') return uPlot.paths.stepped!({ align: 1 });
  return undefined;
}

// Bars begin at their moment; so wide that they nearly touch, also where only a few times are known.
const bars: uPlot.Series.PathBuilder = (u, i, from, to) => {
  const step = spacing(u.data[0] as number[]);
  const px = step > 0 ? u.valToPos(u.scales.x!.min! + step, 'x', false) - u.valToPos(u.scales.x!.min!, 'x', false) : 12;
  return uPlot.paths.bars!({ size: [0.9, Math.max(1, Math.min(80, px * 0.9)), 1], align: 1 })(u, i, from, to);
};

// Each of a stack is filled down to the one below, not to zero.
function bands(series: ChartSeries[]): uPlot.Band[] {
  const out: uPlot.Band[] = [];
  let below = 0;
  series.forEach((s, i) => {
    if (s.hidden || s.right || s.draw === 'bars' || s.draw === 'points') return;
    if (below > 0) out.push({ series: [i + 1, below] });
    below = i + 1;
  });
  return out;
}

function select(u: uPlot, p: ChartProps) {
  const { left, width } = u.select;
  if (width > 4) p.onSelect?.(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
