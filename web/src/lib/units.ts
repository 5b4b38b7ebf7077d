// Units by the ids of Grafana, as docs/guide/dashboards.md lists them. A formatter writes a value with its unit.
import { ago, bytes, clock, date, duration, figures, short, unknown, usd } from '@/lib/format';

export type Format = (value: number | null | undefined) => string;

type Write = (value: number, decimals?: number) => string;

// fixed writes so many decimals as are asked for, else three figures. What is not zero is not written as zero.
function fixed(n: number, decimals?: number): string {
  if (decimals === undefined) return figures(n);
  const text = n.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return n !== 0 && Number(n.toFixed(decimals)) === 0 ? (Math.abs(n) < 1e-6 ? n.toExponential(1) : figures(n)) : text;
}

// Of scaled values three figures are written, also where fewer decimals are asked for: 1.23k, not 1k.
function scaled(base: number, steps: string[], unit: string, space = ' '): Write {
  return (v, decimals) => {
    let n = v,
      at = 0;
    while (Math.abs(n) >= base * 0.9995 && at < steps.length - 1) {
      n /= base;
      at++;
    }
    const enough = decimals === undefined || at === 0 || decimals > 1 || Math.abs(n) >= 100 ? decimals : undefined;
    return `${fixed(n, enough)}${space}${steps[at]}${unit}`.trimEnd();
  };
}

const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

const compact: Write = (v, decimals) =>
  decimals === undefined || Math.abs(v) < 1000
    ? decimals === undefined
      ? short(v)
      : fixed(v, decimals)
    : scaled(1000, decimal, '', '')(v, decimals);
const whole: Write = (v, decimals) =>
  decimals !== undefined
    ? fixed(v, decimals)
    : Number.isInteger(v) && Math.abs(v) < 1e15
      ? v.toLocaleString('en')
      : Math.abs(v) >= 1e6
        ? short(v)
        : figures(v);
const rate =
  (unit: string): Write =>
  (v, decimals) =>
    `${compact(v, decimals)} ${unit}`;

// Times, as the largest unit that keeps them above one; from a minute on by two units.
const spans: [number, string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];
const time =
  (nanoseconds: number): Write =>
  (v, decimals) => {
    const ns = v * nanoseconds;
    const size = Math.abs(ns);
    if (decimals === undefined || size >= 60e9 || size === 0) return size === 0 ? '0 s' : duration(ns);
    const [unit, name] = spans.find(([unit]) => size >= unit) ?? spans.at(-1)!;
    return `${fixed(ns / unit, decimals)} ${name}`;
  };

const two = (n: number) => String(Math.trunc(n)).padStart(2, '0');
const sign = (v: number) => (v < 0 ? '-' : '');
const colons =
  (ms: number): Write =>
  (v) => {
    const s = (Math.abs(v) * ms) / 1000;
    return `${sign(v)}${two(s / 3600)}:${two((s / 60) % 60)}:${two(s % 60)}`;
  };
const letters =
  (ms: number): Write =>
  (v) => {
    const s = (Math.abs(v) * ms) / 1000;
    const parts = [
      [s / 3600, 'h'],
      [(s / 60) % 60, 'm'],
      [s % 60, 's'],
    ] as const;
    const from = parts.findIndex(([n]) => n >= 1);
    return (
      sign(v) +
      parts
        .slice(from < 0 ? 2 : from)
        .map(([n, unit]) => `${two(n)}${unit}`)
        .join(':')
    );
  };
const moment =
  (write: (at: Date) => string): Write =>
  (v) => {
    const at = new Date(v);
    return Number.isNaN(at.getTime()) ? String(v) : write(at);
  };
const american: Write = moment((at) => at.toLocaleString('en-US'));

const money =
  (symbol: string): Write =>
  (v, decimals) => {
    const abs = Math.abs(v);
    const small = decimals === undefined || (abs > 0 && Number(abs.toFixed(decimals)) === 0); // usd keeps its figures
    const text = abs >= 1e5 ? `$${short(abs)}` : small ? usd(abs) : `$${fixed(abs, decimals)}`;
    return sign(v) + text.replace('$', () => symbol);
  };

const yes =
  (on: string, off: string): Write =>
  (v) =>
    v === 0 ? off : on;

