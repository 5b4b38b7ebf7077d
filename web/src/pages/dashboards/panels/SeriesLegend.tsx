// The series of a chart with their colors and numbers. A click leaves one alone, Ctrl or Shift switches one off and on.
import type { ChartSeries } from '@/components/Chart';
import { css } from '@/components/chart/palette';
import type { Panel, Series } from '../model';

const titles: Record<string, string> = {
  last: 'Last',
  lastNotNull: 'Last',
  first: 'First',
  firstNotNull: 'First',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  sum: 'Sum',
  count: 'Count',
  range: 'Range',
  delta: 'Rise',
};

interface Props {
  panel: Panel;
  series: ChartSeries[];
  keys: string[]; // of series
  answers: (Series | undefined)[]; // of series; those that are added up have none
  table: boolean;
  alone: ReadonlySet<string> | null;
  onChange: (alone: ReadonlySet<string> | null) => void;
}

/** What is shown after a click: one alone, all again, or one more or less. */
export function chosenAfter(
  names: string[],
  alone: ReadonlySet<string> | null,
  name: string,
  add: boolean,
): ReadonlySet<string> | null {
  if (!add) return alone?.size === 1 && alone.has(name) ? null : new Set([name]);
  const next = new Set(alone ?? names);
  if (!next.delete(name)) next.add(name);
  return next.size === 0 || names.every((n) => next.has(n)) ? null : next;
}

export function SeriesLegend({ panel, series, keys, answers, table, alone, onChange }: Props) {
  const calcs = panel.options.legend_calcs ?? [];
  const rows = series
    .map((s, i) => ({ s, key: keys[i]!, answer: answers[i] }))
    .filter((r) => !r.answer?.field.hide_legend);
  const button = (s: ChartSeries, key: string) => (
    <button
      className="legend-item"
      aria-pressed={!s.hidden}
      title={`${s.name}\nClick: alone. Ctrl or Shift and click: off and on.`}
      onClick={(e) => onChange(chosenAfter(keys, alone, key, e.ctrlKey || e.metaKey || e.shiftKey))}
    >
      <i style={{ background: css(s.color ?? '--s1') }} />
      <span className="foreign-line">{s.name}</span>
    </button>
  );
  const number = (s: ChartSeries, answer: Series | undefined, at: number) => {
    const v = answer?.calcs?.[at];
    return v == null ? '–' : calcs[at] === 'count' ? String(v) : (s.format ?? String)(v);
  };
  if (!table || calcs.length === 0) {
    return (
      <div className="ts-legend list" role="group" tabIndex={0} aria-label={`Legend of ${panel.title}`}>
        {rows.map(({ s, key, answer }) => (
          <span key={key} className="ts-item">
            {button(s, key)}
            {calcs.map((c, i) => (
              <span key={c} className="num muted">
                {titles[c]}: {number(s, answer, i)}
              </span>
            ))}
          </span>
        ))}
      </div>
    );
  }
  return (
    <div className="ts-legend" role="group" tabIndex={0} aria-label={`Legend of ${panel.title}`}>
      <table>
        <thead>
          <tr>
            <th>Name</th>
            {calcs.map((c) => (
              <th key={c} className="right">
                {titles[c] ?? c}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ s, key, answer }) => (
            <tr key={key}>
              <td>{button(s, key)}</td>
              {calcs.map((c, i) => (
                <td key={c} className="num right">
                  {number(s, answer, i)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
