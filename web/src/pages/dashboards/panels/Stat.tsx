// One big number, or a few, with the way it came.
import { css } from '@/components/chart/palette';
import { useBoard } from '../context';
import { fieldColor, lookOf, textColor, type Look } from '../look';
import type { Answer, Panel, Series } from '../model';
import { useSize } from './useSize';

const most = 60;

export function Stat({ panel, answer }: { panel: Panel; answer: Answer }) {
  const [box, size] = useSize<HTMLDivElement>();
  const shown: (Series | null)[] = answer.series.length > 0 ? answer.series.slice(0, most) : [null];
  const text = panel.options.text ?? 'auto';
  const named = text === 'name' || text === 'value_and_name' || (text === 'auto' && shown.length > 1);
  const columns =
    shown.length === 1
      ? 1
      : Math.max(
          1,
          Math.min(
            shown.length,
            Math.round(Math.sqrt(shown.length * Math.max(1, size.width / Math.max(1, size.height * 2)))),
          ),
        );
  const cell = { width: size.width / columns, height: size.height / Math.ceil(shown.length / columns) };
  return (
    <div className="stat-grid" ref={box} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {size.height > 0 &&
        shown.map((s, i) => <One key={i} panel={panel} series={s} at={i} named={named} size={cell} />)}
    </div>
  );
}

function One({
  panel,
  series,
  at,
  named,
  size,
}: {
  panel: Panel;
  series: Series | null;
  at: number;
  named: boolean;
  size: { width: number; height: number };
}) {
  const field = series?.field ?? panel.field;
  const value = series?.value ?? null;
  const look = lookOf(value, field, undefined, useBoard().timezone);
  const color = colorOfStat(look, field.color?.mode, value, () => fieldColor(field, at, value));
  const on = panel.options.color ?? 'value';
  const plain = value === null && look.color === undefined;
  const text = panel.options.text ?? 'auto';
  const spark = panel.options.sparkline && series && size.height > 60 ? series.values : null;
  const px = Math.max(
    13,
    Math.min(34, size.height * (spark ? 0.34 : 0.46), (size.width - 12) / Math.max(4, look.text.length) / 0.66),
  );
  const name = field.name || series?.name || panel.title;
  return (
    <div
      className="stat"
      data-on={on === 'background' && !plain ? 'background' : undefined}
      style={
        on === 'background' && !plain
          ? { background: `color-mix(in srgb, ${css(color)} 26%, var(--surface))` }
          : undefined
      }
      title={series ? `${name}: ${look.text}` : undefined}
    >
      {spark && <Spark values={spark} color={color === '--text' ? '--s1' : color} />}
      {named && <span className="stat-name foreign-line muted">{name}</span>}
      {text !== 'name' && text !== 'none' && (
        <span
          className="stat-value foreign-line"
          style={{ fontSize: px, color: on === 'value' && !plain ? textColor(color) : undefined }}
        >
          {look.text}
        </span>
      )}
    </div>
  );
}

function colorOfStat(look: Look, mode: string | undefined, value: number | null, other: () => string): string {
  if (look.color && (mode === undefined || mode === 'thresholds')) return look.color;
  if (value === null) return look.color ?? '--text';
  return mode === 'thresholds' ? (look.color ?? '--text') : other();
}

// Spark is a line without axes, over the lower part.
function Spark({ values, color }: { values: (number | null)[]; color: string }) {
  const known = values.filter((v): v is number => v !== null);
  if (known.length < 2) return null;
  const low = Math.min(
      0,
      known.reduce((a, b) => Math.min(a, b)),
    ),
    high = known.reduce((a, b) => Math.max(a, b));
  const y = (v: number) => (high > low ? 96 - ((v - low) / (high - low)) * 92 : 96);
  const x = (i: number) => (i / Math.max(1, values.length - 1)) * 100;
  let line = '',
    area = '',
    run: string[] = [];
  const close = () => {
    if (run.length === 0) return;
    const first = run[0]!.split(' ')[0]!,
      last = run.at(-1)!.split(' ')[0]!;
    line += `M${run.join('L')}`;
    area += `M${first} 100L${run.join('L')}L${last} 100Z`;
    run = [];
  };
  values.forEach((v, i) => (v === null ? close() : run.push(`${x(i).toFixed(2)} ${y(v).toFixed(2)}`)));
  close();
  return (
    <svg className="spark" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
      <path d={area} fill={css(color)} fillOpacity={0.14} />
      <path d={line} fill="none" stroke={css(color)} strokeWidth={1.25} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
