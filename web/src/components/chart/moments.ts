// Where the axis of time has its marks, and what stands there.
import { inZone } from './zone';

const second = 1000,
  minute = 60 * second,
  hour = 60 * minute,
  day = 24 * hour;

/** Distances of marks that are round for people, in ms. */
export const roundSteps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 60, 90, 180, 365].map((n) => n * day),
];

/** Round moments of the zone between two, at most so many. */
export function roundMoments(from: number, to: number, most: number, zone?: string): number[] {
  const step = roundSteps.find((s) => (to - from) / s <= most) ?? Math.ceil((to - from) / Math.max(1, most));
  const d = inZone(from, zone);
  const offset =
    Date.UTC(d.getFullYear(), d.getMonth(), d.getDate(), d.getHours(), d.getMinutes(), d.getSeconds()) -
    Math.floor(from / second) * second;
  const out: number[] = [];
  for (let t = Math.ceil((from + offset) / step) * step - offset; t <= to; t += step) out.push(t);
  return out;
}

const pad = (n: number) => String(n).padStart(2, '0');

/** A moment at a mark of an axis that spans so many ms. */
export function atMark(ms: number, span: number, zone?: string): string {
  const d = inZone(ms, zone);
  const dayOf = d.toLocaleDateString('en', { month: 'short', day: 'numeric' });
  if (span > 3 * day) return d.getHours() === 0 ? dayOf : `${dayOf} ${pad(d.getHours())}:00`;
  if (d.getHours() === 0 && d.getMinutes() === 0 && d.getSeconds() === 0) return dayOf;
  return `${pad(d.getHours())}:${pad(d.getMinutes())}${span < 5 * minute ? `:${pad(d.getSeconds())}` : ''}`;
}
