// What changed most: groups of records of the last quarter of an hour against the same time an hour before.
import type { Schemas } from '@/api/client';
import { count, duration, figures, percent, usd } from '@/lib/format';

export interface Times {
  from: string;
  to: string;
}

const minutes = 15;

/** The two times that are compared, ending at a moment in ms. */
export function comparedTimes(end: number): { now: Times; before: Times } {
  const at = (ms: number) => new Date(ms).toISOString();
  const width = minutes * 60_000,
    hour = 3600_000;
  return { now: { from: at(end - width), to: at(end) }, before: { from: at(end - hour - width), to: at(end - hour) } };
}

export interface Counted {
  count: number;
  errors: number;
  cost?: number; // USD
  p95?: number; // ns
}

/** Reads groups of the first key; where there is a second one it is the status. */
export function readGroups(table: Schemas['Aggregate']): Map<string, Counted> {
  const column = (name: string) => table.columns.findIndex((c) => c.name === name);
  const [n, cost, p95] = [column('count'), column('sum(cost)'), column('p95(duration)')];
  const groups = new Map<string, Counted>();
  for (const row of table.rows) {
    const key = row.keys[0] ?? '';
    const failed = row.keys[1] === 'error';
    const g = groups.get(key) ?? { count: 0, errors: 0 };
    const records = row.values[n] ?? 0;
    g.count += records;
    if (failed) g.errors += records;
    const sum = cost < 0 ? null : row.values[cost];
    if (sum != null) g.cost = (g.cost ?? 0) + sum;
    const slow = p95 < 0 ? null : row.values[p95];
    if (slow != null && !failed) g.p95 = slow;
    groups.set(key, g);
  }
  return groups;
}

export type Kind = 'model' | 'service' | 'error' | 'key';

export interface Difference {
  kind: Kind;
  name: string;
  what: string; // such as calls, errors, p95, cost
  before: string;
  now: string;
  change: string;
  worse?: boolean; // more errors, slower
  weight: number; // orders the list
}

// z of two counts as of Poisson: how far apart they are in standard deviations. Below 3 it may well be chance.
const apart = (a: number, b: number) => (a + b === 0 ? 0 : Math.abs(a - b) / Math.sqrt(a + b));
const chance = 3;
const least = 5; // events that a difference needs at all

/** What differs by more than chance, most first. */
export function differences(kind: Kind, before: Map<string, Counted>, now: Map<string, Counted>): Difference[] {
  const out: Difference[] = [];
  const none: Counted = { count: 0, errors: 0 };
  for (const name of new Set([...before.keys(), ...now.keys()])) {
    const a = before.get(name) ?? none,
      b = now.get(name) ?? none;
    if (kind !== 'key' || name !== '') out.push(...ofGroup(kind, name, a, b));
  }
  return out.sort((x, y) => y.weight - x.weight || x.name.localeCompare(y.name));
}

function ofGroup(kind: Kind, name: string, a: Counted, b: Counted): Difference[] {
  const out: Difference[] = [];
  const z = apart(a.count, b.count);
  const many = kind === 'error' ? 'failures' : kind === 'service' ? 'requests' : 'calls';
  if (z >= chance && Math.max(a.count, b.count) >= least && kind !== 'key') {
    out.push({
      kind,
      name,
      what: many,
      before: count(a.count),
      now: count(b.count),
      change: relative(a.count, b.count),
      worse: kind === 'error' && b.count > a.count,
      weight: z,
    });
  }
  const shares = a.count > 0 && b.count > 0 ? shareApart(a, b) : 0;
  if (kind !== 'error' && shares >= chance && Math.max(a.errors, b.errors) >= least) {
    const [s, t] = [a.errors / a.count, b.errors / b.count];
    out.push({
      kind,
      name,
      what: 'errors',
      before: percent(s),
      now: percent(t),
      change: points(t - s),
      worse: t > s,
      weight: shares * 1.5,
    });
  }
  const enough = Math.min(a.count - a.errors, b.count - b.errors) >= 40; // a p95 of fewer rests on one or two of them
  if (enough && a.p95 && b.p95 && (b.p95 / a.p95 >= 1.25 || a.p95 / b.p95 >= 1.25)) {
    out.push({
      kind,
      name,
      what: 'p95',
      before: duration(a.p95),
      now: duration(b.p95),
      change: relative(a.p95, b.p95),
      worse: b.p95 > a.p95,
      weight: Math.abs(Math.log2(b.p95 / a.p95)) * 6,
    });
  }
  const [c, d] = [a.cost ?? 0, b.cost ?? 0];
  if (
    Math.min(a.count, b.count) + Math.max(a.count, b.count) >= 2 * least &&
    Math.max(c, d) >= 0.01 &&
    (c === 0 || d / c >= 1.25 || d / c <= 0.8) &&
    (z >= chance || kind === 'key' || Math.min(a.count, b.count) >= 20)
  ) {
    out.push({
      kind,
      name,
      what: 'cost',
      before: usd(c),
      now: usd(d),
      change: relative(c, d),
      worse: d > c,
      weight: Math.max(z, Math.abs(Math.log2((d + 0.001) / (c + 0.001))) * 4),
    });
  }
  return out;
}

// shareApart is the z of two shares.
function shareApart(a: Counted, b: Counted): number {
  const p = (a.errors + b.errors) / (a.count + b.count);
  const deviation = Math.sqrt(p * (1 - p) * (1 / a.count + 1 / b.count));
  return deviation === 0 ? 0 : Math.abs(a.errors / a.count - b.errors / b.count) / deviation;
}

function relative(a: number, b: number): string {
  if (a === 0) return 'new';
  if (b === 0) return 'gone';
  const r = b / a;
  return r >= 3
    ? `×${figures(Math.round(r * 10) / 10)}`
    : `${r >= 1 ? '+' : '−'}${Math.round(Math.abs(r - 1) * 100)} %`;
}

const points = (d: number) => `${d >= 0 ? '+' : '−'}${figures(Math.round(Math.abs(d) * 1000) / 10)} pt`;
