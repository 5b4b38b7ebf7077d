// A table of any number of rows: only those in sight are in the page.
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { useKeys } from '@/lib/keys';
import { useTurn } from '@/lib/turns';
import '@/components/table.css';

export interface Column<R> {
  id: string;
  title: ReactNode;
  width: string; // a track of a CSS grid: 90px, minmax(160px, 2fr)
  cell: (row: R) => ReactNode;
  right?: boolean;
  num?: boolean; // in figures of one width
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
  more?: boolean; // onEnd has more to load: e looks there too
  footer?: ReactNode;
  keys?: boolean; // j, k, e and Enter work wherever the focus is; default true
  reset?: string | number; // another value scrolls back to the first row
}

const rowHeight = 24;
const beyond = 4; // rows that are drawn beyond those in sight, once these are there: each takes as long as one in sight
const sought = 10; // pages that one press of e loads at most

// leastWidth is the smallest width of a track in px: 90px, minmax(160px, 2fr), 1fr.
const leastWidth = (track: string): number =>
  Number(/(\d+(?:\.\d+)?)px/.exec(track)?.[1] ?? (track.endsWith('fr') ? 80 : 0));

export function Table<R>({
  label,
  rows,
  columns,
  rowKey,
  selected,
  onSelect,
  onOpen,
  isError,
  onEnd,
  more = false,
  footer,
  keys = true,
  reset,
}: TableProps<R>) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const painted = useTurn(rows, true, rows) === rows;
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: painted ? beyond : 0,
    scrollPaddingEnd: rowHeight,
  });
  const at = selected === undefined ? -1 : rows.findIndex((r) => rowKey(r) === selected);
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;

  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - 20) onEnd();
  }, [onEnd, last, rows.length]);

  const topOf = useRef(reset);
  useEffect(() => {
    if (topOf.current === reset) return;
    topOf.current = reset;
    if (list.scrollOffset) box.current?.scrollTo({ top: 0 }); // to scroll is to lay out
  }, [reset, list]);
  // A row that a link selected comes into sight once.
  const shown = useRef(false);
  useEffect(() => {
    if (at < 0 || shown.current) return;
    shown.current = true;
    if (at > 5) list.scrollToIndex(at, { align: 'center' });
  }, [at, list]);

  const go = useCallback(
    (to: number) => {
      const row = rows[to];
      if (!row) return;
      shown.current = true;
      onSelect?.(row);
      list.scrollToIndex(to);
      box.current?.focus({ preventScroll: true }); // Enter and arrows go on from there
    },
    [rows, onSelect, list],
  );
  // Rows that are being loaded because no loaded one after the selected is an error.
  const seek = useRef<{ from: number; pages: number } | null>(null);
  const [note, setNote] = useState('');
  const nextError = () => {
    setNote('');
    const found = rows.findIndex((r, i) => i > at && isError!(r));
    if (found >= 0) return go(found);
    if (!more || !onEnd) return go(rows.findIndex((r) => isError!(r)));
    seek.current = { from: rows.length, pages: sought };
    setNote('Looking for the next error…');
    onEnd();
  };
  useEffect(() => {
    const { from, pages } = seek.current ?? { from: Infinity, pages: 0 };
    if (rows.length <= from && more) return;
    const found = rows.findIndex((r, i) => i >= from && isError?.(r));
    if (found < 0 && more && pages > 1) {
      seek.current = { from: rows.length, pages: pages - 1 };
      onEnd?.();
      return;
    }
    if (seek.current === null) return;
    seek.current = null;
    setNote(found >= 0 ? '' : more ? `No error up to row ${rows.length}. e looks on` : 'No error follows');
    if (found >= 0) go(found);
  }, [rows, more, isError, onEnd, go]);
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

  const rowActs = useRef<RowActs<R>>({});
  useEffect(() => {
    rowActs.current = { onSelect, onOpen };
  });
  return (
    <div
      className="table"
      ref={box}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      onKeyDown={onKeyDown}
      aria-activedescendant={items.some((i) => i.index === at) ? `${id}-${at}` : undefined}
    >
      <div className="head" role="row" aria-rowindex={1} style={tracksOf(columns)}>
        {columns.map((c) => (
          <div
            key={c.id}
            role="columnheader"
            className={c.right ? 'th right' : 'th'}
            aria-sort={c.sort?.value === 'asc' ? 'ascending' : c.sort?.value === 'desc' ? 'descending' : undefined}
          >
            {c.sort ? (
              <button onClick={c.sort.toggle}>
                {c.title}
                {c.sort.value === 'asc' ? ' ↑' : c.sort.value === 'desc' ? ' ↓' : ''}
              </button>
            ) : (
              c.title
            )}
          </div>
        ))}
      </div>
      <div className="rows" role="rowgroup" style={{ height: list.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          // By place, not by row: other rows take over the elements of those before them.
          return (
            <Row
              key={item.index}
              id={`${id}-${item.index}`}
              row={row}
              index={item.index}
              top={item.start}
              columns={columns}
              selected={item.index === at}
              bad={isError?.(row) ?? false}
              acts={rowActs}
            />
          );
        })}
      </div>
      {note && (
        <div role="row" className="table-foot table-note">
          <div role="gridcell" aria-live="polite">
            {note}
          </div>
        </div>
      )}
      {footer && (
        <div role="row" className="table-foot">
          <div role="gridcell">{footer}</div>
        </div>
      )}
    </div>
  );
}

interface RowActs<R> {
  onSelect?: (row: R) => void;
  onOpen?: (row: R) => void;
}

interface RowProps<R> {
  id: string;
  row: R;
  index: number;
  top: number; // px
  columns: Column<R>[];
  selected: boolean;
  bad: boolean;
  acts: { current: RowActs<R> };
}

// Rows are grids of their own: equal widths, not contents, keep their columns below each other.
const tracksOf = <R,>(columns: Column<R>[]) => ({
  gridTemplateColumns: columns.map((c) => c.width).join(' '),
  minWidth: columns.reduce((sum, c) => sum + leastWidth(c.width), 0),
});

const ownAct = (e: React.MouseEvent) => (e.target as Element).closest('a, button, input, label') !== null;

function PlainRow<R>({ id, row, index, top, columns, selected, bad, acts }: RowProps<R>) {
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={bad ? 'tr bad' : 'tr'}
      style={{ ...tracksOf(columns), transform: `translateY(${top}px)` }}
      onClick={(e) => !ownAct(e) && acts.current.onSelect?.(row)}
      onDoubleClick={(e) => !ownAct(e) && acts.current.onOpen?.(row)}
    >
      {columns.map((c) => (
        <div key={c.id} role="gridcell" className={`td${c.right ? ' right' : ''}${c.num ? ' num' : ''}`}>
          {c.cell(row)}
        </div>
      ))}
    </div>
  );
}

// A row is drawn anew only where it shows something else: pages draw on each key, and the list on each step of scrolling.
const Row = memo(PlainRow, (a, b) => {
  const sameColumns =
    a.columns === b.columns ||
    (a.columns.length === b.columns.length &&
      a.columns.every((c, i) => c.cell === b.columns[i]!.cell && c.width === b.columns[i]!.width));
  return (
    sameColumns &&
    a.row === b.row &&
    a.index === b.index &&
    a.top === b.top &&
    a.selected === b.selected &&
    a.bad === b.bad
  );
}) as typeof PlainRow;
