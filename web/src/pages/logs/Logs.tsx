// Logs: a list that goes on as far as the store does, a live tail, and the context of a line.
import { Radio, ArrowDownNarrowWide, ArrowUpNarrowWide } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { CompareDock, useBrush } from '@/components/Compare';
import { Facets } from '@/components/Facets';
import { treat } from '@/components/conditions';
import { Dock } from '@/components/Dock';
import { QueryInput } from '@/components/QueryInput';
import { useKeys } from '@/lib/keys';
import { useRange, useUrlState } from '@/lib/search';
import { readColumns, writeColumns } from '@/pages/logs/columns';
import { ContextView } from '@/pages/logs/ContextView';
import { LogDetails } from '@/pages/logs/LogDetails';
import { LogList } from '@/pages/logs/LogList';
import { timeOf, type Row } from '@/pages/logs/record';
import { TailView } from '@/pages/logs/TailView';
import { useWhole, type Order } from '@/pages/logs/useLogs';
import { clock } from '@/lib/format';
import '@/pages/logs/logs.css';

const facets = [
  { field: 'level', title: 'Level' },
  { field: 'service', title: 'Service' },
  { field: 'name', title: 'Logger' },
  { field: 'env', title: 'Environment' },
  { field: 'error', title: 'Error' },
  { field: 'user', title: 'User' },
  { field: 'session', title: 'Session' },
  { field: 'http.status', title: 'HTTP status' },
];

/** What the views of the page have in common. */
export interface ViewProps {
  q: string;
  columns: string[];
  setColumns: (columns: string[]) => void;
  selected: string | undefined;
  onSelect: (row: Row) => void;
  onOpen: () => void;
  bar: (end: React.ReactNode, error?: unknown) => React.ReactNode; // the toolbar with what the view adds
}

export default function Logs() {
  const [search, set] = useUrlState();
  const [range] = useRange();
  const brush = useBrush();
  const q = search.q ?? '';
  const order: Order = search.order === 'oldest' ? 'oldest' : 'newest';
  const context = search.context && timeOf(search.context) ? search.context : undefined;
  const tail = search.tail === '1' && !context;
  const columns = useMemo(() => readColumns(search.cols), [search.cols]);
  const setColumns = useCallback((c: string[]) => set({ cols: writeColumns(c) }, true), [set]);
  const setQuery = (next: string) => set({ q: next, context: undefined });

  // Moving with j and k makes no entry in the history each time.
  const onSelect = useCallback(
    (row: Row) => set({ sel: row.key, compare: undefined }, search.sel !== undefined),
    [set, search.sel],
  );
  const onOpen = () => document.querySelector<HTMLElement>('.dock .body')?.focus();
  const live = (
    <button
      className="btn"
      aria-pressed={tail}
      title={tail ? 'Back to the list' : 'Show logs as they come'}
      onClick={() => set({ tail: tail ? undefined : '1', context: undefined })}
    >
      <Radio aria-hidden />
      <span className="logs-wide">Live tail</span>
    </button>
  );
  const sort = (
    <button
      className="btn"
      title="The order by time"
      aria-label={order === 'newest' ? 'Newest first' : 'Oldest first'}
      onClick={() => set({ order: order === 'newest' ? 'oldest' : undefined })}
    >
      {order === 'newest' ? <ArrowDownNarrowWide aria-hidden /> : <ArrowUpNarrowWide aria-hidden />}
      <span className="logs-wide">{order === 'newest' ? 'Newest first' : 'Oldest first'}</span>
    </button>
  );
  const bar = (end: React.ReactNode, error?: unknown) => (
    <div className="toolbar">
      <QueryInput
        value={q}
        onChange={setQuery}
        error={error}
        placeholder="Filter, such as level:>=warn service:rag-api timeout"
      />
      {live}
      {!tail && !context && sort}
      {end}
    </div>
  );
  const view: ViewProps = { q, columns, setColumns, selected: search.sel, onSelect, onOpen, bar };
  return context ? (
    <ContextView
      {...view}
      context={context}
      details={<Selected order="newest" columns={columns} setColumns={setColumns} />}
    />
  ) : tail ? (
    <TailView {...view} details={<Selected order={order} columns={columns} setColumns={setColumns} />} />
  ) : (
    <LogList
      {...view}
      range={range}
      order={order}
      brush={brush}
      facets={
        <Facets name="logs" signal="logs" fields={facets} open={['level', 'service']} q={q} onChange={setQuery} />
      }
      details={(rows) => (
        <>
          {!brush.comparing && <Selected order={order} columns={columns} setColumns={setColumns} rows={rows} />}
          <CompareDock brush={brush} signal="logs" q={q} onQuery={setQuery} />
        </>
      )}
    />
  );
}

/** The details of the selected log, docked. rows are searched for it first: what is there needs no wait. */
function Selected({
  order,
  columns,
  setColumns,
  rows,
}: {
  order: Order;
  columns: string[];
  setColumns: (c: string[]) => void;
  rows?: Row[];
}) {
  const [search, set] = useUrlState();
  const key = search.sel;
  const listed = useMemo(() => rows?.find((r) => r.key === key)?.log, [rows, key]);
  const { answer, log, wrong } = useWhole(key, order);
  useKeys({ c: () => key && set({ context: key, tail: undefined }) }, { enabled: key !== undefined && !search.brush });
  if (!key) return null;
  const shown = log ?? listed;
  const time = timeOf(key);
  const onFilter = (field: string, value: string, how: 'in' | 'out') =>
    set({ q: treat(search.q ?? '', field, value, how), context: undefined });
  return (
    <Dock
      title={
        shown
          ? `${shown.level ?? 'log'} · ${shown.service ?? 'no service'}`
          : `Log of ${time ? clock(new Date(time)) : 'no known time'}`
      }
      onClose={() => set({ sel: undefined })}
    >
      {shown ? (
        <LogDetails
          key={key}
          log={shown}
          whole={log !== undefined}
          error={answer.error}
          columns={columns}
          onFilter={onFilter}
          onColumn={(c) => setColumns(columns.includes(c) ? columns.filter((o) => o !== c) : [...columns, c])}
          onContext={() => set({ context: key, tail: undefined })}
        />
      ) : (
        <p className="muted" role="status">
          {wrong || answer.isSuccess
            ? 'There is no such log: it may be past its retention, or the address is not whole.'
            : answer.error
              ? answer.error.message
              : 'Reading…'}
        </p>
      )}
    </Dock>
  );
}
