// What color and which words a value has: thresholds, mappings, palettes.
import { seriesColor } from '@/components/chart/palette';
import { inZone } from '@/components/chart/zone';
import { formatter } from '@/lib/units';
import type { Field } from './model';

// Plain names are colors of the theme; shades are those of Grafana.
const names: Record<string, string> = {
  green: '--ok',
  red: '--err',
  orange: '--s8',
  yellow: '--s2',
  blue: '--s1',
  purple: '--s4',
  text: '--text',
  gray: '--muted',
  grey: '--muted',
  white: '--text',
  black: '--text',
  transparent: 'transparent',
  'dark-green': '#37872d',
  'semi-dark-green': '#56a64b',
  'light-green': '#96d98d',
  'super-light-green': '#c8f2c2',
  'dark-yellow': '#e0b400',
  'semi-dark-yellow': '#f2cc0c',
  'light-yellow': '#ffee52',
  'super-light-yellow': '#fff899',
  'dark-red': '#c4162a',
  'semi-dark-red': '#e02f44',
  'light-red': '#ff7383',
  'super-light-red': '#ffa6b0',
  'dark-blue': '#1f60c4',
  'semi-dark-blue': '#3274d9',
  'light-blue': '#8ab8ff',
  'super-light-blue': '#c0d8ff',
  'dark-orange': '#fa6400',
  'semi-dark-orange': '#ff780a',
  'light-orange': '#ffb357',
  'super-light-orange': '#ffcb7d',
  'dark-purple': '#8f3bb8',
  'semi-dark-purple': '#a352cc',
  'light-purple': '#ca95e5',
  'super-light-purple': '#deb6f2',
};

/** A color for charts: a variable of the theme, or #rrggbb. */
export function colorOf(name: string | undefined): string {
  if (!name) return '--s1';
  if (Object.hasOwn(names, name)) return names[name]!;
  return /^#[0-9a-f]{3,8}$/i.test(name) || /^rgba?\([\d\s.,%/]+\)$/i.test(name) ? name : '--s1';
}

/** The same for text on the ground of a panel: shades are brought nearer to the color of text, so that they can be read. */
export function textColor(color: string): string {
  if (color === 'transparent') return 'var(--text)';
  return color.startsWith('--') ? `var(${color})` : `color-mix(in srgb, ${color} 55%, var(--text))`;
}

const ramps: Record<string, string[]> = {
  GrYlRd: ['--ok', '--s2', '--err'],
  RdYlGr: ['--err', '--s2', '--ok'],
  BlYlRd: ['--s1', '--s2', '--err'],
  YlRd: ['--s2', '--err'],
  BlPu: ['--s1', '--s4'],
  YlBl: ['--s2', '--s1'],
  blues: ['--s1'],
  reds: ['--err'],
  greens: ['--ok'],
  purples: ['--s4'],
};

/** The share of a value between the ends of the field, 0 to 1. */
export function shareOf(value: number, field: Field, max?: number): number {
  const from = field.min ?? 0,
    to =
      field.max ?? max ?? (field.unit === 'percent' ? 100 : field.unit === 'percentunit' ? 1 : Math.max(from, value));
  return to > from ? Math.min(1, Math.max(0, (value - from) / (to - from))) : value > from ? 1 : 0;
}

/** The color of the threshold that a value has reached. */
export function thresholdColor(value: number | null | undefined, field: Field, max?: number): string | undefined {
  const t = field.thresholds;
  if (!t || t.steps.length === 0) return undefined;
  const v = value == null ? -Infinity : t.percent ? shareOf(value, field, max) * 100 : value;
  const reached = t.steps.filter((s) => s.value === undefined || s.value <= v).at(-1) ?? t.steps[0]!;
  return colorOf(reached.color);
}

/** Where thresholds are, as values. */
export function thresholdValues(field: Field, max?: number): { value: number; color: string }[] {
  const t = field.thresholds;
  const from = field.min ?? 0,
    to = field.max ?? max ?? 100;
  return (t?.steps ?? []).map((s) => ({
    value: s.value === undefined ? -Infinity : t!.percent ? from + (s.value / 100) * (to - from) : s.value,
    color: colorOf(s.color),
  }));
}

/** The color of a series at a place, as its field says. */
export function fieldColor(field: Field, at: number, value?: number | null): string {
  const mode = field.color?.mode ?? 'palette';
  if (mode === 'fixed') return colorOf(field.color?.fixed);
  if (mode === 'shades') return colorOf(field.color?.fixed);
  if (mode === 'thresholds') return thresholdColor(value, field) ?? seriesColor(at);
  const ramp = ramps[mode.replace(/^continuous-/, '')];
  if (ramp) return ramp[Math.min(ramp.length - 1, Math.floor(shareOf(value ?? 0, field) * ramp.length))]!;
  return seriesColor(at);
}

// Units that write a moment, by the clock of the zone.
const isMoment = (unit: string | undefined) => unit !== undefined && /^dateTimeAs/.test(unit);

export interface Look {
  text: string;
  color?: string; // that of a mapping or, for colored fields, of thresholds
}

/** How a value is written: a mapping goes before the unit. Moments are those of the zone; without one, of the browser. */
export function lookOf(value: number | string | null | undefined, field: Field, max?: number, zone?: string): Look {
  const mapped = mappingOf(value, field);
  const number = typeof value === 'number' ? value : null;
  const text =
    typeof value === 'string'
      ? value
      : formatter(
          field.unit,
          field.decimals,
          field.no_value,
        )(number !== null && zone && isMoment(field.unit) ? inZone(number, zone).getTime() : number);
  return {
    text: mapped?.text ?? text,
    color: mapped?.color ?? (number === null ? undefined : thresholdColor(number, field, max)),
  };
}

function mappingOf(value: number | string | null | undefined, field: Field): Look | undefined {
  for (const m of field.mappings ?? []) {
    const hit = { text: m.text || undefined, color: m.color ? colorOf(m.color) : undefined } as Look;
    const n = typeof value === 'number' ? value : NaN;
    switch (m.kind) {
      case 'value':
        if (value != null && (String(value) === m.match || n === Number(m.match || NaN))) return hit;
        break;
      case 'range':
        if (n >= (m.from ?? -Infinity) && n <= (m.to ?? Infinity)) return hit;
        break;
      case 'regex':
        if (value != null && matches(m.match, String(value))) return hit;
        break;
      case 'null':
      case 'empty':
        if (value == null || value === '') return hit;
        break;
      case 'nan':
        if (value == null) return hit;
        break;
      case 'true':
        if (value === 1) return hit;
        break;
      case 'false':
        if (value === 0) return hit;
        break;
    }
  }
  return undefined;
}

function matches(pattern: string | undefined, text: string): boolean {
  try {
    const [, body = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(pattern ?? '') ?? [
      undefined,
      `^(?:${pattern ?? ''})$`,
    ];
    return new RegExp(body, flags.replace(/[^imsu]/g, '')).test(text.slice(0, 1000));
  } catch {
    return false;
  }
}
