// Attributes of a record, any number of them, found by typing.
import { useId, useMemo, useState } from 'react';
import { plural } from '@/lib/format';
import { FieldRow, type FieldActs } from '@/pages/logs/FieldRow';

const few = 60;
const searchable = 15;

export function Attributes({
  title,
  of,
  field,
  column,
  ...acts
}: {
  title: string;
  of: Record<string, string> | undefined;
  field: (key: string) => string;
  column?: (key: string) => string;
} & FieldActs) {
  const [find, setFind] = useState('');
  const [all, setAll] = useState(false);
  const id = useId();
  const entries = useMemo(() => Object.entries(of ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)), [of]);
  if (entries.length === 0) return null;
  const wanted = find.toLowerCase();
  const found =
    wanted === ''
      ? entries
      : entries.filter(([k, v]) => k.toLowerCase().includes(wanted) || v.slice(0, 2000).toLowerCase().includes(wanted));
  const shown = all ? found : found.slice(0, few);
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="log-heading">
        {title} <span className="muted num">{entries.length}</span>
        {entries.length > searchable && (
          <input
            className="input"
            type="search"
            value={find}
            placeholder="Find"
            aria-label={`Find in ${title.toLowerCase()}`}
            onChange={(e) => setFind(e.target.value)}
          />
        )}
      </h3>
      <dl className="log-fields">
        {shown.map(([k, v]) => (
          <FieldRow key={k} title={k} value={v} field={field(k)} column={column?.(k)} {...acts} />
        ))}
      </dl>
      {found.length === 0 && <p className="muted">None has this.</p>}
      {found.length > few && (
        <button className="btn bare small" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${plural(found.length, 'attribute')}`}
        </button>
      )}
    </section>
  );
}
