// Sends a test alert, and says who took it.
import { useState } from 'react';
import { write, type Schemas } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { duration } from '@/lib/format';
import { readMatchers } from './matchers';

export function TestAlert() {
  const [labels, setLabels] = useState('severity="warning"');
  const [done, setDone] = useState<Schemas['AlertTest'] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const read = readMatchers(labels);
  const wrong = read === null || read.some((m) => m.operator !== '=');
  const send = async (e: React.FormEvent) => {
    e.preventDefault();
    if (wrong || busy) return;
    setBusy(true);
    setDone(null);
    setError(null);
    try {
      setDone(
        await write('post', '/api/v1/alerts/test', undefined, {
          labels: Object.fromEntries(read.map((m) => [m.name, m.value])),
        }),
      );
    } catch (e) {
      setError(e);
    }
    setBusy(false);
  };
  return (
    <section className="panel" aria-label="Test alert">
      <header>
        <h2>Send a test alert</h2>
      </header>
      <form className="body stack" onSubmit={(e) => void send(e)}>
        <p className="muted al-text">
          Goes at once through the routes that its labels choose, past grouping and silences. PagerDuty and OpsGenie
          open an incident, to be closed by hand.
        </p>
        <div className="al-bar">
          <input
            className="input mono al-filter"
            aria-label="Labels of the test alert"
            value={labels}
            aria-invalid={wrong}
            onChange={(e) => setLabels(e.target.value)}
          />
          <button className="btn" disabled={wrong || busy}>
            {busy ? 'Sending…' : 'Send it'}
          </button>
          {wrong && (
            <span className="err">Write labels as severity=&quot;critical&quot;, service=&quot;chat&quot;.</span>
          )}
        </div>
        <div aria-live="polite" className="stack">
          {error !== null && <ErrorNote error={error} />}
          {done && <Took done={done} />}
        </div>
      </form>
    </section>
  );
}

function Took({ done }: { done: Schemas['AlertTest'] }) {
  if (done.receivers.length === 0)
    return (
      <div className="note warn">
        <b>Nobody was told:</b> the route of these labels ends at no receiver.
      </div>
    );
  return (
    <>
      {(done.silenced_by?.length ?? 0) > 0 && (
        <div className="note warn">A silence would hold such an alert back; the test passed it by.</div>
      )}
      {done.receivers.map((r) => (
        <div key={`${r.receiver} ${r.integration} ${r.index}`} className={r.error ? 'note err' : 'note'}>
          <div>
            <b className="foreign">{r.receiver}</b> over {r.integration}{' '}
            {r.error ? 'did not take it' : `took it in ${duration(r.took_ns)}`}
            {r.error && <div className="foreign">{r.error}</div>}
          </div>
        </div>
      ))}
    </>
  );
}
