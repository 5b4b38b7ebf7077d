// Values side by side as bars.
import { css } from '@/components/chart/palette';
import { fieldColor, lookOf, shareOf, textColor, thresholdColor } from '../look';
import type { Answer, Panel, Series } from '../model';

const most = 200;

export function Bars({ panel, answer }: { panel: Panel; answer: Answer }) {
  const known = answer.series.filter((s) => s.value != null);
  const shown = (known.length > 0 ? known : answer.series).slice(0, most);
  const highest = shown.reduce((max, s) => Math.max(max, s.value ?? 0), 0);
  if (shown.length === 0)
    return (
      <p className="panel-none muted">
        {panel.field.no_value && panel.field.no_value !== '–' ? panel.field.no_value : 'No values in this time range'}
      </p>
    );
  return (
    <ul className={panel.options.vertical ? 'bars upright' : 'bars'} tabIndex={0} aria-label={panel.title || 'Bars'}>
      {shown.map((s, i) => (
        <Bar key={i} s={s} at={i} highest={highest} upright={panel.options.vertical ?? false} />
      ))}
      {answer.series.length > most && <li className="muted">{answer.series.length - most} more</li>}
    </ul>
  );
}

function Bar({ s, at, highest, upright }: { s: Series; at: number; highest: number; upright: boolean }) {
  const look = lookOf(s.value, s.field, highest);
  const byLimits = s.field.color?.mode === 'thresholds';
  const color =
    (byLimits ? (look.color ?? thresholdColor(s.value, s.field, highest)) : undefined) ??
    fieldColor(s.field, at, s.value);
  const share = `${(s.value == null ? 0 : shareOf(s.value, s.field, highest)) * 100}%`;
  const name = s.field.name || s.name;
  return (
    <li title={`${name}: ${look.text}`}>
      <span className="bar-name foreign-line">{name}</span>
      <span className="bar-track">
        <i style={{ [upright ? 'height' : 'width']: share, background: css(color) }} />
      </span>
      <span className="bar-value num" style={byLimits ? { color: textColor(color) } : undefined}>
        {look.text}
      </span>
    </li>
  );
}
