// Calls of models: what matches, in sum, over time, and one by one.
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowUp, GitCompareArrows, X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Span } from '@/api/client';
import { BrushMenu, CompareDock, useBrush } from '@/components/Compare';
import { treat } from '@/components/conditions';
import { Empty, fill, oneCall } from '@/components/Empty';
import { ErrorNote, isMistake } from '@/components/ErrorNote';
import { Export } from '@/components/Export';
import { Facets, type FacetField } from '@/components/Facets';
import { Loading } from '@/components/Loading';
import { QueryInput } from '@/components/QueryInput';
import { Table, type Column } from '@/components/Table';
import { useKeys } from '@/lib/keys';
import { useRange, useUrlState } from '@/lib/search';
import { useStored } from '@/lib/stored';
import { useTurn } from '@/lib/turns';
import { count, momentWidth, plural } from '@/lib/format';
import { describe } from '@/lib/range';
import { CallDock } from './CallDock';
import { chosenColumns, type CallColumn } from './columns';
import { ColumnsMenu } from './ColumnsMenu';
import { callKey, callsQuestion, sortable, sorted, useArrived, useCalls, type Listed } from './list';
import { CallsChart, TotalsLine, useTotals } from './Totals';
import './calls.css';

const facets: FacetField[] = [
  { field: 'status', title: 'Status' },
  { field: 'model', title: 'Model' },
  { field: 'provider', title: 'Provider' },
  { field: 'service', title: 'Service' },
  { field: 'op', title: 'Operation' },
  { field: 'error', title: 'Error' },
  { field: 'finish', title: 'Finish reason' },
  { field: 'user', title: 'User' },
  { field: 'session', title: 'Session' },
  { field: 'key', title: 'Key' },
  { field: 'tenant', title: 'Tenant' },
  { field: 'agent', title: 'Agent' },
  { field: 'env', title: 'Environment' },
  { field: 'stream', title: 'Streamed' },
  { field: 'prompt', title: 'Prompt template' },
  { field: 'scope', title: 'Library' },
];

const opened = ['status', 'model', 'provider', 'service'];

