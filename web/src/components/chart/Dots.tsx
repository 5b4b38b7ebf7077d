// Moments that can be followed: buttons over the plot. One is in the order of tabs, arrows go on from it.
import { useImperativeHandle, useState, type Ref } from 'react';
import type uPlot from 'uplot';
import type { ChartDot } from './types';

export interface DotsHandle {
  moved: (u: uPlot) => void; // scales or sizes may be others
}

interface Place {
  left: number;
  top: number;
}

export function Dots({ ref, dots, plot }: { ref: Ref<DotsHandle>; dots: ChartDot[]; plot: { current: uPlot | null } }) {
  const [, setView] = useState('');
  useImperativeHandle(
    ref,
    () => ({
      moved: (u) => {
        const { x, y } = u.scales;
        setView([x?.min, x?.max, y?.min, y?.max, u.over.clientWidth, u.over.clientHeight, u.over.offsetLeft].join());
      },
    }),
    [],
  );
  const u = plot.current;
  if (!u || dots.length === 0) return null;
  const shown = dots.flatMap((dot) => {
    const place = placeOf(u, dot);
    return place ? [{ dot, place }] : [];
  });
  const onKeyDown = (e: React.KeyboardEvent) => {
    const step =
      e.key === 'ArrowRight' ? 'nextElementSibling' : e.key === 'ArrowLeft' ? 'previousElementSibling' : null;
    if (!step) return;
    e.preventDefault();
    (document.activeElement?.[step] as HTMLElement | null)?.focus();
  };
  if (shown.length === 0) return null;
  return (
    <div className="dots" role="group" aria-label={`Traces: ${shown.length}`} onKeyDown={onKeyDown}>
      {shown.map(({ dot, place }, i) => (
        <button
          key={i}
          className="dot"
          style={place}
          tabIndex={i === 0 ? 0 : -1}
          title={dot.title}
          aria-label={dot.title}
          onClick={dot.open}
        />
      ))}
    </div>
  );
}

// A dot above the axis stays at its edge; one outside of the time range is not there.
function placeOf(u: uPlot, dot: ChartDot): Place | null {
  const { offsetLeft, offsetTop, clientWidth, clientHeight } = u.over;
  const left = u.valToPos(dot.time / 1000, 'x');
  const top = u.valToPos(dot.value, 'y');
  if (!Number.isFinite(left) || !Number.isFinite(top) || left < 0 || left > clientWidth) return null;
  return { left: Math.round(left) + offsetLeft, top: Math.round(Math.min(clientHeight, Math.max(0, top))) + offsetTop };
}
