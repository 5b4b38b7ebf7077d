// Chooses the time range of the page.
import { ChevronLeft, ChevronRight, Clock, ZoomOut } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { asLocal, fromLocal, inUTC } from '@/components/times';
import { between, describe, isLive, moment, presets, resolve, type Range } from '@/lib/range';
import { useRange } from '@/lib/search';
import { useKeys } from '@/lib/keys';

export function TimePicker() {
  const [range, setRange] = useRange();
  const [open, setOpen] = useState(false);
  const choose = (r: Range) => {
    setRange(r);
    setOpen(false);
  };
  useKeys({ t: () => setOpen(true) });
  const { from, to } = resolve(range);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className="btn"
        aria-label={`Time range: ${describe(range)}`}
        title={`${inUTC(from)} – ${isLive(range) ? 'now' : inUTC(to)} (t)`}
      >
        <Clock aria-hidden />
        <span className="wide">{describe(range)}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="menu"
          align="end"
          sideOffset={4}
          aria-label="Time range"
          role="dialog"
          onKeyDown={walk}
        >
          {presets.map((p) => (
            <button
              key={p.from}
              className="item btn bare"
              aria-pressed={range.from === p.from && isLive(range)}
              onClick={() => choose({ from: p.from, to: 'now' })}
            >
              {p.label}
            </button>
          ))}
          <Moves range={range} onChoose={setRange} />
          <Custom key={range.from + range.to} range={range} onChoose={choose} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

// walk moves among the buttons of the menu by arrows.
function walk(e: React.KeyboardEvent<HTMLElement>) {
  const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  e.preventDefault();
  const all = [...e.currentTarget.querySelectorAll<HTMLElement>('button:not(:disabled), input')];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[(at + step + all.length) % all.length]?.focus();
}

// Moves shift the range by half of it, or make it twice as long; it stays open, for several steps.
function Moves({ range, onChoose }: { range: Range; onChoose: (r: Range) => void }) {
  const { from, to } = resolve(range);
  const half = (to - from) / 2;
  return (
    <div className="range-moves">
      <button className="btn small" onClick={() => onChoose(between(from - half, to - half))}>
        <ChevronLeft aria-hidden />
        Earlier
      </button>
      <button
        className="btn small"
        disabled={isLive(range)}
        onClick={() =>
          onChoose(
            to + half >= Date.now()
              ? { from: `-${Math.round((to - from) / 1000)}s`, to: 'now' }
              : between(from + half, to + half),
          )
        }
      >
        Later
        <ChevronRight aria-hidden />
      </button>
      <button
        className="btn small"
        onClick={() =>
          onChoose(
            isLive(range)
              ? { from: `-${Math.round((2 * (to - from)) / 1000)}s`, to: 'now' }
              : between(from - half, Math.min(Date.now(), to + half)),
          )
        }
      >
        <ZoomOut aria-hidden />
        Wider
      </button>
    </div>
  );
}

function Custom({ range, onChoose }: { range: Range; onChoose: (r: Range) => void }) {
  const [from, setFrom] = useState(() => asLocal(range.from));
  const [to, setTo] = useState(() => asLocal(range.to));
  const now = Date.now();
  const [f, t] = [moment(fromLocal(from), now), moment(fromLocal(to), now)];
  const upsideDown = f !== null && t !== null && f >= t;
  const fine = f !== null && t !== null && !upsideDown;
  const submit = (e: React.FormEvent) => {
    e.preventDefault();
    if (fine) onChoose({ from: fromLocal(from), to: fromLocal(to) });
  };
  return (
    <form className="range-form" onSubmit={submit}>
      <label className="field">
        From, local time
        <input className="input" value={from} aria-invalid={f === null} onChange={(e) => setFrom(e.target.value)} />
      </label>
      <label className="field">
        To, local time
        <input className="input" value={to} aria-invalid={t === null} onChange={(e) => setTo(e.target.value)} />
      </label>
      <p className="muted" aria-live="polite">
        {upsideDown ? (
          'The range ends before it begins.'
        ) : fine ? (
          <span className="num">
            {inUTC(f)}
            <br />
            {inUTC(t)}
          </span>
        ) : (
          'Write -15m, now, 2026-01-31 14:05, the same with Z for UTC, or a Unix time.'
        )}
      </p>
      <button className="btn primary" disabled={!fine}>
        Use this range
      </button>
    </form>
  );
}
