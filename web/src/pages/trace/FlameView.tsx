// The flame view, on a canvas: only what is in sight is drawn. Below it, where the time went.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { count, duration, percent } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { kindName } from '@/lib/spans';
import { color, useTheme } from '@/lib/theme';
import { layFlame, selfTimes, spanAt, type Flame } from './flame';
import { ticks, windowOf, type Window } from './layout';
import { kindColors } from './Minimap';
import { isMissing, type TraceTree } from './tree';

const lane = 19; // px

interface FlameProps {
  tree: TraceTree;
  window: Window;
  onWindow: (w: Window) => void;
  selected: number | null;
  onSelect: (at: number) => void;
  onShow: (filter: string, at?: number) => void;
}

export default function FlameView({ tree, window, onWindow, selected, onSelect, onShow }: FlameProps) {
  const flame = useMemo(() => layFlame(tree), [tree]);
  const box = useRef<HTMLDivElement>(null),
    canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [hover, setHover] = useState<{ at: number; x: number; y: number } | null>(null);
  const theme = useTheme();

  useEffect(() => {
    const el = box.current!;
    const watch = new ResizeObserver(() => setSize({ width: el.clientWidth, height: el.clientHeight }));
    watch.observe(el);
    return () => watch.disconnect();
  }, []);
  const draw = useCallback(() => {
    if (size.width > 0)
      paint(canvas.current!, size, box.current!.scrollTop, tree, flame, window, selected, hover?.at ?? -1);
  }, [size, tree, flame, window, selected, hover?.at]);
  useEffect(draw, [draw, theme]);

  const under = (e: React.MouseEvent): number => {
    const r = canvas.current!.getBoundingClientRect();
    const ns = (window[1] - window[0]) / r.width;
    return spanAt(
      tree,
      flame,
      Math.floor((e.clientY - r.top + box.current!.scrollTop - lane) / lane),
      window[0] + (e.clientX - r.left) * ns,
      ns,
    );
  };
  const onMove = (e: React.MouseEvent) => {
    const at = under(e);
    const r = box.current!.getBoundingClientRect();
    setHover(at < 0 ? null : { at, x: Math.min(e.clientX - r.left + 12, r.width - 280), y: e.clientY - r.top + 16 });
  };
  const onClick = (e: React.MouseEvent) => {
    const at = under(e);
    if (at < 0) return;
    if (at === selected) onWindow(windowOf(tree, at));
    else onSelect(at);
  };
  return (
    <>
      <p className="flame-help muted">
        Click a span for its details, once more to zoom in on it; double click to see all.{' '}
        {flame.lanes > 1 && `${count(flame.lanes)} lanes.`}
      </p>
      <div
        className="flame"
        ref={box}
        tabIndex={0}
        role="group"
        aria-label="Flame view; the table below has the same spans by name"
        onScroll={draw}
        onMouseMove={onMove}
        onMouseLeave={() => setHover(null)}
        onClick={onClick}
        onDoubleClick={() => onWindow([0, tree.total])}
      >
        <canvas ref={canvas} aria-hidden style={{ width: size.width, height: size.height }} />
        <div aria-hidden style={{ height: Math.max(0, (flame.lanes + 2) * lane - size.height) }} />
        {hover && <Tip tree={tree} at={hover.at} x={hover.x} y={hover.y + (box.current?.scrollTop ?? 0)} />}
      </div>
      <SelfTimes tree={tree} onShow={onShow} />
    </>
  );
}

function Tip({ tree, at, x, y }: { tree: TraceTree; at: number; x: number; y: number }) {
  const span = tree.spans[at]!;
  return (
    <div className="flame-tip" style={{ left: Math.max(4, x), top: y }}>
      <b className="foreign">{visible(span.name ?? '', 160)}</b>
      <div className="muted">
        {span.service && visible(span.service, 80)} · {kindName[tree.kind[at]!]}
        {tree.failed[at] ? <span className="err"> · ✕ failed</span> : null}
      </div>
      <div className="num">
        {duration(tree.length[at])}, self {duration(tree.self[at])}
      </div>
    </div>
  );
}

