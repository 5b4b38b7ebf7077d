// The waterfall: a row for each span, of which only those in sight are in the page.
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from 'react';
import { flushSync } from 'react-dom';
import { duration } from '@/lib/format';
import { useStored } from '@/lib/stored';
import type { CriticalPath } from './critical';
import { fit, isLog, logOf, rowHeight, ticks, type Window } from './layout';
import { LogRow, SpanRow } from './Row';
import type { TraceTree } from './tree';

export interface WaterfallHandle {
  reveal: (index: number) => void; // scrolls a row into sight
  focus: () => void;
}

interface WaterfallProps {
  ref: Ref<WaterfallHandle>;
  ahead: boolean; // rows beyond what is in sight are drawn too
  tree: TraceTree;
  rows: Int32Array;
  window: Window;
  selected: number | null; // a row's code
  collapsed: ReadonlySet<number>;
  hits: Uint8Array | null;
  critical: CriticalPath | null;
  logs: boolean;
  onSelect: (row: number) => void;
  onToggle: (at: number) => void;
  onWindow: (window: Window) => void;
  onKey: (e: React.KeyboardEvent) => void;
}

const step = 4; // rows: the list changes when so many went by
const above = 228; // px of what is above the rows, until their height is known
const beyond = 6; // rows beyond what is in sight

