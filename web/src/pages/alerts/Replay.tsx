// A file of rules over stored history: which alerts would have fired, and when.
import { useQuery } from '@tanstack/react-query';
import { Play, Square } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { ask, write, type Schemas } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { duration, plural } from '@/lib/format';
import { describe, resolve } from '@/lib/range';
import { useRange, useUrlState } from '@/lib/search';
import { useKeys } from '@/lib/keys';
import { ReplayResult } from './ReplayResult';
import { ruleFile } from './ruleFile';
import { replayRules } from './stream';

const draftKey = 'telltale.replay';

const sample = `groups:
  - name: tried
    rules:
      - alert: ManyErrors
        expr: sum by (job) (rate(http_requests_total{status=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m])) > 0.05
        for: 1m
        labels:
          severity: warning
        annotations:
          summary: "{{ $labels.job }} fails {{ $value | humanizePercentage }}"
`;

export default function Replay() {
  const [range] = useRange();
  const [search, set] = useUrlState();
  const rules = useQuery(ask('/api/v1/rules'));
  const alerts = (rules.data?.groups ?? []).flatMap((g) => g.rules).filter((r) => r.kind === 'alert');
  const chosen = alerts.find((r) => r.name === search.rule);
  const [text, setText] = useState(() => sessionStorage.getItem(draftKey) ?? sample);
  const [step, setStep] = useState('');
  const { run, stop, progress, result, error, check } = useReplay();
  useEffect(() => sessionStorage.setItem(draftKey, text), [text]);
  const taken = useRef<string | null>(null);
  useEffect(() => {
    if (chosen && taken.current !== chosen.name) {
      taken.current = chosen.name;
      setText(ruleFile(chosen));
    }
  }, [chosen]);
  const stepWrong = step !== '' && !/^\d+(ms|s|m|h)$/.test(step);
  const start = () => !stepWrong && run(text, range, step);
  useKeys({ 'mod+enter': start });
  return (
    <div className="page stack">
      <div className="al-bar">
        <label className="al-choice">
          Rule{' '}
          <select
            className="input"
            value={chosen?.name ?? ''}
            onChange={(e) => {
              taken.current = null;
              set({ rule: e.target.value });
            }}
          >
            <option value="">one of my own</option>
            {[...new Set(alerts.map((r) => r.name))].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className="al-choice">
          Step{' '}
          <input
            className="input"
            value={step}
            size={6}
            placeholder="auto"
            aria-invalid={stepWrong}
            onChange={(e) => setStep(e.target.value.trim())}
          />
        </label>
        <span className="muted">over {describe(range).toLowerCase()}, as chosen above</span>
      </div>
      <label className="field">
        Rules, in the format of Prometheus
        <textarea className="input rp-text" spellCheck={false} value={text} onChange={(e) => setText(e.target.value)} />
      </label>
      <div className="al-bar" aria-live="polite">
        {progress ? (
          <>
            <button className="btn" onClick={stop}>
              <Square aria-hidden />
              Stop
            </button>
            <progress
              className="rp-progress"
              max={progress.total || 1}
              value={progress.done}
              aria-label="How far the replay is"
            />
            <span className="muted">{progress.rule}</span>
          </>
        ) : (
          <button className="btn primary" disabled={stepWrong} onClick={start}>
            <Play aria-hidden />
            Replay <kbd>Ctrl Enter</kbd>
          </button>
        )}
        {stepWrong && <span className="err">A step is written as 30s or 1m.</span>}
        {result && !progress && (
          <span className="muted">
            Evaluated every {duration(result.step_ns)}
            {result.recorded_samples > 0 &&
              `; ${plural(result.recorded_samples, 'sample')} of recording rules, in memory alone`}
            {result.truncated && '; there were more periods than are shown'}
          </span>
        )}
      </div>
      {error !== null && <ErrorNote error={error} />}
      {check && <Problems check={check} />}
      {result && <ReplayResult result={result} text={text} range={resolve({ from: result.from, to: result.to })} />}
    </div>
  );
}

function useReplay() {
  const [progress, setProgress] = useState<Schemas['ReplayProgress'] | null>(null);
  const [result, setResult] = useState<Schemas['RuleReplay'] | null>(null);
  const [check, setCheck] = useState<Schemas['RuleCheck'] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const go = async (text: string, range: { from: string; to: string }, step: string) => {
    abort.current?.abort();
    const own = (abort.current = new AbortController());
    setProgress({ done: 0, total: 0, rule: '' });
    setError(null);
    setCheck(null);
    try {
      // What is wrong is told with line and column, which the replay alone does not.
      const found = await write('post', '/api/v1/rules/check', undefined, text, own.signal);
      if (found.problems.length > 0) setCheck(found);
      if (found.ok) setResult(await replayRules(text, range, step, setProgress, own.signal));
      else setResult(null);
    } catch (e) {
      if (!own.signal.aborted) setError(e);
    }
    if (abort.current === own) setProgress(null);
  };
  const stop = () => {
    abort.current?.abort();
    setProgress(null);
  };
  return {
    run: (text: string, range: { from: string; to: string }, step: string) => void go(text, range, step),
    stop,
    progress,
    result,
    check,
    error,
  };
}

function Problems({ check }: { check: Schemas['RuleCheck'] }) {
  return (
    <div className={check.ok ? 'note warn' : 'note err'} role="alert">
      <ul className="al-plain">
        {check.problems.map((p, i) => (
          <li key={i}>
            <b>
              {p.warning ? 'Hardly meant' : 'Wrong'}
              {p.line ? `, line ${p.line}${p.column ? `, column ${p.column}` : ''}` : ''}
              {p.rule ? `, ${p.rule}` : ''}:
            </b>{' '}
            <span className="foreign">{p.message}</span>
            {p.hint && <div className="muted foreign">{p.hint}</div>}
          </li>
        ))}
      </ul>
    </div>
  );
}