function paint(
  canvas: HTMLCanvasElement,
  size: { width: number; height: number },
  top: number,
  tree: TraceTree,
  flame: Flame,
  [from, to]: Window,
  selected: number | null,
  hover: number,
) {
  const ratio = devicePixelRatio;
  const w = Math.round(size.width * ratio),
    h = Math.round(size.height * ratio);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const g = canvas.getContext('2d');
  if (!g) return;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, size.width, size.height);
  const colors = kindColors(),
    ink = color('--surface'),
    err = color('--err'),
    text = color('--text'),
    muted = color('--muted');
  const perNs = size.width / (to - from);
  g.font = '11px "Inter Variable", system-ui, sans-serif';
  g.textBaseline = 'middle';
  const first = Math.max(0, Math.floor((top - lane) / lane)),
    last = Math.min(flame.lanes, Math.ceil((top + size.height) / lane));
  for (let l = first; l < last; l++) {
    const y = (l + 1) * lane - top;
    let drawnTo = -1; // spans narrower than a pixel that follow one another are drawn once
    for (const i of flame.byLane[l]!) {
      const start = tree.start[i]!,
        end = start + tree.length[i]!;
      if (end < from || start > to) continue;
      const x = Math.max(-2, (start - from) * perNs),
        right = Math.min(size.width + 2, (end - from) * perNs);
      const width = Math.max(right - x - 0.5, 0.7);
      const marked = i === selected || i === hover;
      if (x + width <= drawnTo && !marked && !tree.failed[i]) continue;
      drawnTo = Math.max(drawnTo, x + width);
      g.fillStyle = colors[tree.kind[i]!];
      g.globalAlpha = isMissing(tree, i) ? 0.25 : i === hover ? 0.8 : 1;
      g.fillRect(x, y, width, lane - 2);
      g.globalAlpha = 1;
      if (tree.failed[i]) {
        g.fillStyle = err;
        g.fillRect(x, y + lane - 5, width, 3);
      }
      if (i === selected) {
        g.strokeStyle = text;
        g.lineWidth = 2;
        g.strokeRect(x + 1, y + 1, Math.max(width - 2, 1), lane - 4);
      }
      if (width > 34) {
        const letters = Math.floor((width - 8) / 5.6);
        const name = `${tree.failed[i] ? '✕ ' : ''}${visible(tree.spans[i]!.name ?? '', 200)}`;
        g.fillStyle = isMissing(tree, i) ? text : ink;
        g.save();
        g.beginPath();
        g.rect(x, y, width - 2, lane);
        g.clip();
        g.fillText(name.length > letters ? name.slice(0, letters) : name, Math.max(x, 0) + 4, y + lane / 2 - 0.5);
        g.restore();
      }
    }
  }
  g.fillStyle = color('--bg');
  g.fillRect(0, 0, size.width, lane - 2);
  g.fillStyle = muted;
  for (const t of ticks([from, to], Math.max(2, size.width / 140)))
    if ((t - from) * perNs < size.width - 44)
      g.fillText(t === 0 ? '0' : duration(t), (t - from) * perNs + 3, lane / 2 - 1);
}

const few = 200;

function SelfTimes({ tree, onShow }: { tree: TraceTree; onShow: (filter: string, at?: number) => void }) {
  const list = useMemo(() => selfTimes(tree), [tree]);
  const sum = list.reduce((n, s) => n + s.self, 0);
  const [all, setAll] = useState(false);
  return (
    <div className="flame-self" tabIndex={0} role="group" aria-label="Self time by name">
      <table className="plain">
        <thead>
          <tr>
            <th>Self time by name</th>
            <th>Service</th>
            <th className="right">Self time</th>
            <th className="right">Share</th>
            <th className="right">Spans</th>
            <th className="right">Mean duration</th>
            <th className="right">Errors</th>
          </tr>
        </thead>
        <tbody>
          {list.slice(0, all ? 5000 : few).map((s) => (
            <tr key={`${s.service}\n${s.name}`}>
              <td>
                <button
                  className="link foreign"
                  onClick={() =>
                    onShow(
                      `${s.service ? `service:"${s.service.replaceAll('"', '')}" ` : ''}name:"${s.name.replaceAll('"', '')}"`,
                      s.first,
                    )
                  }
                >
                  {visible(s.name, 120) || 'no name'}
                </button>
              </td>
              <td className="foreign">{visible(s.service, 60)}</td>
              <td className="right num nowrap">{duration(s.self)}</td>
              <td className="right num nowrap flame-share">
                <i style={{ width: `${sum > 0 ? (s.self / sum) * 100 : 0}%` }} />
                {sum > 0 ? part(s.self / sum) : '–'}
              </td>
              <td className="right num">{count(s.count)}</td>
              <td className="right num nowrap">{duration(s.total / s.count)}</td>
              <td className={s.errors > 0 ? 'right num err' : 'right num'}>
                {s.errors > 0 ? `✕ ${count(s.errors)}` : '0'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.length > few && !all && (
        <button className="btn small" onClick={() => setAll(true)}>
          Show all {count(list.length)}
        </button>
      )}
    </div>
  );
}

/** What is next to nothing of a trace is not worth its digits. */
const part = (share: number): string => (share > 0 && share < 0.0001 ? '<0.01 %' : percent(share));
