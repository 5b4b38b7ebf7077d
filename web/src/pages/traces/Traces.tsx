// Traces: found by a query over their spans, as points over time and as a table.
import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowUp } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { BrushMenu, CompareDock, useBrush } from '@/components/Compare';
import { Empty, fill, oneTrace } from '@/components/Empty';
import { ErrorNote, isMistake } from '@/components/ErrorNote';
import { Export, type Cell } from '@/components/Export';
import { Facets, type FacetField } from '@/components/Facets';
import { Loading } from '@/components/Loading';
import { QueryInput } from '@/components/QueryInput';
import { Table, type Column } from '@/components/Table';
import { When } from '@/components/When';
import { count, duration, momentWidth, plural, short, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { useKeys } from '@/lib/keys';
import { describe } from '@/lib/range';
import { useRange, useUrlState } from '@/lib/search';
import { orders, useArrived, useSample, useTraces, type Order, type TraceSummary } from './list';
import { Scatter } from './Scatter';
import './traces.css';

const facets: FacetField[] = [
  { field: 'service', title: 'Service' },
  { field: 'status', title: 'Status' },
  { field: 'name', title: 'Span name' },
  { field: 'op', title: 'Operation' },
  { field: 'agent', title: 'Agent' },
  { field: 'model', title: 'Model' },
  { field: 'tool', title: 'Tool' },
  { field: 'error', title: 'Error' },
  { field: 'path', title: 'HTTP path' },
  { field: 'http.status', title: 'HTTP status' },
  { field: 'user', title: 'User' },
  { field: 'tenant', title: 'Tenant' },
  { field: 'session', title: 'Session' },
  { field: 'kind', title: 'Span kind' },
  { field: 'env', title: 'Environment' },
];

const orderTitle: Record<Order, string> = { newest: 'Newest', slowest: 'Slowest', costliest: 'Costliest' };

export default function Traces() {
  const [search, set] = useUrlState();
  const [range] = useRange();
  const navigate = useNavigate();
  const q = search.q ?? '';
  const order: Order = orders.find((o) => o === search.order) ?? 'newest';
  const [epoch, setEpoch] = useState(0);
  const brush = useBrush();
  const list = useTraces(q, range, order, epoch);
  const { rows, fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const arrived = useArrived(q, range, epoch, rows, order);
  const sample = useSample(q, range, rows, !list.isPending && !hasNextPage && !list.truncated);

  const setQuery = useCallback((next: string) => set({ q: next, sel: undefined }), [set]);
  const select = useCallback((t: TraceSummary | null) => set({ sel: t?.trace_id }, true), [set]);
  const open = useCallback(
    (t: TraceSummary) => void navigate({ to: '/traces/$trace', params: { trace: t.trace_id } as never }),
    [navigate],
  );
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const renew = () => setEpoch(epoch + 1);
  useKeys({ n: renew }, { enabled: arrived.count > 0 });
  const setOrder = useCallback((next: Order) => set({ order: next === 'newest' ? undefined : next }), [set]);
  const columns = useColumns(rows, order, setOrder);
  const none = !list.isPending && !list.isError && rows.length === 0;

  return (
    <>
      <div className="toolbar">
        <QueryInput
          value={q}
          onChange={setQuery}
          error={list.error}
          placeholder="Find traces by their spans, such as agent:planner duration:>5s"
        />
        <label className="traces-order">
          <span className="muted">Order</span>
          <select className="input" value={order} onChange={(e) => setOrder(e.target.value as Order)}>
            {orders.map((o) => (
              <option key={o} value={o}>
                {orderTitle[o]}
              </option>
            ))}
          </select>
        </label>
        <Export name="traces" rows={() => rows.map(flat)} json={() => rows} />
      </div>
      <div className="split">
        <Facets
          name="traces"
          signal="spans"
          fields={facets}
          open={['service', 'status', 'agent', 'model']}
          q={q}
          onChange={setQuery}
        />
        <div className="main">
          <div className="traces-top">
            <b>Duration</b>
            <span className="muted">
              {sample.whole ? '' : 'of the slowest, the failed and those in the table; '}log scale. Click a point to
              open it, draw to select a time
            </span>
            <span className="traces-key">
              <span>
                <i className="dot" />
                ok
              </span>
              <span className="err">✕ with errors</span>
            </span>
            {arrived.count > 0 && (
              <button className="btn small" data-on="true" onClick={renew} title="Show them (n)">
                <ArrowUp aria-hidden />
                {count(arrived.count)}
                {arrived.more ? '+' : ''} new
              </button>
            )}
          </div>
          <Scatter
            traces={sample.traces}
            from={sample.from}
            to={sample.to}
            selected={search.sel}
            selection={brush.selection}
            onSelect={brush.select}
            onOpen={open}
          />
          {list.isError && !isMistake(list.error) && (
            <div className="traces-problem">
              <ErrorNote error={list.error} retry={() => void list.refetch()} />
            </div>
          )}
          {list.isPending && !list.isError && <Loading />}
          {none && <Nothing q={q} range={describe(range)} onClear={() => setQuery('')} />}
          {rows.length > 0 && (
            <Table
              label="Traces"
              rows={rows}
              columns={columns}
              rowKey={(t) => t.trace_id}
              selected={search.sel}
              onSelect={select}
              onOpen={open}
              isError={(t) => t.status === 'error' || t.errors > 0}
              onEnd={more}
              reset={`${q} ${range.from} ${range.to} ${epoch} ${order}`}
              footer={
                hasNextPage
                  ? isFetchingNextPage && 'Loading more…'
                  : `${plural(rows.length, 'trace')}${list.truncated ? '; the search ended early, there may be more: narrow the time or the query' : ', all that match'}`
              }
            />
          )}
        </div>
        <CompareDock brush={brush} signal="spans" q={q} onQuery={setQuery} />
      </div>
      <BrushMenu brush={brush} />
    </>
  );
}

function useColumns(rows: TraceSummary[], order: Order, setOrder: (o: Order) => void): Column<TraceSummary>[] {
  const longest = useMemo(() => rows.reduce((n, t) => Math.max(n, t.duration_ns), 1), [rows]);
  const spread = rows.some((t) => t.services.length > 1); // else the name of the trace says all
  const startWidth = momentWidth(rows.map((t) => t.start));
  return useMemo(() => {
    const by = (o: Order) => ({ value: order === o ? ('desc' as const) : undefined, toggle: () => setOrder(o) });
    return [
      { id: 'start', title: 'Start', width: startWidth, sort: by('newest'), cell: (t) => <When at={t.start} /> },
      {
        id: 'name',
        title: 'Trace',
        width: 'minmax(200px, 2.4fr)',
        cell: (t) => (
          <>
            {t.service && <span className="muted">{visible(t.service, 40)} </span>}
            <Link to="/traces/$trace" params={{ trace: t.trace_id } as never}>
              {visible(t.name, 120) || 'no name'}
            </Link>
            {t.root_missing && (
              <span
                className="tag warn traces-tag"
                title="No span without a parent was received: it has not ended yet, or was not sent"
              >
                unfinished
              </span>
            )}
            {t.partial && (
              <span className="tag warn traces-tag" title="It has more spans than were read: its numbers are too small">
                more spans
              </span>
            )}
          </>
        ),
      },
      {
        id: 'duration',
        title: 'Duration',
        width: '124px',
        sort: by('slowest'),
        cell: (t) => (
          <span className="traces-took">
            <i
              style={{ width: `${Math.max(1.5, (t.duration_ns / longest) * 100)}%` }}
              data-bad={t.status === 'error' || undefined}
            />
            <span className="num">{duration(t.duration_ns)}</span>
          </span>
        ),
      },
      {
        id: 'spans',
        title: 'Spans',
        width: '56px',
        right: true,
        cell: (t) => <span className="num">{count(t.spans)}</span>,
      },
      {
        id: 'errors',
        title: 'Errors',
        width: '60px',
        right: true,
        cell: (t) =>
          t.errors > 0 ? <span className="num err">✕ {count(t.errors)}</span> : <span className="num muted">0</span>,
      },
      {
        id: 'calls',
        title: 'Calls',
        width: '56px',
        right: true,
        cell: (t) => <span className={t.calls > 0 ? 'num' : 'num muted'}>{count(t.calls)}</span>,
      },
      {
        id: 'tokens',
        title: 'Tokens',
        width: '64px',
        right: true,
        cell: (t) => (
          <span className="num">
            {t.input_tokens === undefined && t.output_tokens === undefined
              ? '–'
              : short((t.input_tokens ?? 0) + (t.output_tokens ?? 0))}
          </span>
        ),
      },
      {
        id: 'cost',
        title: 'Cost',
        width: '96px',
        right: true,
        sort: by('costliest'),
        cell: (t) => (
          <span
            className="num"
            title={
              t.unpriced_calls > 0 ? `${plural(t.unpriced_calls, 'call')} without a known price not counted` : undefined
            }
          >
            {Number(t.cost_usd) > 0 && Number(t.cost_usd) < 0.0001 ? '<$0.0001' : usd(t.cost_usd)}
            {t.unpriced_calls > 0 ? '+' : ''}
          </span>
        ),
      },
      ...(spread
        ? [
            {
              id: 'services',
              title: 'Services',
              width: 'minmax(84px, 1.1fr)',
              cell: (t: TraceSummary) => <Many of={t.services} />,
            },
          ]
        : []),
      { id: 'agents', title: 'Agents', width: 'minmax(72px, .9fr)', cell: (t) => <Many of={t.agents} /> },
      { id: 'models', title: 'Models', width: 'minmax(84px, 1fr)', cell: (t) => <Many of={t.models} /> },
    ];
  }, [order, setOrder, longest, startWidth, spread]);
}

function Many({ of }: { of: string[] }) {
  if (of.length === 0) return <span className="muted">–</span>;
  const text = of
    .slice(0, 12)
    .map((s) => visible(s, 60))
    .join(', ');
  return (
    <span title={text}>
      {text}
      {of.length > 12 ? ` and ${of.length - 12} more` : ''}
    </span>
  );
}

const flat = (t: TraceSummary): Record<string, Cell> => ({
  trace_id: t.trace_id,
  start: t.start,
  service: t.service,
  name: t.name,
  duration_ns: t.duration_ns,
  spans: t.spans,
  logs: t.logs,
  errors: t.errors,
  status: t.status,
  calls: t.calls,
  input_tokens: t.input_tokens,
  output_tokens: t.output_tokens,
  cost_usd: t.cost_usd,
  unpriced_calls: t.unpriced_calls,
  services: t.services.join(' '),
  agents: t.agents.join(' '),
  models: t.models.join(' '),
  request_id: t.request_id,
  user_id: t.user_id,
  session_id: t.session_id,
  unfinished: t.root_missing,
});

function Nothing({ q, range, onClear }: { q: string; range: string; onClear: () => void }) {
  if (q !== '')
    return (
      <Empty title="No trace matches">
        <p>No span in “{range}” fits the query. A trace is found when one of its spans matches all conditions.</p>
        <div>
          <button className="btn" onClick={onClear}>
            Clear the query
          </button>
        </div>
      </Empty>
    );
  return (
    <Empty title={`No traces in “${range}”`} command={() => oneTrace()} own={fill.otel}>
      <p>
        Any SDK of OpenTelemetry sends its traces here; calls of models through the gateway are traces by themselves.
      </p>
    </Empty>
  );
}
