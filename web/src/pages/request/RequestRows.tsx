// Rows of a request on one time axis: a span is a bar, a log a tick.
import { useVirtualizer } from '@tanstack/react-virtual';
import { CornerLeftUp, Zap } from 'lucide-react';
import { memo, useEffect, useRef, useState } from 'react';
import { visible } from '@/lib/foreign';
import { useKeys } from '@/lib/keys';
import { oneLine } from '@/lib/oneLine';
import { kindColor, kindName, kindOf } from '@/lib/spans';
import { errorName, levelColor } from '@/pages/logs/record';
import { offset, ticks, type Item } from '@/pages/request/timeline';
import { duration } from '@/lib/format';

interface Props {
  items: Item[];
  from: number; // ns: what the axis shows
  to: number;
  selected: string | undefined;
  onSelect: (item: Item) => void;
  onOpen: () => void;
  traceOf?: (item: Item) => string | undefined; // said in the row where there are several
  filter: string; // another one begins at the selected row, or at the top
}

const rowHeight = 24;

export function RequestRows({ items, from, to, selected, onSelect, onOpen, traceOf, filter }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingEnd: rowHeight,
    getItemKey: (i) => items[i]!.key,
  });
  const at = selected === undefined ? -1 : items.findIndex((i) => i.key === selected);
  const shown = list.getVirtualItems();
  const marks = ticks(from, to, useAxisTicks(box));
  const go = (to: number) => {
    const item = items[to];
    if (item) onSelect(item);
  };
  useEffect(() => {
    if (at >= 0) list.scrollToIndex(at);
    // only when the selection moves: not while the reader scrolls
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected, at >= 0]);
  const filtered = useRef(filter);
  useEffect(() => {
    if (filtered.current === filter) return;
    filtered.current = filter;
    if (at >= 0) list.scrollToIndex(at, { align: 'center' });
    else box.current?.scrollTo({ top: 0 });
  }, [filter, at, list]);
  const select = useRef(onSelect);
  useEffect(() => {
    select.current = onSelect;
  });
  const down = () => go(Math.min(items.length - 1, at + 1));
  const up = () => go(Math.max(0, at - 1));
  useKeys({ j: down, k: up });
  const onKeyDown = (e: React.KeyboardEvent) => {
    if (e.target !== e.currentTarget) return;
    const act = e.key === 'ArrowDown' ? down : e.key === 'ArrowUp' ? up : e.key === 'Enter' ? onOpen : undefined;
    if (!act) return;
    e.preventDefault();
    act();
  };
  return (
    <div
      className="table request-rows"
      ref={box}
      role="grid"
      aria-label="Spans and logs in order of time"
      aria-rowcount={items.length}
      tabIndex={0}
      onKeyDown={onKeyDown}
      aria-activedescendant={shown.some((v) => v.index === at) ? `item-${at}` : undefined}
    >
      <div className="head request-row" role="row">
        <div role="columnheader" className="th right">
          Offset
        </div>
        <div role="columnheader" className="th request-service">
          Service
        </div>
        <div role="columnheader" className="th">
          What happened
        </div>
        <div role="columnheader" className="th request-axis" aria-label="Time axis">
          {marks
            .filter((t) => place(t, from, to) < 96)
            .map((t) => (
              <span key={t} className="num" style={{ left: `${place(t, from, to)}%` }}>
                {t === 0 ? '0' : duration(t)}
              </span>
            ))}
        </div>
      </div>
      <div className="rows" role="rowgroup" style={{ height: list.getTotalSize() }}>
        {shown.map((v) => {
          const item = items[v.index]!;
          return (
            <Row
              key={v.key}
              item={item}
              index={v.index}
              top={v.start}
              selected={v.index === at}
              from={from}
              to={to}
              trace={traceOf?.(item)}
              select={select}
            />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  item: Item;
  index: number;
  top: number; // px
  selected: boolean;
  from: number;
  to: number;
  trace: string | undefined;
  select: { current: (item: Item) => void };
}

// A row is drawn anew only where it shows something else: the list is, on each step of scrolling.
const Row = memo(function Row({ item, index, top, selected, from, to, trace, select }: RowProps) {
  const of = (item.span ?? item.log)!;
  return (
    <div
      id={`item-${index}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={selected}
      data-cause={item.cause}
      className={item.failed ? 'tr bad request-row' : 'tr request-row'}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(e) => !(e.target as Element).closest('a, button') && select.current(item)}
    >
      <div role="gridcell" className="td right num" title={of.time}>
        {offset(item.at)}
      </div>
      <div role="gridcell" className="td request-service">
        {oneLine(of.service, 100)}
      </div>
      <div role="gridcell" className="td request-what">
        <What item={item} trace={trace} />
      </div>
      <div role="gridcell" className="td request-track">
        <Track item={item} from={from} to={to} />
      </div>
    </div>
  );
});

const place = (t: number, from: number, to: number) => Math.max(-1, Math.min(101, ((t - from) / (to - from)) * 100));

function useAxisTicks(box: React.RefObject<HTMLDivElement | null>): number {
  const [n, set] = useState(4);
  useEffect(() => {
    const watch = new ResizeObserver(([e]) => set(Math.max(1, Math.floor((e!.contentRect.width * 0.45) / 110))));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, [box]);
  return n;
}

const causes = { origin: 'where the error began', chain: 'on the way to the error', log: 'tells the error' } as const;

function What({ item: { span, log, failed, cause }, trace }: { item: Item; trace: string | undefined }) {
  const why = cause && (
    <span className="request-cause" title={causes[cause]} aria-label={causes[cause]} role="img">
      {cause === 'origin' ? <Zap aria-hidden /> : <CornerLeftUp aria-hidden />}
    </span>
  );
  if (log) {
    return (
      <>
        {why}
        <span
          className="request-level"
          style={{
            color: `var(${log.level === 'info' || !log.level || levelColor(log.level) === '--s-other' ? '--muted' : levelColor(log.level)})`,
          }}
        >
          {log.level ?? 'log'}
        </span>
        <span className="foreign-line request-message">{log.body ? oneLine(log.body) : oneLine(log.name, 200)}</span>
      </>
    );
  }
  const kind = kindOf(span!);
  return (
    <>
      {why}
      <i className="request-kind" style={{ background: `var(${kindColor(kind)})` }} title={kindName[kind]} />
      <span className={failed ? 'foreign-line err' : 'foreign-line'}>{visible(span!.name ?? 'span', 200)}</span>
      {failed && (
        <span className="tag err">
          {oneLine(errorName(span!.error_type) ?? (span!.http_status ? String(span!.http_status) : 'error'), 60)}
        </span>
      )}
      {trace && <span className="muted num">{trace}</span>}
    </>
  );
}

function Track({ item, from, to }: { item: Item; from: number; to: number }) {
  const left = place(item.at, from, to);
  if (item.log)
    return left < 0 || left > 100 ? null : (
      <i className="request-tick" style={{ left: `${left}%`, background: `var(${levelColor(item.log.level)})` }} />
    );
  const end = place(item.at + item.length, from, to);
  if (end < 0 || left > 100) return null;
  const text = duration(item.length);
  return (
    <>
      <i
        className={item.failed ? 'request-bar request-bar-failed' : 'request-bar'}
        style={{
          left: `${left}%`,
          width: `${Math.max(0, end - left)}%`,
          background: `var(${kindColor(kindOf(item.span!))})`,
        }}
      />
      {end < 86 ? (
        <span className="request-length num" style={{ left: `${end}%` }}>
          {text}
        </span>
      ) : left > 14 ? (
        <span className="request-length num" style={{ right: `${100 - left}%` }}>
          {text}
        </span>
      ) : (
        <span className="request-length request-inside num" style={{ right: `${100 - Math.min(100, end)}%` }}>
          {text}
        </span>
      )}
    </>
  );
}
