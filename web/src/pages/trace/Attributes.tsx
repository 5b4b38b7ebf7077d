// Attributes of a span or resource: any number of them, found by typing.
import { useMemo, useState } from 'react';
import { Copy } from '@/components/Copy';
import { LongText } from '@/components/LongText';
import { count } from '@/lib/format';
import { visible } from '@/lib/foreign';

const few = 60; // shown at first
const filterFrom = 12; // fewer are read, not filtered

export function Attributes({ title, values }: { title: string; values: Record<string, string> | undefined }) {
  const [text, setText] = useState('');
  const [all, setAll] = useState(false);
  const entries = useMemo(() => Object.entries(values ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)), [values]);
  const wanted = text.trim().toLowerCase();
  const found = useMemo(
    () =>
      wanted === ''
        ? entries
        : entries.filter(([k, v]) => k.toLowerCase().includes(wanted) || v.toLowerCase().includes(wanted)),
    [entries, wanted],
  );
  if (entries.length === 0) return null;
  const shown = all ? found : found.slice(0, few);
  return (
    <section className="span-section">
      <h3>
        {title} ({wanted ? `${count(found.length)} of ` : ''}
        {count(entries.length)})
        <span className="end">
          <Copy text={JSON.stringify(values, null, 2)} what={`Copy all of ${title.toLowerCase()} as JSON`} />
        </span>
      </h3>
      {entries.length >= filterFrom && (
        <input
          className="input"
          type="search"
          value={text}
          placeholder={`Filter ${title.toLowerCase()}`}
          aria-label={`Filter ${title.toLowerCase()}`}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === 'Escape' && text) {
              setText('');
              e.stopPropagation();
            }
          }}
        />
      )}
      <dl className="attributes">
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt className="mono foreign">{visible(name, 300)}</dt>
            <dd>
              {value === '' ? (
                <span className="muted">empty</span>
              ) : (
                <LongText text={value} mono most={600} lines={8} copy={`Copy ${visible(name, 80)}`} />
              )}
            </dd>
          </div>
        ))}
      </dl>
      {found.length > shown.length && (
        <button className="btn small" onClick={() => setAll(true)}>
          Show all {count(found.length)}
        </button>
      )}
      {found.length === 0 && <p className="muted">None has “{visible(wanted, 80)}”.</p>}
    </section>
  );
}
