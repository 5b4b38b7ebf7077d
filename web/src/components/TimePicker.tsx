// Chooses the time range of the page.
import { Clock } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { describe, moment, presets, resolve } from '@/lib/range';
import { useRange } from '@/lib/search';

export function TimePicker() {
  const [range, setRange] = useRange();
  const [open, setOpen] = useState(false);
  const choose = (from: string, to: string) => {
    setRange({ from, to });
    setOpen(false);
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="btn" aria-label={`Time range: ${describe(range)}`}><Clock aria-hidden /><span className="wide">{describe(range)}</span></Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu" align="end" sideOffset={4} aria-label="Time range" role="dialog">
          {presets.map((p) => (
            <button key={p.from} className="item btn bare" data-on={range.from === p.from && range.to === 'now'} onClick={() => choose(p.from, 'now')}>{p.label}</button>
          ))}
          <Custom key={range.from + range.to} onChoose={choose} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Custom({ onChoose }: { onChoose: (from: string, to: string) => void }) {
  const [range] = useRange();
  const [from, setFrom] = useState(range.from);
  const [to, setTo] = useState(range.to);
  const now = Date.now();
  const wrong = (text: string) => moment(local(text), now) === null;
  const upsideDown = !wrong(from) && !wrong(to) && moment(local(from), now)! >= moment(local(to), now)!;
  const submit = (e: React.FormEvent) => {
    e.preventDefault();
    if (!wrong(from) && !wrong(to) && !upsideDown) onChoose(local(from), local(to));
  };
  const ends = resolve(range, now);
  return (
    <form className="range-form" onSubmit={submit}>
      <label className="field">From<input className="input" value={from} aria-invalid={wrong(from)} onChange={(e) => setFrom(e.target.value)} placeholder={new Date(ends.from).toLocaleString()} /></label>
      <label className="field">To<input className="input" value={to} aria-invalid={wrong(to)} onChange={(e) => setTo(e.target.value)} /></label>
      <p className="muted">{upsideDown ? 'The range ends before it begins.' : wrong(from) || wrong(to) ? 'Write -15m, now, 2026-01-31 14:05 or a Unix time.' : 'Such as -2h and now, or 2026-01-31 14:05 in local time.'}</p>
      <button className="btn primary" disabled={wrong(from) || wrong(to) || upsideDown}>Use this range</button>
    </form>
  );
}

// local reads "2026-01-31 14:05" as local time and writes it as the API wants it; anything else stays.
function local(text: string): string {
  const t = text.trim();
  if (!/^\d{4}-\d\d-\d\d( |T)\d\d:\d\d(:\d\d)?$/.test(t)) return t;
  const at = new Date(t.replace(' ', 'T'));
  return Number.isNaN(at.getTime()) ? t : at.toISOString();
}
