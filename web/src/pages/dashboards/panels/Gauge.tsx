// A value between two ends, with its thresholds along the arc.
import { css } from '@/components/chart/palette';
import { formatter } from '@/lib/units';
import { fieldColor, lookOf, shareOf, textColor, thresholdColor, thresholdValues } from '../look';
import type { Answer, Field, Panel, Series } from '../model';

const most = 24;
const from = -210,
  sweep = 240; // degrees: from the lower left over the top

export function Gauge({ panel, answer }: { panel: Panel; answer: Answer }) {
  const shown: (Series | null)[] = answer.series.length > 0 ? answer.series.slice(0, most) : [null];
  return (
    <div className="gauges">
      {shown.map((s, i) => (
        <One
          key={i}
          field={s?.field ?? panel.field}
          name={shown.length > 1 ? s!.field.name || s!.name : ''}
          label={panel.title}
          value={s?.value ?? null}
          at={i}
          markers={panel.options.markers === true}
        />
      ))}
    </div>
  );
}

function point(share: number, r: number): string {
  const rad = ((from + sweep * share) * Math.PI) / 180;
  return `${(100 + r * Math.cos(rad)).toFixed(2)} ${(100 + r * Math.sin(rad)).toFixed(2)}`;
}

// arc is a ring between two shares.
function arc(a: number, b: number, inner: number, outer: number): string {
  const large = (b - a) * sweep > 180 ? 1 : 0;
  return `M${point(a, outer)}A${outer} ${outer} 0 ${large} 1 ${point(b, outer)}L${point(b, inner)}A${inner} ${inner} 0 ${large} 0 ${point(a, inner)}Z`;
}

function One({
  field,
  name,
  label,
  value,
  at,
  markers,
}: {
  field: Field;
  name: string;
  label: string;
  value: number | null;
  at: number;
  markers: boolean;
}) {
  const look = lookOf(value, field);
  const color = look.color ?? thresholdColor(value, field) ?? fieldColor(field, at, value);
  const share = value === null ? 0 : shareOf(value, field);
  const limits = thresholdValues(field).map((t) => ({
    color: t.color,
    share: t.value === -Infinity ? 0 : shareOf(t.value, field),
  }));
  const end = (v: number) => formatter(field.unit)(v);
  const max = field.max ?? (field.unit === 'percentunit' ? 1 : field.unit === 'percent' ? 100 : undefined);
  return (
    <figure className="gauge">
      <svg viewBox="0 0 200 166" role="img" aria-label={`${name || label}: ${look.text}`}>
        <path d={arc(0, 1, 72, 90)} fill="var(--raised)" />
        {share > 0.002 && <path d={arc(0, share, 72, 90)} fill={css(color)} />}
        {markers &&
          limits.length > 1 &&
          limits.map((l, i) => {
            const to = limits[i + 1]?.share ?? 1;
            return to > l.share ? <path key={i} d={arc(l.share, to, 93, 97)} fill={css(l.color)} /> : null;
          })}
        <text
          x="100"
          y="112"
          textAnchor="middle"
          className="gauge-value"
          style={{
            fill: value === null ? 'var(--muted)' : textColor(color),
            fontSize: Math.min(34, 230 / Math.max(4, look.text.length)),
          }}
        >
          {look.text}
        </text>
        <text x="30" y="162" textAnchor="middle" className="gauge-end">
          {end(field.min ?? 0)}
        </text>
        {max !== undefined && (
          <text x="170" y="162" textAnchor="middle" className="gauge-end">
            {end(max)}
          </text>
        )}
      </svg>
      {name && <figcaption className="foreign-line">{name}</figcaption>}
    </figure>
  );
}
