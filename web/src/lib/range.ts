// The time range of a page. It is written in the address as the API reads it: -15m, now, or a moment.

export interface Range {
  from: string;
  to: string;
}

export const defaultRange: Range = { from: '-1h', to: 'now' };

export const presets: { from: string; label: string }[] = [
  { from: '-5m', label: 'Last 5 min' },
  { from: '-15m', label: 'Last 15 min' },
  { from: '-1h', label: 'Last hour' },
  { from: '-6h', label: 'Last 6 hours' },
  { from: '-24h', label: 'Last 24 hours' },
  { from: '-7d', label: 'Last 7 days' },
  { from: '-30d', label: 'Last 30 days' },
];

const units: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

// What is so long ago: -1h30m, and as others write it, now-1h30m, 1h30m, 1h30m ago.
const ago = /^(?:(?:now)?-)?((?:\d+(?:\.\d+)?[smhdw])+)(?: ago)?$/;

/** Milliseconds since 1970 of an end of a range, or null where the text is none. Accepts what the API does: now, -1h30m, now-1h, RFC 3339, a date (UTC), Unix seconds. */
export function moment(text: string, now: number): number | null {
  const t = text.trim();
  if (t === 'now') return now;
  const past = ago.exec(t);
  if (past) {
    let ms = 0;
    for (const [, n, unit] of past[1]!.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)) ms += Number(n) * units[unit!]!;
    return now - ms;
  }
  if (/^\d{9,11}(\.\d+)?$/.test(t)) return Number(t) * 1000;
  if (/^\d{12,14}$/.test(t)) return Number(t);
  const parsed = /^\d{4}-\d\d-\d\d([T ].*)?$/.test(t) ? Date.parse(t) : NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

/** The ends of a range in milliseconds since 1970. */
export function resolve(range: Range, now = Date.now()): { from: number; to: number } {
  const from = moment(range.from, now) ?? now - 3600e3;
  const to = moment(range.to, now) ?? now;
  return to > from ? { from, to } : { from: to - 1000, to };
}

/** Whether the range moves along with time. */
export const isLive = (range: Range): boolean => range.to === 'now';

/** A range between two moments in milliseconds. */
export function between(from: number, to: number): Range {
  return { from: new Date(Math.min(from, to)).toISOString(), to: new Date(Math.max(from, to)).toISOString() };
}

const widths = [
  '1s',
  '2s',
  '5s',
  '10s',
  '15s',
  '30s',
  '1m',
  '2m',
  '5m',
  '10m',
  '15m',
  '30m',
  '1h',
  '2h',
  '3h',
  '6h',
  '12h',
  '24h',
  '48h',
  '7d',
  '30d',
];

const width = (text: string) => Number.parseFloat(text) * units[text.at(-1)!]!;

/** A width of time buckets that makes about so many of the range, as the API writes it, and in milliseconds. */
export function bucket(range: Range, about: number, now = Date.now()): { text: string; ms: number } {
  const { from, to } = resolve(range, now);
  const want = (to - from) / about;
  const text = widths.find((w) => width(w) >= want) ?? widths.at(-1)!;
  return { text, ms: width(text) };
}

/** What to call a range. */
export function describe(range: Range): string {
  const past = isLive(range) ? ago.exec(range.from.trim())?.[1] : undefined;
  if (past) return presets.find((p) => p.from === `-${past}`)?.label ?? `Last ${past}`;
  const { from, to } = resolve(range);
  const f = new Date(from),
    t = new Date(to);
  const day = (d: Date) => d.toLocaleDateString('en', { month: 'short', day: 'numeric' });
  const time = (d: Date) =>
    d.toLocaleTimeString('en', {
      hour: '2-digit',
      minute: '2-digit',
      second: to - from < 600e3 ? '2-digit' : undefined,
      hour12: false,
    });
  return day(f) === day(t) ? `${day(f)}, ${time(f)} – ${time(t)}` : `${day(f)}, ${time(f)} – ${day(t)}, ${time(t)}`;
}
