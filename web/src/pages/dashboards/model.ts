// Dashboards as the server reads them.
import type { Schemas } from '@/api/client';

export type Dashboard = Schemas['Dashboard'];
export type Panel = Schemas['DashboardPanel'];
export type Section = Schemas['DashboardSection'];
export type Field = Schemas['DashboardField'];
export type Problem = Schemas['DashboardProblem'];
export type DashboardLink = Schemas['DashboardLink'];
export type Answer = Schemas['PanelAnswer'];
export type Series = Schemas['PanelSeries'];
export type Column = Schemas['PanelColumn'];

/** Values by name of the variable, as chosen. */
export type Chosen = Record<string, string[]>;

export const all = '$__all';

/** The name of a panel in the address: its id, and for which value it stands where it repeats. */
export function panelKey(p: Panel): string {
  const fixed = Object.entries(p.repeated ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return [p.id, ...fixed.map(([name, value]) => `${name}=${value}`)].join('~');
}

/** Several values in one parameter: by commas, those in values are escaped. */
export const join = (values: string[]): string => values.map((v) => v.replace(/[\\,]/g, '\\$&')).join(',');

export function split(text: string): string[] {
  const out = [''];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && i + 1 < text.length) out[out.length - 1] += text[++i]!;
    else if (text[i] === ',') out.push('');
    else out[out.length - 1] += text[i]!;
  }
  return out;
}

const prefix = 'var-';

/** Variables of an address, var-name=value. Of a variable with one value a comma is a comma; All is every value where it is offered. */
export function chosenOf(
  search: Record<string, string | undefined>,
  variables: Pick<Dashboard['variables'][number], 'name' | 'multi' | 'include_all'>[],
): Chosen {
  const out: Chosen = {};
  for (const [key, text] of Object.entries(search)) {
    if (!key.startsWith(prefix) || text === undefined) continue;
    const name = key.slice(prefix.length);
    const { multi, include_all } = variables.find((v) => v.name === name) ?? {};
    out[name] = (multi ? split(text) : [text]).map((v) => (v === 'All' && (multi || include_all) ? all : v));
  }
  return out;
}

/** The parameter of a variable. */
export const parameterOf = (name: string, values: string[], multi: boolean): Record<string, string> => ({
  [prefix + name]: multi ? join(values) : (values[0] ?? ''),
});

const span: Record<string, (d: Date) => void> = {
  s: (d) => d.setMilliseconds(0),
  m: (d) => d.setSeconds(0, 0),
  h: (d) => d.setMinutes(0, 0, 0),
  d: (d) => d.setHours(0, 0, 0, 0),
  w: (d) => {
    d.setHours(0, 0, 0, 0);
    d.setDate(d.getDate() - ((d.getDay() + 6) % 7));
  },
  M: (d) => {
    d.setHours(0, 0, 0, 0);
    d.setDate(1);
  },
  y: (d) => {
    d.setHours(0, 0, 0, 0);
    d.setMonth(0, 1);
  },
};

const lengths: Record<string, number> = {
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 86400e3,
  w: 7 * 86400e3,
  M: 30 * 86400e3,
  y: 365 * 86400e3,
};

/** An end of the time range of a dashboard, now-6h or now/d, as the page writes it; '' where it is not understood. */
export function endOf(text: string, now = Date.now()): string {
  const relative = /^now(?:([-+])(\d+)([smhdwMy]))?(?:\/([smhdwMy]))?$/.exec(text);
  if (!relative)
    return /^\d{12,14}$/.test(text) ? new Date(Number(text)).toISOString() : text.startsWith('now') ? '' : text;
  const [, sign, n, unit, round] = relative;
  if (!sign && !round) return 'now';
  if (sign === '-' && !round && 'smhdw'.includes(unit!)) return `-${n}${unit}`;
  const d = new Date(now + (sign ? (sign === '-' ? -1 : 1) * Number(n) * lengths[unit!]! : 0));
  if (round) span[round]!(d);
  return d.toISOString();
}

/** Milliseconds of a refresh such as 30s; 0 is never. */
export function refreshOf(text: string | undefined): number {
  const m = /^(\d+)(ms|s|m|h|d)$/.exec(text ?? '');
  if (!m) return 0;
  return Math.max(1000, Number(m[1]) * { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 }[m[2]!]!);
}