export default function Calls() {
  const [search, set] = useUrlState();
  const [range] = useRange();
  const navigate = useNavigate();
  const client = useQueryClient();
  const q = search.q ?? '';
  const [cols, keepCols] = useStored('telltale.calls.columns', '');
  const chosen = useMemo(() => chosenColumns(search.cols ?? cols), [search.cols, cols]);
  const [epoch, setEpoch] = useState(0);
  const [picked, setPicked] = useState<Span[]>([]);
  const brush = useBrush();

  const sort = readSort(search.sort, chosen);
  const byTime = sort.column.id === 'time';
  const listed = useMemo(
    (): Listed => ({ range, order: byTime && !sort.down ? 'oldest' : 'newest', epoch, all: !byTime }),
    [range, byTime, sort.down, epoch],
  );
  const calls = useCalls(q, listed);
  // Rows first: what is counted is asked for when they are there.
  const counted = useTurn(q, !calls.isPlaceholderData && !calls.isPending, q);
  const arrived = useArrived(counted, range, epoch);
  const totals = useTotals(counted, range);
  const few = (totals.calls ?? Infinity) <= sortable;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = calls;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // Sorted by anything but time, all of them are needed.
  const loaded = calls.rows.length;
  useEffect(() => {
    if (!byTime && loaded < sortable) more();
  }, [byTime, loaded, more]);
  const rows = useMemo(
    () => (byTime ? calls.rows : sorted(calls.rows, sort.column.value, sort.down)),
    [calls.rows, byTime, sort.column, sort.down],
  );

  // The request goes out before anything is drawn: both take their time at once.
  const setQuery = useCallback(
    (next: string) => {
      void client.prefetchInfiniteQuery(callsQuestion(next, listed));
      set({ q: next, sel: undefined });
    },
    [client, listed, set],
  );
  const select = useCallback(
    (s: Span | null) =>
      set({ sel: s ? callKey(s) : undefined, brush: undefined, compare: undefined }, search.sel !== undefined),
    [set, search.sel],
  );
  const open = useCallback(
    (s: Span) =>
      void navigate({ to: '/calls/$trace/$span', params: { trace: s.trace_id!, span: s.span_id! } as never }),
    [navigate],
  );
  const selected = search.sel ? rows.find((r) => callKey(r) === search.sel) : undefined;
  const pick = useCallback(
    (s: Span) =>
      setPicked((old) =>
        old.some((o) => callKey(o) === callKey(s))
          ? old.filter((o) => callKey(o) !== callKey(s))
          : [...old, s].slice(-2),
      ),
    [],
  );
  const pickCell = useCallback(
    (s: Span) => (
      <label className="calls-pick">
        <input
          type="checkbox"
          aria-label="To compare"
          checked={picked.some((p) => callKey(p) === callKey(s))}
          onChange={() => pick(s)}
        />
      </label>
    ),
    [picked, pick],
  );
  const compare = () =>
    void navigate({ to: '/calls/compare', search: { a: callKey(picked[0]!), b: callKey(picked[1]!) } as never });
  useKeys({ c: () => selected && pick(selected) }, { enabled: brush.selection === null });
  useKeys({ C: compare }, { enabled: picked.length === 2 });
  useKeys({ n: () => setEpoch(epoch + 1) }, { enabled: arrived > 0 });

  const setSort = (id: string) => {
    const down = sort.column.id === id ? !sort.down : true;
    set({ sort: id === 'time' && down ? undefined : `${down ? '-' : ''}${id}` });
  };
  const timeWidth = momentWidth(
    rows.map((s) => s.time),
    false,
  );
  const columns: Column<Span>[] = [
    { id: 'pick', title: <span className="sr">To compare</span>, width: '30px', cell: pickCell },
    ...chosen.map((c): Column<Span> => ({
      id: c.id,
      title: c.title,
      width: c.id === 'time' ? timeWidth : c.width,
      right: c.right,
      num: c.num,
      cell: c.cell,
      sort:
        c.id === 'time' || (few && loaded > 0)
          ? { value: sort.column.id === c.id ? (sort.down ? 'desc' : 'asc') : undefined, toggle: () => setSort(c.id) }
          : undefined,
    })),
  ];
  const setCols = (next: string | undefined) => {
    keepCols(next ?? '');
    set({ cols: next }, true);
  };

  const none = !calls.isPending && rows.length === 0 && !calls.isError;
  return (
    <>
      <div className="toolbar">
        <QueryInput value={q} onChange={setQuery} error={calls.error} />
        <ColumnsMenu chosen={chosen} rows={rows} onChange={setCols} />
        <Export
          name="calls"
          rows={() => rows.map((s) => Object.fromEntries(chosen.map((c) => [c.file ?? c.id, c.value(s)])))}
          json={() => rows}
        />
        <Link to="/sessions" search={{ q } as never} className="btn">
          As sessions
        </Link>
      </div>
      <div className="split">
        <Facets name="calls" signal="calls" fields={facets} open={opened} q={q} counted={counted} onChange={setQuery} />
        <div className="main">
          <TotalsLine totals={totals} q={q}>
            {picked.length === 1 && (
              <span className="muted" title="Choose another call with c or its box">
                1 chosen to compare
              </span>
            )}
            {picked.length === 2 && (
              <button className="btn small primary" onClick={compare} title="Key C">
                <GitCompareArrows aria-hidden />
                Compare the two
              </button>
            )}
            {picked.length > 0 && (
              <button
                className="btn bare small"
                onClick={() => setPicked([])}
                aria-label="Choose none"
                title="Choose none"
              >
                <X aria-hidden />
              </button>
            )}
            {arrived > 0 && (
              <button className="btn small" data-on="true" onClick={() => setEpoch(epoch + 1)} title="Show them (n)">
                <ArrowUp aria-hidden />
                {count(arrived)} new
              </button>
            )}
          </TotalsLine>
          <CallsChart q={counted} range={range} brush={brush} />
          {calls.isError && !isMistake(calls.error) && (
            <div className="calls-problem">
              <ErrorNote error={calls.error} retry={() => void calls.refetch()} />
            </div>
          )}
          {calls.isPending && !calls.isError && <Loading />}
          {none && <Nothing q={q} range={describe(range)} onClear={() => setQuery('')} />}
          {rows.length > 0 && (
            <Table
              label="Calls"
              rows={rows}
              columns={columns}
              rowKey={callKey}
              selected={search.sel}
              onSelect={select}
              onOpen={open}
              isError={isFailed}
              onEnd={more}
              more={hasNextPage}
              reset={`${q} ${range.from} ${range.to} ${epoch} ${search.sort ?? ''}`}
              footer={
                hasNextPage
                  ? byTime
                    ? isFetchingNextPage && 'Loading more…'
                    : `Loading all to sort them: ${count(loaded)} of ${count(totals.calls)}…`
                  : `${plural(rows.length, 'call')}, all that match`
              }
            />
          )}
        </div>
        {search.sel && !brush.comparing && (
          <CallDock
            sel={search.sel}
            row={selected}
            picked={picked.some((p) => callKey(p) === search.sel)}
            onPick={pick}
            onClose={() => select(null)}
          />
        )}
        <CompareDock brush={brush} signal="calls" q={q} onQuery={setQuery} />
      </div>
      <BrushMenu brush={brush} />
    </>
  );
}

const isFailed = (s: Span): boolean => s.status === 'error';

function readSort(text: string | undefined, chosen: CallColumn[]): { column: CallColumn; down: boolean } {
  const down = !text || text.startsWith('-');
  const id = (text ?? '').replace(/^-/, '');
  const time = chosenColumns('time')[0]!;
  return { column: chosen.find((c) => c.id === id) ?? time, down: id === '' ? true : down };
}

function Nothing({ q, range, onClear }: { q: string; range: string; onClear: () => void }) {
  if (q === '') {
    return (
      <Empty title={`No calls: ${range.toLowerCase()}`} command={oneCall} own={fill.calls}>
        <p>
          What goes through the gateway is here with tokens, cost and conversation; a call that fails is too. SDKs of
          OpenTelemetry that tell of model calls work as well. Or choose a longer time above.
        </p>
      </Empty>
    );
  }
  const error = treat(q, 'status', 'error', null);
  return (
    <Empty title={`No call matches: ${range.toLowerCase()}`}>
      <p className="mono foreign">{q}</p>
      <p>
        A value has to be exact: <code>model:gpt-4*</code> is its beginning, <code>model:~mini</code> a part of it. Or
        choose a longer time above.
      </p>
      <p>
        <button className="btn" onClick={onClear}>
          Show all calls
        </button>
        {error !== q && error !== '' && (
          <>
            {' '}
            <Link
              className="btn"
              to="/calls"
              search={((old: Record<string, string>) => ({ ...old, q: error })) as never}
            >
              Without the status
            </Link>
          </>
        )}
      </p>
    </Empty>
  );
}
