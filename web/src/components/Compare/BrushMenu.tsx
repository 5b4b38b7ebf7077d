// What can be done with a selected time: floats where it was drawn.
import { GitCompareArrows, X, ZoomIn } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import type { Brush } from '@/components/Compare/brush';
import { describe, between } from '@/lib/range';
import { useKeys } from '@/lib/keys';
import '@/components/Compare/compare.css';

const margin = 8; // px to the edges of the window

export function BrushMenu({ brush, compare = true }: { brush: Brush; compare?: boolean }) {
  const { selection, comparing } = brush;
  const open = selection !== null && !comparing;
  const pointer = useRef<{ x: number; y: number } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useKeys({ Escape: brush.clear, z: brush.zoom, ...(compare ? { c: brush.compare } : {}) }, { enabled: open });
  useLayoutEffect(() => {
    const note = (e: PointerEvent) => {
      if (!(e.target instanceof Node && box.current?.contains(e.target)))
        pointer.current = { x: e.clientX, y: e.clientY };
    };
    addEventListener('pointerup', note, { capture: true });
    return () => removeEventListener('pointerup', note, { capture: true });
  }, []);
  useLayoutEffect(() => {
    const el = box.current;
    if (!open || !el) return;
    const { offsetWidth: w, offsetHeight: h } = el;
    // Opened by a link, there is no pointer: then at the top, in the middle.
    const at = pointer.current ?? { x: innerWidth / 2 + w / 2, y: 96 };
    el.style.left = `${Math.max(margin, Math.min(innerWidth - w - margin, at.x - w))}px`;
    el.style.top = `${Math.max(margin, Math.min(innerHeight - h - margin, at.y + 10))}px`;
  }, [open, selection]);
  if (!open) return null;
  return (
    <div className="brush-menu menu" ref={box} role="toolbar" aria-label="Selected time">
      <span className="muted num">{describe(between(selection.from, selection.to))}</span>
      <button className="btn small" onClick={brush.zoom}>
        <ZoomIn aria-hidden />
        Zoom in <kbd>z</kbd>
      </button>
      {compare && (
        <button className="btn small" onClick={brush.compare}>
          <GitCompareArrows aria-hidden />
          Compare with the rest <kbd>c</kbd>
        </button>
      )}
      <button className="btn bare small" onClick={brush.clear} aria-label="Forget the selection" title="Esc">
        <X aria-hidden />
      </button>
    </div>
  );
}