export function Waterfall({
  ref,
  ahead,
  tree,
  rows,
  window,
  selected,
  collapsed,
  hits,
  critical,
  logs,
  onSelect,
  onToggle,
  onWindow,
  onKey,
}: WaterfallProps) {
  const box = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [height, setHeight] = useState(() => Math.max(300, innerHeight - above));
  const [names, setNames] = useStored<number | null>('telltale.trace.names', null);

  useLayoutEffect(() => {
    const el = box.current!;
    const watch = new ResizeObserver(() => setHeight(el.clientHeight));
    watch.observe(el);
    return () => watch.disconnect();
  }, []);
  // Rows are there in the frame that shows the new place: scroll events come before it is drawn.
  const onScroll = useCallback(() => {
    const row = Math.floor(box.current!.scrollTop / rowHeight);
    flushSync(() => setFirst(row - (row % step)));
  }, []);
  useImperativeHandle(
    ref,
    () => ({
      reveal: (index) => {
        const el = box.current!;
        const top = index * rowHeight;
        if (top < el.scrollTop) el.scrollTop = Math.max(0, top - rowHeight);
        else if (top + rowHeight > el.scrollTop + el.clientHeight) el.scrollTop = top - el.clientHeight + 2 * rowHeight;
      },
      focus: () => box.current?.focus({ preventScroll: true }),
    }),
    [],
  );
  useWheelZoom(box, window, tree.total, onWindow);

  const onClick = (e: React.MouseEvent) => {
    const target = e.target as HTMLElement;
    const toggle = target.closest<HTMLElement>('[data-toggle]');
    if (toggle) return onToggle(Number(toggle.dataset.toggle));
    const row = target.closest<HTMLElement>('[data-row]');
    if (row) onSelect(Number(row.dataset.row));
  };

  const over = ahead ? beyond : 0;
  const pool = ahead ? Math.ceil((height / rowHeight + 2 * over + step) / step) * step : Math.ceil(height / rowHeight);
  const from = Math.max(0, Math.min(first, rows.length) - over),
    to = Math.min(rows.length, from + pool);
  const shown = [];
  for (let i = from; i < to; i++) shown.push(i);
  const chosen = selected === null ? -1 : (shown.find((i) => rows[i] === selected) ?? -1);

  return (
    <div className="wf" style={names === null ? undefined : { ['--names' as string]: `${names}px` }}>
      <Axis window={window} total={tree.total} onWindow={onWindow} onNames={setNames} />
      <div className="wf-body">
        <div className="wf-grid" aria-hidden>
          <div>
            <div className="wf-lane">
              {ticks(window, 5).map((t) => (
                <i key={t} style={{ left: `${((t - window[0]) / (window[1] - window[0])) * 100}%` }} />
              ))}
            </div>
          </div>
        </div>
        <div
          className="wf-rows"
          ref={box}
          tabIndex={0}
          role="treegrid"
          aria-label="Spans"
          aria-rowcount={rows.length}
          aria-activedescendant={chosen >= 0 ? `wf-${chosen}` : undefined}
          onScroll={onScroll}
          onClick={onClick}
          onKeyDown={onKey}
        >
          <div role="rowgroup" className="wf-all" style={{ height: rows.length * rowHeight }}>
            {shown.map((i) => {
              const row = rows[i]!;
              // Keys go round, so that rows that come into sight take over the elements of those that left.
              if (isLog(row)) {
                const log = logOf(row),
                  span = tree.logSpan[log]!;
                return (
                  <LogRow
                    key={`log-${i % pool}`}
                    log={tree.logs[log]!}
                    row={row}
                    index={i}
                    depth={span < 0 ? 0 : tree.depth[span]! + 1}
                    ns={tree.logTime[log]!}
                    window={window}
                    selected={row === selected}
                  />
                );
              }
              return (
                <SpanRow
                  key={i % pool}
                  tree={tree}
                  at={row}
                  index={i}
                  window={window}
                  selected={row === selected}
                  collapsed={collapsed.has(row)}
                  opens={tree.children[row]! > 0 || (logs && tree.logsOf.has(row))}
                  dim={hits !== null && hits[row] === 0}
                  critical={critical?.parts.get(row)}
                />
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

// Axis is the scale of time. Drawing over it zooms; its left end moves the border to the names.
function Axis({
  window,
  total,
  onWindow,
  onNames,
}: {
  window: Window;
  total: number;
  onWindow: (w: Window) => void;
  onNames: (px: number | null) => void;
}) {
  const lane = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<{ from: number; to: number } | null>(null); // shares of the width
  const share = (e: React.PointerEvent) => {
    const r = lane.current!.getBoundingClientRect();
    return Math.max(0, Math.min(1, (e.clientX - r.left) / r.width));
  };
  const width = window[1] - window[0];
  const finish = () => {
    if (drawn && Math.abs(drawn.to - drawn.from) > 0.005)
      onWindow(fit(window[0] + drawn.from * width, window[0] + drawn.to * width, total));
    setDrawn(null);
  };
  const grip = (e: React.PointerEvent<HTMLElement>) => {
    if (!e.currentTarget.hasPointerCapture(e.pointerId)) return;
    const head = e.currentTarget.closest('.wf-head')!.getBoundingClientRect();
    onNames(Math.round(Math.max(140, Math.min(head.width - 120, e.clientX - head.left))));
  };
  return (
    <div className="wf-head">
      <div className="wf-name">
        Span
        <button
          className="wf-grip"
          aria-label="Width of the names: arrow keys change it"
          onPointerDown={(e) => e.currentTarget.setPointerCapture(e.pointerId)}
          onPointerMove={grip}
          onDoubleClick={() => onNames(null)}
          onKeyDown={(e) => {
            const by = e.key === 'ArrowLeft' ? -24 : e.key === 'ArrowRight' ? 24 : 0;
            if (by !== 0) onNames(Math.max(140, e.currentTarget.parentElement!.clientWidth + by));
          }}
        />
      </div>
      <div
        className="wf-time"
        title="Drag to zoom, double click to see all"
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture(e.pointerId);
          setDrawn({ from: share(e), to: share(e) });
        }}
        onPointerMove={(e) => drawn && setDrawn({ from: drawn.from, to: share(e) })}
        onPointerUp={finish}
        onPointerCancel={() => setDrawn(null)}
        onDoubleClick={() => onWindow([0, total])}
      >
        <div className="wf-lane" ref={lane}>
          {ticks(window, 5).map((t) => (
            <span key={t} className="num" style={{ left: `${((t - window[0]) / width) * 100}%` }}>
              {t === 0 ? '0' : duration(t)}
            </span>
          ))}
          {drawn && (
            <i
              className="wf-drawn"
              style={{
                left: `${Math.min(drawn.from, drawn.to) * 100}%`,
                width: `${Math.abs(drawn.to - drawn.from) * 100}%`,
              }}
            />
          )}
        </div>
      </div>
    </div>
  );
}

// useWheelZoom zooms by the wheel with Ctrl or ⌘, around the pointer, and moves by a sideways wheel.
function useWheelZoom(
  box: React.RefObject<HTMLDivElement | null>,
  window: Window,
  total: number,
  onWindow: (w: Window) => void,
) {
  const latest = useRef({ window, onWindow });
  useEffect(() => {
    latest.current = { window, onWindow };
  });
  useEffect(() => {
    const el = box.current!;
    const onWheel = (e: WheelEvent) => {
      const {
        window: [from, to],
        onWindow: set,
      } = latest.current;
      const width = to - from;
      const zoom = e.ctrlKey || e.metaKey;
      const sideways = !zoom && Math.abs(e.deltaX) > Math.abs(e.deltaY) && width < total;
      if (!zoom && !sideways) return;
      e.preventDefault();
      const lane = el.querySelector('.wf-lane')?.getBoundingClientRect();
      if (!lane || lane.width === 0) return;
      if (sideways) {
        const by = (e.deltaX / lane.width) * width;
        const start = Math.max(0, Math.min(total - width, from + by));
        return set([start, start + width]);
      }
      const share = Math.max(0, Math.min(1, (e.clientX - lane.left) / lane.width));
      const next = Math.min(total, width * Math.exp(Math.max(-1, Math.min(1, e.deltaY / 240))));
      const middle = from + share * width;
      set(fit(Math.max(0, middle - share * next), Math.min(total, middle + (1 - share) * next), total));
    };
    el.addEventListener('wheel', onWheel, { passive: false });
    return () => el.removeEventListener('wheel', onWheel);
  }, [box, total]);
}
