// Traces as points: when they began, how long they took, whether they failed. A click opens one; drawing across selects a time.
import { useEffect, useMemo, useRef, useState } from 'react';
import { atMark, roundMoments } from '@/components/chart/moments';
import { clock, count, duration, plural, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { color, useTheme } from '@/lib/theme';
import type { Selection } from '@/components/Compare';
import type { TraceSummary } from './list';
import { decades, durations, nearest, timeAt, xOf, yOf, type Plot } from './scatter';

const height = 150;
const failed = (t: TraceSummary) => t.status === 'error' || t.errors > 0;

interface ScatterProps {
  traces: TraceSummary[];
  from: number;
  to: number;
  selected: string | undefined;
  selection: Selection | null;
  onSelect: (from: number, to: number) => void;
  onOpen: (t: TraceSummary) => void;
}

export function Scatter({ traces, from, to, selected, selection, onSelect, onOpen }: ScatterProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [hover, setHover] = useState(-1);
  const [drawn, setDrawn] = useState<{ from: number; to: number } | null>(null); // px
  const theme = useTheme();
  useEffect(() => {
    const el = canvas.current!.parentElement!;
    const watch = new ResizeObserver(() => setWidth(el.clientWidth));
    watch.observe(el);
    return () => watch.disconnect();
  }, []);
  const plot = useMemo(
    (): Plot => ({
      left: 54,
      top: 10,
      width: Math.max(1, width - 66),
      height: height - 32,
      from,
      to,
      ...durations(traces),
    }),
    [width, from, to, traces],
  );
  const points = useMemo(
    () => traces.map((t) => ({ x: xOf(plot, Date.parse(t.start)), y: yOf(plot, t.duration_ns) })),
    [traces, plot],
  );
  useEffect(() => {
    if (width > 0) paint(canvas.current!, width, plot, traces, points, selected);
  }, [width, plot, traces, points, selected, theme]);

  const place = (e: React.PointerEvent) => {
    const r = canvas.current!.getBoundingClientRect();
    return { x: e.clientX - r.left, y: e.clientY - r.top };
  };
  const onMove = (e: React.PointerEvent) => {
    const { x, y } = place(e);
    if (drawn) setDrawn({ from: drawn.from, to: x });
    else setHover(nearest(points, x, y, 10));
  };
  const onUp = (e: React.PointerEvent) => {
    const { x, y } = place(e);
    if (drawn && Math.abs(drawn.to - drawn.from) > 5)
      onSelect(timeAt(plot, Math.min(drawn.from, drawn.to)), timeAt(plot, Math.max(drawn.from, drawn.to)));
    else {
      const t = traces[nearest(points, x, y, 10)];
      if (t) onOpen(t);
    }
    setDrawn(null);
  };
  const band = drawn
    ? { left: Math.min(drawn.from, drawn.to), right: Math.max(drawn.from, drawn.to) }
    : selection && selection.to > from && selection.from < to
      ? { left: xOf(plot, Math.max(from, selection.from)), right: xOf(plot, Math.min(to, selection.to)) }
      : null;
  const t = traces[hover];
  const errors = traces.filter(failed).length;
  return (
    <div
      className="scatter"
      style={{ height }}
      role="img"
      aria-label={`Durations of ${plural(traces.length, 'trace')} over time, ${count(errors)} with errors; the table below has them`}
    >
      <canvas
        ref={canvas}
        style={{ height }}
        data-point={hover >= 0 || undefined}
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture(e.pointerId);
          const { x } = place(e);
          setDrawn({ from: x, to: x });
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={() => setDrawn(null)}
        onPointerLeave={() => setHover(-1)}
      />
      {band && (
        <i
          className="scatter-band"
          style={{ left: band.left, width: Math.max(1, band.right - band.left), top: plot.top, height: plot.height }}
        />
      )}
      {t && !drawn && (
        <div
          className="scatter-tip"
          style={{
            left: Math.max(4, Math.min(points[hover]!.x + 10, width - 250)),
            top: Math.min(points[hover]!.y + 8, height - 66),
          }}
        >
          <b className="foreign-line">{visible(t.name, 80)}</b>
          <div className="num">
            {clock(new Date(t.start))} · {duration(t.duration_ns)}
            {failed(t) && <span className="err"> · ✕ {t.errors > 0 ? plural(t.errors, 'error') : 'failed'}</span>}
          </div>
          <div className="muted">
            {visible(t.service ?? '', 40)} · {plural(t.spans, 'span')}
            {t.cost_usd ? ` · ${usd(t.cost_usd)}` : ''}
          </div>
        </div>
      )}
    </div>
  );
}

function paint(
  canvas: HTMLCanvasElement,
  width: number,
  plot: Plot,
  traces: TraceSummary[],
  points: { x: number; y: number }[],
  selected: string | undefined,
) {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const g = canvas.getContext('2d');
  if (!g) return;
  g.scale(ratio, ratio);
  g.font = '11px "Inter Variable", system-ui, sans-serif';
  g.textBaseline = 'middle';
  g.lineWidth = 1;
  g.strokeStyle = color('--grid');
  g.fillStyle = color('--muted');
  g.textAlign = 'right';
  const tens = decades(plot);
  const every = Math.ceil(tens.length / 6);
  tens.forEach((ns, i) => {
    const y = Math.round(yOf(plot, ns)) + 0.5;
    g.beginPath();
    g.moveTo(plot.left, y);
    g.lineTo(plot.left + plot.width, y);
    g.stroke();
    if (i % every === 0) g.fillText(duration(ns), plot.left - 6, y);
  });
  g.textAlign = 'center';
  const span = plot.to - plot.from;
  for (const t of roundMoments(plot.from, plot.to, Math.max(1, Math.floor(plot.width / 90)))) {
    const x = Math.round(xOf(plot, t)) + 0.5;
    g.beginPath();
    g.moveTo(x, plot.top);
    g.lineTo(x, plot.top + plot.height);
    g.stroke();
    if (x < plot.left + plot.width - 14) g.fillText(atMark(t, span), x, height - 9);
  }
  const ok = color('--s1'),
    err = color('--err'),
    text = color('--text');
  const draw = (i: number) => {
    const { x, y } = points[i]!;
    if (failed(traces[i]!)) {
      g.strokeStyle = err;
      g.lineWidth = 2;
      g.beginPath();
      g.moveTo(x - 3.5, y - 3.5);
      g.lineTo(x + 3.5, y + 3.5);
      g.moveTo(x + 3.5, y - 3.5);
      g.lineTo(x - 3.5, y + 3.5);
      g.stroke();
    } else {
      g.globalAlpha = 0.6;
      g.fillStyle = ok;
      g.beginPath();
      g.arc(x, y, 3, 0, 2 * Math.PI);
      g.fill();
      g.globalAlpha = 1;
    }
    if (traces[i]!.trace_id !== selected) return;
    g.strokeStyle = text;
    g.lineWidth = 1.5;
    g.beginPath();
    g.arc(x, y, 7, 0, 2 * Math.PI);
    g.stroke();
  };
  // errors over the others
  traces.forEach((t, i) => !failed(t) && draw(i));
  traces.forEach((t, i) => failed(t) && draw(i));
}
