// Where points of the scatter stand: time across, duration upwards by its logarithm.
import type { TraceSummary } from './list';

export interface Plot {
  left: number; // px
  top: number;
  width: number;
  height: number;
  from: number; // ms
  to: number;
  low: number; // ns
  high: number;
}

const least = 1000; // ns: shorter ones stand at the bottom

/** The range of durations in whole powers of ten, one at least. */
export function durations(traces: Pick<TraceSummary, 'duration_ns'>[]): { low: number; high: number } {
  let low = Infinity,
    high = 0;
  for (const t of traces) {
    const ns = Math.max(least, t.duration_ns);
    low = Math.min(low, ns);
    high = Math.max(high, ns);
  }
  if (high === 0) return { low: 1e6, high: 1e9 };
  low = 10 ** Math.floor(Math.log10(low));
  high = 10 ** Math.ceil(Math.log10(high * 1.05));
  return { low, high: Math.max(high, low * 10) };
}

export const xOf = (p: Plot, ms: number): number => p.left + ((ms - p.from) / (p.to - p.from)) * p.width;
export const timeAt = (p: Plot, x: number): number =>
  p.from + Math.max(0, Math.min(1, (x - p.left) / p.width)) * (p.to - p.from);

export function yOf(p: Plot, ns: number): number {
  const share = (Math.log10(Math.max(least, ns)) - Math.log10(p.low)) / (Math.log10(p.high) - Math.log10(p.low));
  return p.top + (1 - Math.max(0, Math.min(1, share))) * p.height;
}

/** The powers of ten to label. */
export function decades(p: Plot): number[] {
  const out: number[] = [];
  for (let ns = p.low; ns <= p.high * 1.001; ns *= 10) out.push(ns);
  return out;
}

/** The nearest point within so many pixels, or -1. */
export function nearest(points: { x: number; y: number }[], x: number, y: number, within: number): number {
  let found = -1,
    best = within * within;
  points.forEach((at, i) => {
    const d = (at.x - x) ** 2 + (at.y - y) ** 2;
    if (d <= best) {
      best = d;
      found = i;
    }
  });
  return found;
}
