// Lines of logs. Only rows and columns in sight are in the page; what one reads stays where it is when others come.
import { useVirtualizer } from '@tanstack/react-virtual';
import { X } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { When } from '@/components/When';
import { useKeys } from '@/lib/keys';
import { oneLine } from '@/lib/oneLine';
import { visible } from '@/lib/foreign';
import { columnTitle, valueOf } from '@/pages/logs/columns';
import { lay, type Laid } from '@/pages/logs/layout';
import { isBad, levelColor, type Row } from '@/pages/logs/record';

interface Props {
  label: string;
  rows: Row[];
  columns: string[];
  onRemoveColumn?: (column: string) => void;
  selected?: string;
  anchor?: string; // the line that others are the context of: begins in the middle
  onSelect: (row: Row) => void;
  onOpen?: (row: Row) => void; // Enter
  onStart?: () => void; // the first rows came into sight
  onEnd?: () => void; // the last ones
  follow?: boolean; // the end stays in sight
  onLeave?: () => void; // while following, the reader scrolled up
  onReturn?: () => void; // the reader scrolled to the end
  footer?: ReactNode;
}

const rowHeight = 24;
const near = 20; // rows

export function LogTable(props: Props) {
  const { label, rows, columns, selected, anchor, onSelect, onStart, onEnd, follow = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    getItemKey: (i) => rows[i]!.key,
  });
  const sight = useSight(box);
  const laid = lay(
    columns,
    sight,
    rows.length > 0 && new Date(rows[0]!.log.time).toDateString() !== new Date().toDateString(),
  );
  const items = list.getVirtualItems();
  const first = items[0]?.index ?? 0,
    last = items.at(-1)?.index ?? -1;
  const at = selected === undefined ? -1 : rows.findIndex((r) => r.key === selected);

  useStay(box, rows, follow, anchor);
  const top = useScroll(box, props);
  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - near) onEnd();
  }, [onEnd, last, rows.length]);
  useEffect(() => {
    if (onStart && rows.length > 0 && first <= 3) onStart();
  }, [onStart, first, rows.length]);
  const onKeyDown = useRowKeys({ ...props, at, go: (to) => list.scrollToIndex(to) });

  const template = { gridTemplateColumns: laid.tracks };
  return (
    <div
      className="table logs-table"
      ref={box}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length}
      aria-colcount={laid.count}
      tabIndex={0}
      onScroll={top}
      onKeyDown={onKeyDown}
      aria-activedescendant={items.some((i) => i.index === at) ? `log-${at}` : undefined}
    >
      <div className="head" role="row" style={{ ...template, width: laid.width }}>
        {laid.before > 0 && <div role="presentation" />}
        {laid.columns.map((c) => (
          <Head key={c.id} column={c} onRemove={c.own ? props.onRemoveColumn : undefined} />
        ))}
        {laid.after > 0 && <div role="presentation" />}
      </div>
      <div className="rows" role="rowgroup" style={{ height: list.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          return (
            <div
              key={item.key}
              id={`log-${item.index}`}
              role="row"
              aria-rowindex={item.index + 1}
              aria-selected={item.index === at}
              data-anchor={row.key === anchor || undefined}
              className={isBad(row.log) ? 'tr bad' : 'tr'}
              style={{ ...template, width: laid.width, transform: `translateY(${item.start}px)` }}
              onClick={(e) => !(e.target as Element).closest('a, button') && onSelect(row)}
            >
              {laid.before > 0 && <div role="presentation" />}
              {laid.columns.map((c) => (
                <div key={c.id} role="gridcell" aria-colindex={c.index} className="td">
                  <Cell row={row} column={c.id} />
                </div>
              ))}
              {laid.after > 0 && <div role="presentation" />}
            </div>
          );
        })}
      </div>
      {props.footer}
    </div>
  );
}

const titles: Record<string, string> = {
  ':time': 'Time',
  ':level': 'Level',
  ':service': 'Service',
  ':message': 'Message',
};

function Head({ column, onRemove }: { column: Laid; onRemove?: (column: string) => void }) {
  const title = titles[column.id] ?? visible(columnTitle(column.id), 200);
  return (
    <div role="columnheader" aria-colindex={column.index} className="th logs-th" title={title}>
      <span className="foreign-line">{title}</span>
      {onRemove && (
        <button
          aria-label={`Remove the column ${title}`}
          title="Remove this column"
          onClick={() => onRemove(column.id)}
        >
          <X aria-hidden />
        </button>
      )}
    </div>
  );
}

