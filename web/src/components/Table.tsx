// A table of any number of rows: only those in sight are in the page.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, type ReactNode } from 'react';
import { useKeys } from '@/lib/keys';

export interface Column<R> {
  id: string;
  title: ReactNode;
  width: string; // a track of a CSS grid: 90px, minmax(160px, 2fr)
  cell: (row: R) => ReactNode;
  right?: boolean; // numbers
  sort?: { value?: 'asc' | 'desc'; toggle: () => void };
}

export interface TableProps<R> {
  label: string;
  rows: R[];
  columns: Column<R>[];
  rowKey: (row: R) => string;
  selected?: string; // key of a row
  onSelect?: (row: R | null) => void; // click, j, k
  onOpen?: (row: R) => void; // double click, Enter
  isError?: (row: R) => boolean; // marked; e goes to the next
  onEnd?: () => void; // the last rows came into sight: load more
  footer?: ReactNode;
  keys?: boolean; // j, k, e and Enter work wherever the focus is; default true
}

const rowHeight = 24;

export function Table<R>({ label, rows, columns, rowKey, selected, onSelect, onOpen, isError, onEnd, footer, keys = true }: TableProps<R>) {
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 12, getItemKey: (i) => rowKey(rows[i]!) });
  const at = selected === undefined ? -1 : rows.findIndex((r) => rowKey(r) === selected);
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;

  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - 20) onEnd();
  }, [onEnd, last, rows.length]);

  const go = useCallback((to: number) => {
    const row = rows[to];
    if (!row) return;
    onSelect?.(row);
    list.scrollToIndex(to);
  }, [rows, onSelect, list]);
  const nextError = () => {
    const from = at + 1;
    const found = rows.findIndex((r, i) => i >= from && isError!(r));
    go(found >= 0 ? found : rows.findIndex((r) => isError!(r)));
  };
  const acts: Record<string, () => void> = {};
  if (onSelect) {
    acts.j = acts.ArrowDown = () => go(Math.min(rows.length - 1, at + 1));
    acts.k = acts.ArrowUp = () => go(Math.max(0, at - 1));
    if (isError) acts.e = nextError;
  }
  if (onOpen) acts.Enter = () => rows[at] && onOpen(rows[at]);
  const { ArrowDown, ArrowUp, Enter, ...letters } = acts;
  useKeys(letters, { enabled: keys });
  const onKeyDown = (e: React.KeyboardEvent) => {
    if (e.target !== box.current) return;
    const act = { ArrowDown, ArrowUp, Enter }[e.key];
    if (act) {
      e.preventDefault();
      act();
    }
  };

  const tracks = columns.map((c) => c.width).join(' ');
  return (
    <div className="table" ref={box} role="grid" aria-label={label} aria-rowcount={rows.length} tabIndex={0} onKeyDown={onKeyDown} aria-activedescendant={at >= 0 ? `row-${at}` : undefined}>
      <div className="head" role="row" style={{ gridTemplateColumns: tracks }}>
        {columns.map((c) => (
          <div key={c.id} role="columnheader" className={c.right ? 'th right' : 'th'} aria-sort={c.sort?.value === 'asc' ? 'ascending' : c.sort?.value === 'desc' ? 'descending' : undefined}>
            {c.sort ? <button onClick={c.sort.toggle}>{c.title}{c.sort.value === 'asc' ? ' ↑' : c.sort.value === 'desc' ? ' ↓' : ''}</button> : c.title}
          </div>
        ))}
      </div>
      <div className="rows" role="rowgroup" style={{ height: list.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          return (
            <div
              key={item.key} id={`row-${item.index}`} role="row" aria-rowindex={item.index + 1} aria-selected={item.index === at}
              className={isError?.(row) ? 'tr bad' : 'tr'} style={{ gridTemplateColumns: tracks, transform: `translateY(${item.start}px)` }}
              onClick={(e) => !(e.target as Element).closest('a, button') && onSelect?.(row)} onDoubleClick={() => onOpen?.(row)}
            >
              {columns.map((c) => <div key={c.id} role="gridcell" className={c.right ? 'td right' : 'td'}>{c.cell(row)}</div>)}
            </div>
          );
        })}
      </div>
      {footer}
    </div>
  );
}
