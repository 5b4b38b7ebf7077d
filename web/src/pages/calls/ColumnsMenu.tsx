// Which columns the table has: known ones, and any attribute.
import { Columns3 } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useMemo, useState } from 'react';
import type { Span } from '@/api/client';
import { visible } from '@/lib/foreign';
import { attributeId, columns, usual, type CallColumn } from './columns';

export function ColumnsMenu({
  chosen,
  rows,
  onChange,
}: {
  chosen: CallColumn[];
  rows: Span[];
  onChange: (cols: string | undefined) => void;
}) {
  const [text, setText] = useState('');
  const ids = chosen.map((c) => c.id);
  const attributes = useMemo(() => frequent(rows), [rows]);
  // Columns keep the order of the menu; attributes stand where they were added, before the texts.
  const set = (next: string[]) =>
    onChange(next.length === 0 || next.join() === usual.join() ? undefined : next.join(','));
  const toggle = (id: string) => {
    if (ids.includes(id)) return set(ids.filter((i) => i !== id));
    const order = [...columns.map((c) => c.id)];
    const rank = (i: string) => (order.includes(i) ? order.indexOf(i) : usual.length - 1.5);
    set([...ids, id].sort((a, b) => rank(a) - rank(b)));
  };
  const matches = (s: string) => s.toLowerCase().includes(text.trim().toLowerCase());
  const offered: { id: string; what: string }[] = [
    ...columns.filter((c) => matches(c.what) || matches(c.id)),
    ...[...new Set([...ids.filter((i) => i.startsWith('attr.')), ...attributes.map(attributeId)])]
      .filter(matches)
      .slice(0, 60)
      .map((id) => ({ id, what: visible(id.slice(5).replaceAll('%2C', ','), 60) })),
  ];
  return (
    <Popover.Root onOpenChange={() => setText('')}>
      <Popover.Trigger className="btn" aria-label="Columns">
        <Columns3 aria-hidden />
        <span className="calls-wide">Columns</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu calls-columns" align="end" sideOffset={4} role="dialog" aria-label="Columns">
          <input
            className="input"
            placeholder="Column or attribute"
            aria-label="Find a column or attribute"
            value={text}
            onChange={(e) => setText(e.target.value)}
          />
          <div className="calls-columns-list" tabIndex={0} role="group" aria-label="Columns">
            {offered.map((c) => (
              <label key={c.id} className="item">
                <input type="checkbox" checked={ids.includes(c.id)} onChange={() => toggle(c.id)} />
                <span className={c.id.startsWith('attr.') ? 'mono foreign-line' : 'foreign-line'}>{c.what}</span>
              </label>
            ))}
            {text.trim() !== '' && !offered.some((c) => c.id === attributeId(text.trim())) && (
              <button className="item btn bare" onClick={() => toggle(attributeId(text.trim()))}>
                Add the attribute <span className="mono foreign-line">{text.trim()}</span>
              </button>
            )}
          </div>
          <button className="btn small" onClick={() => onChange(undefined)}>
            The usual ones
          </button>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

// frequent lists the attributes of what is loaded, those that most have first.
function frequent(rows: Span[]): string[] {
  const counts = new Map<string, number>();
  for (const r of rows.slice(0, 400))
    for (const k of Object.keys(r.attributes ?? {})) counts.set(k, (counts.get(k) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([k]) => k)
    .slice(0, 500);
}
