// Chooses columns among what the logs on the page have.
import { Columns3 } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useMemo, useState } from 'react';
import { visible } from '@/lib/foreign';
import { choices, columnTitle } from '@/pages/logs/columns';
import type { Row } from '@/pages/logs/record';

const most = 100;

export function ColumnPicker({
  rows,
  columns,
  onChange,
}: {
  rows: Row[];
  columns: string[];
  onChange: (columns: string[]) => void;
}) {
  return (
    <Popover.Root>
      <Popover.Trigger className="btn">
        <Columns3 aria-hidden />
        <span className="logs-wide">Columns</span>
        {columns.length > 0 && <span className="tag accent">{columns.length}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu logs-columns" align="end" sideOffset={4} role="dialog" aria-label="Columns">
          <Choices rows={rows} columns={columns} onChange={onChange} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choices({
  rows,
  columns,
  onChange,
}: {
  rows: Row[];
  columns: string[];
  onChange: (columns: string[]) => void;
}) {
  const [find, setFind] = useState('');
  const all = useMemo(
    () => [...new Set([...columns, ...choices(rows.slice(0, 1000).map((r) => r.log))])],
    [rows, columns],
  );
  const found = all.filter((c) => columnTitle(c).toLowerCase().includes(find.toLowerCase()));
  const toggle = (c: string) => onChange(columns.includes(c) ? columns.filter((o) => o !== c) : [...columns, c]);
  return (
    <>
      <input
        className="input"
        type="search"
        placeholder={`Find among ${all.length} fields and attributes`}
        aria-label="Find a column"
        value={find}
        onChange={(e) => setFind(e.target.value)}
      />
      {columns.length > 0 && (
        <button className="btn bare small" onClick={() => onChange([])}>
          Remove all
        </button>
      )}
      {found.slice(0, most).map((c) => (
        <label key={c} className="item">
          <input type="checkbox" checked={columns.includes(c)} onChange={() => toggle(c)} />
          <span className="foreign-line mono">{visible(columnTitle(c), 100)}</span>
        </label>
      ))}
      {found.length > most && <p className="muted">{found.length - most} more: find them by name.</p>}
      {all.length === 0 && <p className="muted">The logs shown have no fields beside their text.</p>}
    </>
  );
}
