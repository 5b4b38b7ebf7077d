// Values of fields with how often they occur in what was found. A click wants a value, the button beside it unwants it.
import { useQuery } from '@tanstack/react-query';
import { Ban, ChevronDown, ChevronRight, ListFilter, Plus, X } from 'lucide-react';
import { memo, useId, useState, type ReactNode } from 'react';
import { ask } from '@/api/client';
import { attributeField, treat, treatments, without, type Treatment } from '@/components/conditions';
import { count, short } from '@/lib/format';
import { isLive } from '@/lib/range';
import { useRange } from '@/lib/search';
import { visible } from '@/lib/foreign';
import { useStored } from '@/lib/stored';
import '@/components/facets.css';

export interface FacetField {
  field: string; // of the query language
  title: string;
  show?: (value: string) => ReactNode; // instead of the value's text
}

export interface FacetsProps {
  name: string; // what is open is remembered by this name: calls, logs, traces
  signal: 'calls' | 'spans' | 'logs';
  fields: FacetField[];
  open: string[]; // fields that are open until the reader chose
  q: string;
  counted?: string; // the query that is counted, where it follows q later
  onChange: (q: string) => void;
}

interface Kept {
  open: string[];
  own: string[]; // fields the reader added
}

const few = 8;
const many = 50;

/** A column beside a table, within .split. On narrow screens it is a line that opens. */
export const Facets = memo(function Facets({ name, signal, fields, open, q, counted = q, onChange }: FacetsProps) {
  const [kept, keep] = useStored<Kept>(`telltale.facets.${name}`, { open, own: [] });
  const [column, setColumn] = useStored<boolean | null>(`telltale.facets.${name}.column`, null); // null: by width
  const all = [...fields, ...kept.own.map((field): FacetField => ({ field, title: field.replace(/^attr\./, '') }))];
  const toggle = (field: string) =>
    keep({ ...kept, open: kept.open.includes(field) ? kept.open.filter((f) => f !== field) : [...kept.open, field] });
  const wide = matchMedia('(min-width: 761px)').matches;
  const shown = column ?? wide;
  return (
    <section className="facets" aria-label="Facets" data-open={shown}>
      <button
        className="facets-toggle"
        aria-expanded={shown}
        onClick={() => setColumn(!shown)}
        title={shown ? 'Hide the facets' : 'Show the facets'}
      >
        <ListFilter aria-hidden />
        <span>Facets</span>
      </button>
      {shown && (
        <div className="facets-list" tabIndex={0} role="group" aria-label="Fields and their values">
          {all.map((f) => (
            <Facet
              key={f.field}
              facet={f}
              signal={signal}
              q={q}
              counted={counted}
              onChange={onChange}
              open={kept.open.includes(f.field)}
              onToggle={() => toggle(f.field)}
              onRemove={
                kept.own.includes(f.field)
                  ? () =>
                      keep({ open: kept.open.filter((o) => o !== f.field), own: kept.own.filter((o) => o !== f.field) })
                  : undefined
              }
            />
          ))}
          <AddFacet
            taken={all.map((f) => f.field)}
            onAdd={(field) => keep({ open: [...kept.open, field], own: [...kept.own, field] })}
          />
        </div>
      )}
    </section>
  );
});

interface FacetProps {
  facet: FacetField;
  signal: FacetsProps['signal'];
  q: string;
  counted: string;
  onChange: (q: string) => void;
  open: boolean;
  onToggle: () => void;
  onRemove?: () => void;
}

function Facet({ facet, signal, q, counted, onChange, open, onToggle, onRemove }: FacetProps) {
  const chosen = treatments(q, facet.field);
  const id = useId();
  return (
    <div className="facet" role="group" aria-labelledby={id}>
      <h2>
        <button id={id} aria-expanded={open} onClick={onToggle}>
          {open ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />}
          <span className="foreign-line">{facet.title}</span>
          {chosen.size > 0 && <span className="tag accent">{chosen.size}</span>}
        </button>
        {onRemove && (
          <button className="facet-act" aria-label={`Remove the facet ${facet.title}`} onClick={onRemove}>
            <X aria-hidden />
          </button>
        )}
      </h2>
      {open && (
        <Values
          facet={facet}
          signal={signal}
          q={counted}
          chosen={chosen}
          onTreat={(value, how) => onChange(treat(q, facet.field, value, how))}
        />
      )}
    </div>
  );
}

