// How values spread over time: a cell for each bucket and moment, on a canvas.
import { useEffect, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { alpha } from '@/components/chart/palette';
import { paint } from '@/components/chart/paint';
import { atMark, roundMoments } from '@/components/chart/moments';
import { inZone } from '@/components/chart/zone';
import { spacing } from '@/components/chart/columns';
import { clock, date } from '@/lib/format';
import { useTheme } from '@/lib/theme';
import { formatter } from '@/lib/units';
import { bucketsOf, coarser, every, strength, type Bucket } from './heat';
import { useSize } from './useSize';

const schemes: Record<string, string> = {
  Blues: '--s1',
  Greens: '--ok',
  Reds: '--err',
  Oranges: '--s8',
  Purples: '--s4',
  Greys: '--muted',
};
const axis = 26; // px below, as in charts

interface Props {
  label: string;
  times: number[];
  series: { lower?: number | undefined; upper?: number | undefined; values: (number | null)[] }[];
  range: { from: number; to: number };
  unit?: string;
  decimals?: number;
  countUnit?: string;
  scheme?: string;
  timezone?: string;
  onSelect?: (from: number, to: number) => void;
}

export function Heatmap({ label, times, series, range, unit, decimals, countUnit, scheme, timezone, onSelect }: Props) {
  const [box, size] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const rows = useMemo(
    () => coarser(bucketsOf(series), Math.max(8, Math.min(80, Math.floor(size.height / 4)))),
    [series, size.height],
  );
  const write = formatter(unit, decimals);
  const edge = (v: number) => (v === Infinity ? '∞' : v === -Infinity ? '-∞' : write(v));
  const left = Math.min(96, 14 + 6.3 * Math.max(3, ...rows.map((r) => edge(r.upper).length)));
  const plot = { left, top: 6, width: Math.max(1, size.width - left - 8), height: Math.max(1, size.height - axis - 6) };
  const step = spacing(times) || 15_000;
  const highest = useMemo(
    () => rows.reduce((max, r) => r.values.reduce<number>((m, v) => Math.max(m, v ?? 0), max), 0),
    [rows],
  );
  const [at, setAt] = useState<{ x: number; y: number; row: number; time: number } | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const x = (t: number) => plot.left + ((t - range.from) / (range.to - range.from)) * plot.width;
  const timeAt = (px: number) => range.from + ((px - plot.left) / plot.width) * (range.to - range.from);

  useEffect(() => {
    const el = canvas.current;
    if (!el || size.width < 40 || size.height < 40) return;
    const ratio = devicePixelRatio;
    el.width = size.width * ratio;
    el.height = size.height * ratio;
    const ctx = el.getContext('2d')!;
    ctx.scale(ratio, ratio);
    const ink = paint(schemes[scheme ?? 'Blues'] ?? '--s1');
    const high = plot.height / Math.max(1, rows.length);
    ctx.save();
    ctx.beginPath();
    ctx.rect(plot.left, plot.top, plot.width, plot.height);
    ctx.clip();
    const shades = Array.from({ length: 33 }, (_, i) => alpha(ink, i / 32));
    rows.forEach((row, r) =>
      row.values.forEach((v, i) => {
        if (v === null || v <= 0) return;
        ctx.fillStyle = shades[Math.round(strength(v, highest) * 32)]!;
        const from = x(times[i]! - step),
          to = x(times[i]!);
        ctx.fillRect(
          from + 0.5,
          plot.top + plot.height - (r + 1) * high + 0.5,
          Math.max(1, to - from - 1),
          Math.max(1, high - 1),
        );
      }),
    );
    ctx.restore();
    ctx.fillStyle = paint('--muted');
    ctx.font = '11px "Inter Variable", Inter, system-ui, sans-serif';
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    const skip = every(rows.length, plot.height);
    rows.forEach((row, r) => {
      if (r % skip === 0) ctx.fillText(edge(row.upper), plot.left - 6, plot.top + plot.height - (r + 1) * high + 5);
    });
    ctx.textAlign = 'center';
    for (const t of roundMoments(range.from, range.to, Math.max(2, Math.floor(plot.width / 80)), timezone)) {
      if (x(t) < plot.left + plot.width - 10)
        ctx.fillText(atMark(t, range.to - range.from, timezone), x(t), size.height - 12);
    }
    ctx.strokeStyle = paint('--grid');
    ctx.strokeRect(plot.left, plot.top, plot.width, plot.height);
  });

  const move = (e: React.PointerEvent) => {
    const rect = e.currentTarget.getBoundingClientRect();
    const px = e.clientX - rect.left,
      py = e.clientY - rect.top;
    if (drag) setDrag({ ...drag, to: px });
    const row = Math.floor((plot.top + plot.height - py) / (plot.height / Math.max(1, rows.length)));
    const time = Math.ceil((timeAt(px) - (times[0] ?? 0)) / step);
    setAt(
      px < plot.left || row < 0 || row >= rows.length || times[time] === undefined
        ? null
        : { x: e.clientX, y: e.clientY, row, time },
    );
  };
  const up = () => {
    if (drag && Math.abs(drag.to - drag.from) > 4)
      onSelect?.(timeAt(Math.min(drag.from, drag.to)), timeAt(Math.max(drag.from, drag.to)));
    setDrag(null);
  };
  const total = rows.reduce((sum, r) => sum + r.values.reduce<number>((s, v) => s + (v ?? 0), 0), 0);
  return (
    <div className="heat" ref={box} data-theme-of={theme}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${label}: ${rows.length} buckets over time`}
        onPointerMove={move}
        onPointerLeave={() => {
          setAt(null);
          setDrag(null);
        }}
        onPointerUp={up}
        onPointerDown={(e) =>
          onSelect &&
          e.button === 0 &&
          e.pointerType === 'mouse' &&
          setDrag({
            from: e.clientX - e.currentTarget.getBoundingClientRect().left,
            to: e.clientX - e.currentTarget.getBoundingClientRect().left,
          })
        }
      />
      {drag && (
        <i
          className="heat-drag"
          style={{
            left: Math.min(drag.from, drag.to),
            width: Math.abs(drag.to - drag.from),
            top: plot.top,
            height: plot.height,
          }}
        />
      )}
      {total === 0 && <span className="chart-empty">No values in this time range</span>}
      {at && (
        <HeatTip
          at={at}
          row={rows[at.row]!}
          time={times[at.time]!}
          step={step}
          edge={edge}
          count={formatter(countUnit ?? 'short')}
          zone={timezone}
          index={at.time}
        />
      )}
    </div>
  );
}

function HeatTip({
  at,
  row,
  time,
  index,
  step,
  edge,
  count,
  zone,
}: {
  at: { x: number; y: number };
  row: Bucket;
  time: number;
  index: number;
  step: number;
  edge: (v: number) => string;
  count: (v: number | null) => string;
  zone: string | undefined;
}) {
  const begin = inZone(time - step, zone),
    end = inZone(time, zone);
  const side = at.x > innerWidth / 2 ? { right: innerWidth - at.x + 12 } : { left: at.x + 12 };
  return createPortal(
    <div
      className="tip"
      style={{ ...side, ...('right' in side ? { left: 'auto' } : {}), top: Math.min(at.y + 10, innerHeight - 80) }}
      aria-hidden
    >
      <div className="num muted">
        {date(end)} {clock(begin, false)} – {clock(end, false)}
      </div>
      <div className="tip-row">
        <span>
          {edge(row.lower)} to {edge(row.upper)}
        </span>
        <b className="num">{count(row.values[index] ?? null)}</b>
      </div>
    </div>,
    document.body,
  );
}
