// How values are written. Numbers have units, three figures suffice, and what is unknown is a dash.

export const unknown = '–';

// The first use of Intl takes a browser 25 ms and more, of which a page that opens has few: it reads the rules of all languages.
const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** A whole number with thousands separators. */
export function count(n: number | null | undefined): string {
  return n == null ? unknown : grouped(String(Math.round(n)));
}

/** Three significant figures with k, M, G: 1234 → 1.23k. */
export function short(n: number | null | undefined): string {
  if (n == null || Number.isNaN(n)) return unknown;
  if (!Number.isFinite(n)) return n > 0 ? '∞' : '-∞';
  const abs = Math.abs(n);
  for (const [size, unit] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (abs >= size * 0.9995) return figures(n / size) + unit;
  }
  if (abs !== 0 && abs < 0.001) return n.toExponential(1);
  return figures(n);
}

/** Three significant figures, without trailing zeros. */
export function figures(n: number): string {
  if (n === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(n))));
  return String(Number(n.toFixed(Math.min(digits, 10))));
}

/** A duration given in nanoseconds: 1.25 s, 340 ms, 3 min 4 s. */
export function duration(ns: number | null | undefined): string {
  if (ns == null || Number.isNaN(ns)) return unknown;
  const abs = Math.abs(ns);
  if (abs < 1e3) return `${Math.round(ns)} ns`;
  if (abs < 999.5e3) return `${figures(ns / 1e3)} µs`;
  if (abs < 999.5e6) return `${figures(ns / 1e6)} ms`;
  if (abs < 59.95e9) return `${figures(ns / 1e9)} s`;
  const seconds = Math.round(ns / 1e9);
  const parts: [number, string][] = [
    [Math.trunc(seconds / 86400), 'd'],
    [Math.trunc((seconds % 86400) / 3600), 'h'],
    [Math.trunc((seconds % 3600) / 60), 'min'],
    [seconds % 60, 's'],
  ];
  const from = parts.findIndex(([n]) => n !== 0);
  return parts
    .slice(from, from + 2)
    .filter(([n]) => n !== 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ');
}

export const seconds = (s: number | null | undefined): string => (s == null ? unknown : duration(s * 1e9));

/** Money in USD, given as the exact text of the API or as a number. Small sums keep three figures: $0.00123. */
export function usd(value: string | number | null | undefined): string {
  if (value == null || value === '') return unknown;
  const n = Number(value);
  if (Number.isNaN(n)) return unknown;
  if (n === 0) return '$0';
  const sign = n < 0 ? '-' : '';
  const abs = Math.abs(n);
  if (abs >= 1e5) return `${sign}$${short(abs)}`;
  if (abs >= 0.995) {
    const [dollars = '', cents] = abs.toFixed(2).split('.');
    return `${sign}$${grouped(dollars)}.${cents}`;
  }
  if (abs < 1e-12) return `<${sign}$0.000000000001`; // prices have twelve decimals
  return `${sign}$${abs.toFixed(Math.min(12, 2 - Math.floor(Math.log10(abs)))).replace(/\.?0+$/, '')}`;
}

/** A size in bytes, in binary units. */
export function bytes(n: number | null | undefined): string {
  if (n == null) return unknown;
  for (const [size, unit] of [
    [2 ** 40, 'TiB'],
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ] as const) {
    if (Math.abs(n) >= size) return `${figures(n / size)} ${unit}`;
  }
  return `${Math.round(n)} B`;
}

/** A share between 0 and 1. */
export function percent(share: number | null | undefined): string {
  return share == null || Number.isNaN(share) ? unknown : `${figures(share * 100)} %`;
}

/** "1 span", "3 spans". */
export function plural(n: number, one: string, many = one + 's'): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

/** The time of day in the local zone, with milliseconds: 14:05:09.123. */
export function clock(at: Date, milliseconds = true): string {
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return milliseconds ? `${time}.${pad(at.getMilliseconds(), 3)}` : time;
}

/** The local date: 2026-11-21. */
export const date = (at: Date): string => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A moment in a list: 14:05:09.123 of today, else Nov 21 14:05:09.123, in another year 2025-11-21 14:05:09. */
export function moment(at: Date, milliseconds = true, now = new Date()): string {
  if (at.getFullYear() !== now.getFullYear()) return `${date(at)} ${clock(at, false)}`;
  const today = at.getMonth() === now.getMonth() && at.getDate() === now.getDate();
  return `${today ? '' : `${months[at.getMonth()]} ${at.getDate()} `}${clock(at, milliseconds)}`;
}

/** The width of a column of moments, of which those of other days need more. */
export function momentWidth(times: string[], milliseconds = true): string {
  const today = new Date().setHours(0, 0, 0, 0);
  const days = times.some((t) => !(Date.parse(t) >= today));
  return milliseconds ? (days ? '156px' : '104px') : days ? '156px' : '76px'; // a year takes as much as milliseconds
}

/** How long ago, in words. */
export function ago(at: Date, now = Date.now()): string {
  const s = (now - at.getTime()) / 1000;
  if (s < -1) return `in ${duration(-s * 1e9)}`;
  if (s < 1) return 'just now';
  return `${duration(Math.floor(s) * 1e9)} ago`;
}