function Values({
  facet,
  signal,
  q,
  chosen,
  onTreat,
}: {
  facet: FacetField;
  signal: FacetsProps['signal'];
  q: string;
  chosen: Map<string, Treatment>;
  onTreat: (value: string, how: Treatment) => void;
}) {
  const [range] = useRange();
  const [limit, setLimit] = useState(few);
  const answer = useQuery({
    ...ask(
      '/api/v1/aggregate',
      {
        query: { signal, group: facet.field, columns: 'count', q: without(q, facet.field), limit: limit + 1, ...range },
      },
      { refresh: isLive(range) ? 15_000 : false },
    ),
    staleTime: 5_000,
  });
  if (answer.isError && !answer.data)
    return <p className="facet-note">Not counted: the query or the server has a problem.</p>;
  if (!answer.data) return <p className="facet-note">Counting…</p>;
  const rows = answer.data.rows.map((r) => ({ value: r.keys?.[0] ?? '', count: r.values[0] ?? 0 }));
  const more = rows.length > limit;
  const listed = rows.slice(0, limit);
  // What was chosen stays in sight, even where it occurs no more.
  for (const value of chosen.keys())
    if (!listed.some((r) => r.value === value))
      listed.push({ value, count: rows.find((r) => r.value === value)?.count ?? 0 });
  const most = Math.max(1, ...listed.map((r) => r.count));
  if (listed.length === 0 || (listed.length === 1 && listed[0]!.value === '' && chosen.size === 0))
    return <p className="facet-note">Nothing found has this.</p>;
  return (
    <ul className="facet-values">
      {listed.map(({ value, count: n }) => {
        const how = chosen.get(value) ?? null;
        const name = value === '' ? 'not known' : value;
        return (
          <li key={value} data-how={how ?? undefined}>
            <i className="facet-share" style={{ width: `${(100 * n) / most}%` }} aria-hidden />
            <button
              className="facet-value"
              aria-pressed={how === 'in'}
              title={`${visible(name, 300)}: ${count(n)}`}
              onClick={() => onTreat(value, how === 'in' ? null : 'in')}
            >
              <span className={value === '' ? 'foreign-line muted' : 'foreign-line'}>
                {value !== '' && facet.show ? facet.show(value) : visible(name, 120)}
              </span>
              <span className="num">{short(n)}</span>
            </button>
            <button
              className="facet-act"
              aria-pressed={how === 'out'}
              aria-label={`Without ${visible(name, 80)}`}
              title={how === 'out' ? 'No longer left out' : 'Leave out'}
              onClick={() => onTreat(value, how === 'out' ? null : 'out')}
            >
              <Ban aria-hidden />
            </button>
          </li>
        );
      })}
      {more && limit === few && (
        <li>
          <button className="facet-more" onClick={() => setLimit(many)}>
            Show more
          </button>
        </li>
      )}
      {more && limit === many && (
        <li className="facet-note">
          The {many} most frequent; write {facet.field}:… for others.
        </li>
      )}
    </ul>
  );
}

// AddFacet takes any field, and any attribute by its key.
function AddFacet({ taken, onAdd }: { taken: string[]; onAdd: (field: string) => void }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [range] = useRange();
  const id = useId();
  const keys = useQuery({
    ...ask('/api/v1/values', { query: { field: 'attr', limit: 200, ...range } }, { enabled: open }),
    staleTime: 60_000,
  });
  const fields = useQuery({ ...ask('/api/v1/fields', undefined, { enabled: open }), staleTime: Infinity });
  if (!open)
    return (
      <button className="facet-more" onClick={() => setOpen(true)}>
        <Plus aria-hidden /> Add a facet
      </button>
    );
  const groupable = (fields.data?.fields ?? []).filter((f) => !f.keyed && f.type !== 'full text').map((f) => f.name);
  const submit = (e: React.FormEvent) => {
    e.preventDefault();
    const name = text.trim();
    if (name !== '') {
      const field = groupable.includes(name) || /^(attr|resource)\./.test(name) ? name : attributeField(name);
      if (!taken.includes(field)) onAdd(field);
    }
    setText('');
    setOpen(false);
  };
  return (
    <form className="facet-add" onSubmit={submit}>
      <input
        className="input"
        autoFocus
        aria-label="Field or attribute"
        placeholder="Field or attribute"
        list={id}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => e.key === 'Escape' && setOpen(false)}
      />
      <datalist id={id}>
        {groupable
          .filter((f) => !taken.includes(f))
          .map((f) => (
            <option key={f} value={f} />
          ))}
        {keys.data?.values.map((k) => (
          <option key={`attr.${k}`} value={attributeField(k)} />
        ))}
      </datalist>
      <button className="btn small">Add</button>
    </form>
  );
}
