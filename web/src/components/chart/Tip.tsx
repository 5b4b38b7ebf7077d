// The values at the cursor. It lies over the page, so that no panel cuts it off.
import { useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from 'react';
import { createPortal } from 'react-dom';
import { css, seriesColor } from './palette';
import type { ChartProps, Pointed } from './types';
import { zoneOf } from './zone';

export interface TipHandle {
  show: (at: Pointed | null) => void;
}

const rowsMost = 12;
const near = 1 / 120; // of the range: marks so close to the cursor are told

/** Holds its own state: moving the cursor draws nothing else again. */
export function Tip({ ref, latest }: { ref: Ref<TipHandle>; latest: { current: ChartProps } }) {
  const [at, setAt] = useState<Pointed | null>(null);
  useImperativeHandle(ref, () => ({ show: setAt }), []);
  const time = at ? latest.current.times[at.index] : undefined;
  if (!at || time === undefined) return null;
  return createPortal(<Box at={at} time={time} props={latest.current} />, document.body);
}

interface Row {
  name: string;
  value: number;
  text: string;
  color: string;
}

function rowsOf(p: ChartProps, index: number): Row[] {
  return p.series
    .flatMap((s, i): Row[] => {
      const value = s.hidden || s.untold ? null : s.values[index];
      return value == null || Number.isNaN(value)
        ? []
        : [{ name: s.name, value, text: (s.format ?? p.format)(value), color: s.color ?? seriesColor(i) }];
    })
    .sort((a, b) => b.value - a.value);
}

// closest finds the row whose line is next to the cursor; those of a stack are not where their values are.
function closest(rows: Row[], p: ChartProps, value: number | null): Row | undefined {
  if (value === null || p.stack || rows.length < 2) return undefined;
  return rows.reduce((a, b) => (Math.abs(b.value - value) < Math.abs(a.value - value) ? b : a));
}

function Box({ at, time, props }: { at: Pointed; time: number; props: ChartProps }) {
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<{ left: number; top: number }>();
  useLayoutEffect(() => {
    const { width, height } = box.current!.getBoundingClientRect();
    const beside = at.x + 14 + width < innerWidth - 4 ? at.x + 14 : at.x - 14 - width;
    const left = Math.max(4, beside),
      top = Math.max(4, Math.min(at.y + 10, innerHeight - height - 4));
    setPlace((old) => (old?.left === left && old.top === top ? old : { left, top }));
  }, [at]);
  const rows = rowsOf(props, at.index);
  const mine = closest(rows, props, at.value);
  const span =
    (props.range ? props.range.to - props.range.from : (props.times.at(-1) ?? 0) - (props.times[0] ?? 0)) * near;
  const marks = (props.marks ?? []).filter((m) => Math.abs(m.time - time) <= span);
  const shown =
    mine && rows.indexOf(mine) >= rowsMost ? [...rows.slice(0, rowsMost - 1), mine] : rows.slice(0, rowsMost);
  return (
    <div className="tip" ref={box} style={place ?? { visibility: 'hidden' }} aria-hidden>
      <div className="num muted">
        {new Date(time).toLocaleString('sv', {
          timeZone: zoneOf(props.timezone),
          timeZoneName: props.timezone ? 'short' : undefined,
        })}
      </div>
      {shown.map((r, i) => (
        <div key={i} className="tip-row" data-near={r === mine}>
          <i className="swatch" style={{ background: css(r.color) }} />
          <span className="foreign-line">{r.name}</span>
          <b className="num">{r.text}</b>
        </div>
      ))}
      {rows.length > shown.length && <div className="muted">{rows.length - shown.length} more</div>}
      {rows.length === 0 && <div className="muted">no value</div>}
      {marks.slice(0, 4).map((m, i) => (
        <div key={`mark${i}`} className="tip-row">
          <i className="swatch" style={{ background: css(m.color ?? '--warn') }} />
          <span className="foreign-line">{m.title}</span>
        </div>
      ))}
    </div>
  );
}