const known: Record<string, Write> = {
  none: whole,
  number: whole,
  locale: (v, decimals) => v.toLocaleString('en', { maximumFractionDigits: decimals ?? 3 }),
  short: compact,
  sishort: compact,
  string: (v) => String(v),
  sci: (v, decimals) => v.toExponential(decimals ?? 2),
  hex: (v) => sign(v) + Math.abs(Math.round(v)).toString(16).toUpperCase(),
  bool: yes('true', 'false'),
  bool_yes_no: yes('yes', 'no'),
  bool_on_off: yes('on', 'off'),
  percent: (v, decimals) => `${fixed(v, decimals)} %`,
  percentunit: (v, decimals) => `${fixed(v * 100, decimals)} %`,
  ns: time(1),
  µs: time(1e3),
  us: time(1e3),
  ms: time(1e6),
  s: time(1e9),
  m: time(60e9),
  min: time(60e9),
  h: time(3600e9),
  d: time(86400e9),
  dtdurations: (v) => duration(v * 1e9),
  dtdurationms: (v) => duration(v * 1e6),
  dthms: colons(1000),
  dtdhms: colons(1000),
  clocks: letters(1000),
  clockms: letters(1),
  dateTimeAsIso: moment((at) => `${date(at)} ${clock(at, false)}`),
  dateTimeAsLocal: moment((at) => at.toLocaleString('en-GB')),
  dateTimeFromNow: moment((at) => ago(at)),
  dateTimeAsUS: american,
  bytes: (v, decimals) => (decimals === undefined ? bytes(v) : scaled(1024, binary, 'B')(v, decimals)),
  decbytes: scaled(1000, decimal, 'B'),
  bits: scaled(1024, binary, 'b'),
  decbits: scaled(1000, decimal, 'b'),
  kbytes: times(1024, 'bytes'),
  mbytes: times(1024 ** 2, 'bytes'),
  gbytes: times(1024 ** 3, 'bytes'),
  deckbytes: times(1e3, 'decbytes'),
  decmbytes: times(1e6, 'decbytes'),
  decgbytes: times(1e9, 'decbytes'),
  Bps: scaled(1000, decimal, 'B/s'),
  binBps: scaled(1024, binary, 'B/s'),
  bps: scaled(1000, decimal, 'b/s'),
  binbps: scaled(1024, binary, 'b/s'),
  KBs: times(1e3, 'Bps'),
  MBs: times(1e6, 'Bps'),
  GBs: times(1e9, 'Bps'),
  reqps: rate('req/s'),
  rps: rate('reads/s'),
  ops: rate('ops/s'),
  cps: rate('c/s'),
  eps: rate('events/s'),
  wps: rate('writes/s'),
  iops: rate('io/s'),
  pps: rate('packets/s'),
  mpps: rate('msg/s'),
  recps: rate('records/s'),
  rowsps: rate('rows/s'),
  cpm: rate('/min'),
  opm: rate('ops/min'),
  rpm: rate('reads/min'),
  reqpm: rate('req/min'),
  wpm: rate('writes/min'),
  hertz: scaled(1000, decimal, 'Hz'),
  currencyUSD: money('$'),
  currencyEUR: money('€'),
  currencyGBP: money('£'),
  currencyJPY: money('¥'),
  currencyCHF: money('CHF '),
  currencyINR: money('₹'),
  currencyCNY: money('¥'),
};

function times(factor: number, unit: string): Write {
  return (v, decimals) => known[unit]!(v * factor, decimals);
}

/** Ids of all units with a formatter of their own. */
export const unitIds = (): string[] => Object.keys(known);

// custom reads the units of one's own: suffix:TEXT, prefix:TEXT, currency:TEXT, count:TEXT, si:TEXT.
function custom(unit: string): Write {
  const at = unit.indexOf(':');
  const kind = unit.slice(0, at),
    text = unit.slice(at + 1);
  switch (at < 0 ? '' : kind) {
    case 'prefix':
      return (v, decimals) => `${text}${whole(v, decimals)}`;
    case 'suffix':
      return (v, decimals) => `${whole(v, decimals)}${/^\s/.test(text) ? '' : ' '}${text}`;
    case 'currency':
      return money(text);
    case 'count':
      return rate(text);
    case 'si':
      return scaled(1000, decimal, text);
    default:
      return unit === '' ? whole : (v, decimals) => `${whole(v, decimals)} ${unit}`;
  }
}

const writers = new Map<string, Write>();

function writer(unit: string): Write {
  let found = Object.hasOwn(known, unit) ? known[unit] : writers.get(unit);
  if (!found) {
    found = custom(unit);
    if (writers.size > 200) writers.clear();
    writers.set(unit, found);
  }
  return found;
}

/** A function that writes values of a unit. Without decimals three figures suffice. */
export function formatter(unit: string | undefined, decimals?: number, noValue = unknown): Format {
  const write = writer(unit ?? '');
  return (v) => {
    if (v == null || Number.isNaN(v)) return noValue;
    if (!Number.isFinite(v)) return v > 0 ? '∞' : '-∞';
    return write(v, decimals);
  };
}

// What the name of a metric says about its values, longest first.
const suffixes: [RegExp, string][] = [
  [/_seconds$/, 's'],
  [/_milliseconds$/, 'ms'],
  [/_bytes$/, 'bytes'],
  [/_(usd|dollars)$/, 'currencyUSD'],
  [/_ratio$/, 'percentunit'],
  [/_percent$/, 'percent'],
  [/_timestamp_seconds$|_time_seconds$/, 's'],
  [/_hertz$/, 'hertz'],
];

/** The unit that a metric's name says, without the suffixes of histograms and counters; undefined where it says none. */
export function unitOfMetric(name: string): string | undefined {
  const base = name.replace(/_(total|sum|bucket|count)$/, (s) => (s === '_count' ? '_count' : ''));
  return suffixes.find(([suffix]) => suffix.test(base))?.[1];
}

/** A formatter for the ticks of an axis, which are round. */
export function axisFormatter(unit: string | undefined): Format {
  const write = formatter(unit);
  return (v) => write(v).replace(/(\d)\.00(?=\D|$)/, '$1');
}

/** Whether a unit has steps of 1024, so that ticks of 1000 would not be round. */
export const isBinary = (unit: string | undefined): boolean => /^(k|m|g)?bytes$|^bits$|^bin(Bps|bps)$/.test(unit ?? '');
