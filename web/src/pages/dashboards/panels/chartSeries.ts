// From the series of an answer to those of a chart.
import type { ChartSeries } from '@/components/chart/types';
import { formatter } from '@/lib/units';
import { fieldColor } from '../look';
import type { Field, Series } from '../model';

const steps: Record<string, ChartSeries['step']> = {
  linear: 'linear',
  smooth: 'smooth',
  stepBefore: 'before',
  stepAfter: 'after',
};

const lastOf = (values: (number | null)[]) => values.findLast((v) => v !== null) ?? null;

/** Series as a chart draws them. A legend such as {{outcome}} is empty where the label is absent: one alone has the title then. */
export function chartSeries(series: Series[], title = ''): ChartSeries[] {
  const unnamed = (series.length === 1 && title) || '(no label)';
  return series.map((s, i) => one(s.name || unnamed, s.values, s.field, i));
}

/** Keys of series that stay when others come and go: the name, counted where it is not the only one. */
export function keysOf(series: { name: string }[]): string[] {
  const seen = new Map<string, number>();
  return series.map(({ name }) => {
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return `${n}:${name}`;
  });
}

function one(name: string, values: (number | null)[], f: Field, at: number): ChartSeries {
  const write = formatter(f.unit, f.decimals);
  const mode = f.color?.mode ?? 'palette';
  return {
    name: f.name || name,
    values: f.negative ? values.map((v) => (v === null ? null : -v)) : values,
    color: mode === 'palette' ? undefined : fieldColor(f, at, lastOf(values)), // by its place where the palette rules
    draw: f.draw === 'bars' || f.draw === 'points' ? f.draw : 'line',
    step: steps[f.step ?? 'linear'],
    fill: f.draw === 'bars' ? Math.max(0.5, (f.fill ?? 70) / 100) : f.fill === undefined ? undefined : f.fill / 100,
    width:
      f.line_width === undefined ? undefined : Math.max(f.line_width, f.fill ? 1 : 0) * (f.line_width === 1 ? 1.25 : 1),
    dash: f.dash,
    right: f.axis === 'right',
    hidden: f.hide_chart || undefined,
    joinGaps: f.span_gaps,
    untold: f.hide_tooltip || undefined,
    format: (v) => write(f.negative ? -v : v),
  };
}
