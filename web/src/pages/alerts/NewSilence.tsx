// Makes a silence, and shows before what it would hold back.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { useDeferredValue, useId, useState } from 'react';
import { ask } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { Modal } from '@/components/Modal';
import { clock, date, plural } from '@/lib/format';
import { moment } from '@/lib/range';
import { createSilence, matchedAlerts } from './alertmanager';
import { tellingLabels } from './links';
import { matchesAll, readMatchers, type Matcher, type Operator } from './matchers';

const lengths: [string, string][] = [
  ['30m', '30 minutes'],
  ['1h', '1 hour'],
  ['2h', '2 hours'],
  ['4h', '4 hours'],
  ['12h', '12 hours'],
  ['1d', '1 day'],
  ['1w', '1 week'],
];
const nameKey = 'telltale.name';

function remembered(): string {
  try {
    return localStorage.getItem(nameKey) ?? '';
  } catch {
    return ''; // storage may be forbidden
  }
}

function remember(name: string) {
  try {
    localStorage.setItem(nameKey, name);
  } catch {
    // then it is asked again
  }
}

export function NewSilence({ initial, onClose }: { initial: string; onClose: () => void }) {
  const client = useQueryClient();
  const [matchers, setMatchers] = useState<Matcher[]>(() => readMatchers(initial) ?? []);
  const [length, setLength] = useState('2h');
  const [comment, setComment] = useState('');
  const [name, setName] = useState(remembered);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState(false); // what is missing is marked after the first try
  const used = matchers.filter((m) => m.name.trim() !== '');
  const everything = matchesAll(used);
  const missing = everything || comment.trim() === '' || name.trim() === '';
  const submit = async (e: React.FormEvent) => {
    e.preventDefault();
    setTold(true);
    if (missing || busy) return;
    setBusy(true);
    setError(null);
    try {
      remember(name.trim());
      const now = Date.now();
      await createSilence({
        matchers: used,
        startsAt: new Date(now),
        endsAt: new Date(now + now - moment(`-${length}`, now)!),
        createdBy: name.trim(),
        comment: comment.trim(),
      });
      await Promise.all([
        client.invalidateQueries({ queryKey: ['silences'] }),
        client.invalidateQueries({ queryKey: ['/api/v1/alerts'] }),
      ]);
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  const now = Date.now();
  const end = new Date(now + now - moment(`-${length}`, now)!);
  return (
    <Modal title="New silence" onClose={onClose}>
      <form className="stack" onSubmit={(e) => void submit(e)}>
        <Matchers list={matchers} onChange={setMatchers} />
        {told && everything && (
          <p className="err al-text" role="alert">
            Name at least one label and a value: this would silence everything.
          </p>
        )}
        <div className="al-fields">
          <label className="field">
            For
            <select className="input" value={length} onChange={(e) => setLength(e.target.value)}>
              {lengths.map(([v, t]) => (
                <option key={v} value={v}>
                  {t}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            Your name
            <input
              className="input"
              value={name}
              maxLength={200}
              aria-invalid={told && name.trim() === ''}
              onChange={(e) => setName(e.target.value)}
            />
          </label>
        </div>
        <label className="field">
          Why
          <input
            className="input"
            value={comment}
            maxLength={1000}
            placeholder="Such as: move to the new cluster"
            aria-invalid={told && comment.trim() === ''}
            onChange={(e) => setComment(e.target.value)}
          />
        </label>
        <Preview matchers={used} everything={everything} />
        {error !== null && <ErrorNote error={error} />}
        <div className="al-actions">
          <button className="btn primary" disabled={busy}>
            Silence until {date(end) === date(new Date()) ? '' : `${date(end)} `}
            {clock(end, false).slice(0, 5)}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Modal>
  );
}

function Matchers({ list, onChange }: { list: Matcher[]; onChange: (list: Matcher[]) => void }) {
  const alerts = useQuery(ask('/api/v1/alerts'));
  const id = useId();
  const values = new Map<string, Set<string>>();
  for (const a of alerts.data?.alerts ?? [])
    for (const [n, v] of Object.entries(a.labels)) values.set(n, (values.get(n) ?? new Set()).add(v));
  const change = (i: number, part: Partial<Matcher>) => onChange(list.map((m, j) => (i === j ? { ...m, ...part } : m)));
  return (
    <fieldset className="al-matchers">
      <legend>Alerts with all of these labels</legend>
      {list.map((m, i) => (
        <div key={i} className="al-matcher">
          <input
            className="input"
            aria-label="Label"
            list={`${id}-names`}
            value={m.name}
            onChange={(e) => change(i, { name: e.target.value })}
          />
          <select
            className="input"
            aria-label="How it is compared"
            value={m.operator}
            onChange={(e) => change(i, { operator: e.target.value as Operator })}
          >
            <option value="=">is</option>
            <option value="!=">is not</option>
            <option value="=~">matches</option>
            <option value="!~">does not match</option>
          </select>
          <input
            className="input"
            aria-label="Value"
            list={`${id}-${i}`}
            value={m.value}
            onChange={(e) => change(i, { value: e.target.value })}
          />
          <datalist id={`${id}-${i}`}>
            {[...(values.get(m.name) ?? [])].map((v) => (
              <option key={v} value={v} />
            ))}
          </datalist>
          <button
            type="button"
            className="btn bare"
            aria-label={`Remove ${m.name || 'this label'}`}
            onClick={() => onChange(list.filter((_, j) => j !== i))}
          >
            <X aria-hidden />
          </button>
        </div>
      ))}
      <datalist id={`${id}-names`}>
        {[...values.keys()].map((n) => (
          <option key={n} value={n} />
        ))}
      </datalist>
      <button
        type="button"
        className="btn small"
        onClick={() => onChange([...list, { name: '', operator: '=', value: '' }])}
      >
        <Plus aria-hidden />
        Label
      </button>
    </fieldset>
  );
}

function Preview({ matchers, everything }: { matchers: Matcher[]; everything: boolean }) {
  const asked = useDeferredValue(matchers);
  const matched = useQuery({
    queryKey: ['matched alerts', asked],
    queryFn: ({ signal }) => matchedAlerts(asked, signal),
    enabled: !everything,
    retry: false,
    placeholderData: (last) => last,
  });
  if (everything) return null;
  if (matched.error) return <ErrorNote error={matched.error} />;
  const list = matched.data ?? [];
  return (
    <section aria-live="polite" className="al-preview">
      <h3>
        {matched.data
          ? `Holds back ${plural(list.length, 'alert')} that ${list.length === 1 ? 'fires' : 'fire'} now`
          : 'Asking what it matches…'}
      </h3>
      <ul className="al-plain">
        {list.slice(0, 8).map((a) => (
          <li key={a.fingerprint} className="foreign-line">
            <b>{a.labels.alertname}</b>{' '}
            <span className="muted">
              {tellingLabels(a.labels)
                .map(([n, v]) => `${n}=${v}`)
                .join(' ')}
            </span>
          </li>
        ))}
      </ul>
      {list.length > 8 && <p className="muted">and {list.length - 8} more</p>}
      {matched.data && list.length === 0 && (
        <p className="muted">Nothing that fires now has these labels; alerts to come may.</p>
      )}
    </section>
  );
}
