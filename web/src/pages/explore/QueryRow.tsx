// One query: its editor, what went wrong, what it took.
import { Eye, EyeOff, X } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { ApiError } from '@/api/client';
import { count } from '@/lib/format';
import type { Query } from './address';
import { mistakeOf } from './metrics';
import type { Asked } from './useAnswers';

const PromQLEditor = lazy(() => import('./editor/PromQLEditor'));

interface Props {
  letter: string;
  draft: Query;
  asked: Asked | undefined; // of the same text
  changed: boolean;
  alone: boolean;
  onChange: (expr: string) => void;
  onRun: () => void;
  onRemove: () => void;
  onSwitch: () => void;
}

export function QueryRow({ letter, draft, asked, changed, alone, onChange, onRun, onRemove, onSwitch }: Props) {
  return (
    <div className="query-row" data-off={draft.off}>
      <span className="query-letter" aria-hidden>
        {letter}
      </span>
      <div className="query-edit">
        <Suspense
          fallback={
            <textarea
              className="input mono query-wait"
              aria-label={`Query ${letter}`}
              value={draft.expr}
              onChange={(e) => onChange(e.target.value)}
            />
          }
        >
          <PromQLEditor
            label={`Query ${letter}`}
            value={draft.expr}
            onChange={onChange}
            onRun={onRun}
            invalid={asked?.error != null}
            autoFocus={draft.expr === ''}
          />
        </Suspense>
        {asked?.error ? (
          <Wrong error={asked.error} expr={asked.expr} />
        ) : (
          <Told asked={asked} changed={changed} off={draft.off} />
        )}
      </div>
      <button
        className="btn bare"
        onClick={onSwitch}
        aria-pressed={!draft.off}
        aria-label={draft.off ? `Switch query ${letter} on` : `Switch query ${letter} off`}
        title={draft.off ? 'Switch on' : 'Switch off'}
      >
        {draft.off ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
      </button>
      <button
        className="btn bare"
        onClick={onRemove}
        disabled={alone && draft.expr === ''}
        aria-label={`Remove query ${letter}`}
        title="Remove"
      >
        <X aria-hidden />
      </button>
    </div>
  );
}

function Told({ asked, changed, off }: { asked: Asked | undefined; changed: boolean; off: boolean }) {
  if (off) return <div className="query-told muted">Switched off.</div>;
  if (changed) return <div className="query-told muted">Changed: Shift or Ctrl and Enter runs it.</div>;
  if (!asked?.results || !asked.answer) return null;
  const { stats } = asked.answer.data;
  const n = asked.results.length;
  const warnings = [...(asked.answer.warnings ?? []), ...(asked.answer.infos ?? [])];
  return (
    <div className="query-told muted">
      {n === 1 ? '1 series' : `${count(n)} series`} · {Math.round(asked.ms ?? 0)} ms
      {stats?.samples?.totalQueryableSamples !== undefined &&
        ` · ${count(stats.samples.totalQueryableSamples)} samples read`}
      {n === 0 && <span> · nothing has this name and labels in the time range</span>}
      {warnings.slice(0, 3).map((w) => (
        <span key={w} className="warn foreign">
          {' '}
          · {w}
        </span>
      ))}
    </div>
  );
}

function Wrong({ error, expr }: { error: Error; expr: string }) {
  const { message, at } = mistakeOf(error.message, expr);
  return (
    <div className="query-wrong" role="alert">
      {at !== undefined && (
        <pre aria-hidden>
          {expr.slice(0, at)}
          <mark>{expr[at] ?? ' '}</mark>
          {expr.slice(at + 1)}
        </pre>
      )}
      <span className="err foreign">{message}</span>
      {at !== undefined && <span className="muted"> at character {at + 1}</span>}
      {error instanceof ApiError && error.hint && <span className="muted"> {error.hint}</span>}
    </div>
  );
}