function Cell({ row: { log }, column }: { row: Row; column: string }) {
  switch (column) {
    case ':time':
      return <When at={log.time} />;
    case ':level':
      return log.level ? (
        <span
          className="log-level"
          style={{
            color: `var(${levelColor(log.level) === '--s1' ? '--text' : levelColor(log.level) === '--s-other' ? '--muted' : levelColor(log.level)})`,
          }}
        >
          {log.level}
        </span>
      ) : null;
    case ':service':
      return <>{oneLine(log.service, 100)}</>;
    case ':message':
      return log.body ? (
        <span className="log-line">{oneLine(log.body)}</span>
      ) : (
        <span className="muted">{oneLine(log.name ?? '', 200) || 'no text'}</span>
      );
    default:
      return <span className="log-line">{oneLine(valueOf(log, column), 200)}</span>;
  }
}

/** What of the table's width is in sight, in steps, so that scrolling does not draw at each px. */
function useSight(box: React.RefObject<HTMLDivElement | null>): { left: number; width: number } {
  const [sight, set] = useState({ left: 0, width: 1200 });
  useLayoutEffect(() => {
    const el = box.current!;
    const look = () => {
      const left = Math.floor(el.scrollLeft / 200) * 200,
        width = el.clientWidth;
      set((s) => (s.left === left && s.width === width ? s : { left, width }));
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(el);
    el.addEventListener('scroll', look, { passive: true });
    return () => {
      watch.disconnect();
      el.removeEventListener('scroll', look);
    };
  }, [box]);
  return sight;
}

/** Keeps the end in sight while following; else keeps what is in sight where it is when rows come before it. */
function useStay(
  box: React.RefObject<HTMLDivElement | null>,
  rows: Row[],
  follow: boolean,
  anchor: string | undefined,
) {
  const firstKey = useRef<string | undefined>(undefined);
  const centered = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const el = box.current!;
    const old = firstKey.current;
    firstKey.current = rows[0]?.key;
    if (follow) {
      el.scrollTop = el.scrollHeight;
      return;
    }
    const at = anchor === undefined || centered.current === anchor ? -1 : rows.findIndex((r) => r.key === anchor);
    if (at >= 0) {
      el.scrollTop = Math.max(0, (at + 1) * rowHeight - el.clientHeight / 2);
      centered.current = anchor;
    } else if (old !== undefined && old !== firstKey.current && anchor !== undefined) {
      const came = rows.findIndex((r) => r.key === old);
      if (came > 0) el.scrollTop += came * rowHeight;
    }
  }, [box, rows, follow, anchor]);
}

function useScroll(box: React.RefObject<HTMLDivElement | null>, { follow, onLeave, onReturn }: Props) {
  const last = useRef(0);
  return useCallback(() => {
    const el = box.current!;
    const up = el.scrollTop < last.current - 1;
    last.current = el.scrollTop;
    const atEnd = el.scrollTop + el.clientHeight >= el.scrollHeight - rowHeight;
    if (follow && up && !atEnd) onLeave?.();
    if (!follow && !up && atEnd) onReturn?.();
  }, [box, follow, onLeave, onReturn]);
}

// Letters work wherever the focus is; arrows and Enter belong to what has it.
function useRowKeys({
  rows,
  at,
  onSelect,
  onOpen,
  go,
}: Props & { at: number; go: (to: number) => void }): (e: React.KeyboardEvent) => void {
  const to = (i: number) => {
    const row = rows[i];
    if (!row) return;
    onSelect(row);
    go(i);
  };
  const nextError = () => {
    const next = rows.findIndex((r, i) => i > at && isBad(r.log));
    to(next >= 0 ? next : rows.findIndex((r) => isBad(r.log)));
  };
  const down = () => to(Math.min(rows.length - 1, at + 1));
  const up = () => to(at < 0 ? rows.length - 1 : Math.max(0, at - 1));
  const open = () => rows[at] && onOpen?.(rows[at]);
  useKeys({ j: down, k: up, e: nextError });
  return (e) => {
    if (e.target !== e.currentTarget) return;
    const act = e.key === 'ArrowDown' ? down : e.key === 'ArrowUp' ? up : e.key === 'Enter' ? open : undefined;
    if (!act) return;
    e.preventDefault();
    act();
  };
}
