// All of the trace at a glance, and which part of it is shown. Drawn once; what is shown lies over it.
import { useEffect, useRef, useState } from 'react';
import { duration } from '@/lib/format';
import { kinds, type Kind } from '@/lib/spans';
import { color, useTheme } from '@/lib/theme';
import { fit, type Window } from './layout';
import type { TraceTree } from './tree';

const height = 48;

/** ready: the rows are drawn, and the map may be. */
export function Minimap({
  tree,
  ready,
  window,
  onWindow,
  matches,
}: {
  tree: TraceTree;
  ready: boolean;
  window: Window;
  onWindow: (w: Window) => void;
  matches: Uint8Array | null;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const [width, setWidth] = useState(0);
  const [drawn, setDrawn] = useState<{ from: number; to: number } | null>(null);
  useEffect(() => {
    const el = canvas.current!.parentElement!;
    const watch = new ResizeObserver(() => setWidth(el.clientWidth));
    watch.observe(el);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (width === 0 || !ready) return;
    const frame = requestAnimationFrame(() => paint(canvas.current!, width, tree, matches));
    return () => cancelAnimationFrame(frame);
  }, [width, tree, ready, theme, matches]);

  const total = Math.max(tree.total, 1);
  const at = (e: React.PointerEvent) => {
    const r = canvas.current!.getBoundingClientRect();
    return Math.max(0, Math.min(1, (e.clientX - r.left) / r.width)) * total;
  };
  const [from, to] = drawn ? [Math.min(drawn.from, drawn.to), Math.max(drawn.from, drawn.to)] : window;
  const whole = from <= 0 && to >= tree.total;
  const finish = () => {
    if (drawn && Math.abs(drawn.to - drawn.from) > total * 0.003) onWindow(fit(drawn.from, drawn.to, total));
    setDrawn(null);
  };
  const onKeyDown = (e: React.KeyboardEvent) => {
    const w = window[1] - window[0];
    const moved: Record<string, () => Window> = {
      ArrowLeft: () => {
        const s = Math.max(0, window[0] - w / 4);
        return [s, s + w];
      },
      ArrowRight: () => {
        const s = Math.min(tree.total - w, window[0] + w / 4);
        return [s, s + w];
      },
      '+': () => fit(window[0] + w / 4, window[1] - w / 4, tree.total),
      '-': () => fit(Math.max(0, window[0] - w / 2), Math.min(tree.total, window[1] + w / 2), tree.total),
      Home: () => [0, tree.total],
    };
    const next = moved[e.key];
    if (!next) return;
    e.preventDefault();
    onWindow(next());
  };
  return (
    <div
      className="minimap"
      role="group"
      tabIndex={0}
      onKeyDown={onKeyDown}
      style={{ height }}
      aria-label={`The whole trace; shown is ${duration(window[0])} to ${duration(window[1])}. Arrow keys move, plus and minus zoom, Home shows all`}
      title="Drag to zoom, double click to see all"
      onPointerDown={(e) => {
        e.currentTarget.setPointerCapture(e.pointerId);
        setDrawn({ from: at(e), to: at(e) });
      }}
      onPointerMove={(e) => drawn && setDrawn({ from: drawn.from, to: at(e) })}
      onPointerUp={finish}
      onPointerCancel={() => setDrawn(null)}
      onDoubleClick={() => onWindow([0, tree.total])}
    >
      <canvas ref={canvas} aria-hidden />
      {!whole && (
        <>
          <i className="minimap-off" style={{ left: 0, width: `${(from / total) * 100}%` }} />
          <i className="minimap-off" style={{ left: `${(to / total) * 100}%`, right: 0 }} />
          <i
            className="minimap-on"
            style={{ left: `${(from / total) * 100}%`, width: `${((to - from) / total) * 100}%` }}
          />
        </>
      )}
    </div>
  );
}

/** The colors of kinds in the theme, for canvases. */
export function kindColors(): Record<Kind, string> {
  return Object.fromEntries(kinds.map((k) => [k, color(`--k-${k}`)])) as Record<Kind, string>;
}

function paint(canvas: HTMLCanvasElement, width: number, tree: TraceTree, matches: Uint8Array | null) {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const g = canvas.getContext('2d');
  if (!g) return;
  const w = canvas.width,
    h = canvas.height,
    n = tree.spans.length,
    total = Math.max(tree.total, 1);
  const colors = kindColors();
  const thick = Math.max(ratio, h / Math.max(n, 1));
  const space = h - 5 * ratio; // errors stand below
  // One color after the other, first what a filter dims: changing the state of a canvas costs more than drawing. Spans that would
  // lie within the one drawn before them in the same line of pixels are left out; of 10,000 spans that is most.
  const layer = (kind: Kind, hits: 0 | 1) => {
    let line = -1,
      from = 0,
      to = 0;
    for (let i = 0; i < n; i++) {
      if (tree.kind[i] !== kind || (matches ? matches[i] : 1) !== hits) continue;
      const x = Math.floor((tree.start[i]! / total) * w),
        right = Math.max(x + ratio, ((tree.start[i]! + tree.length[i]!) / total) * w),
        y = Math.floor((i / n) * space);
      if (y === line && x >= from && right <= to) continue;
      line = y;
      from = x;
      to = right;
      g.fillRect(x, y, right - x, Math.min(thick, 5 * ratio));
    }
  };
  for (const hits of matches ? ([0, 1] as const) : ([1] as const)) {
    g.globalAlpha = hits ? 0.75 : 0.12;
    for (const kind of kinds) {
      g.fillStyle = colors[kind];
      layer(kind, hits);
    }
  }
  g.globalAlpha = 1;
  g.fillStyle = color('--err');
  for (let i = 0; i < n; i++)
    if (tree.failed[i])
      g.fillRect(((tree.start[i]! + tree.length[i]!) / total) * w - ratio, h - 4 * ratio, 2 * ratio, 4 * ratio);
}
