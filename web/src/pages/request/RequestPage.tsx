// All that happened in one request, in order, on one time axis.
import { Link, useParams } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { ScrollText, Zap, ZoomOut } from 'lucide-react';
import { useMemo } from 'react';
import { ApiError, ask, type Schemas } from '@/api/client';
import { condition } from '@/components/conditions';
import { Copy } from '@/components/Copy';
import { Dock } from '@/components/Dock';
import { Empty, fill } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Export } from '@/components/Export';
import { Id } from '@/components/Id';
import { Loading } from '@/components/Loading';
import { When } from '@/components/When';
import { count, duration, plural, short, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { useKeys } from '@/lib/keys';
import { useUrlState } from '@/lib/search';
import { LogDetails } from '@/pages/logs/LogDetails';
import { timeOf } from '@/pages/logs/record';
import { useWhole } from '@/pages/logs/useLogs';
import { RequestRows } from '@/pages/request/RequestRows';
import { SpanFacts } from '@/pages/request/SpanFacts';
import { choose, timeline, type Item, type Show, type Timeline } from '@/pages/request/timeline';
import '@/pages/logs/logs.css';
import '@/pages/request/request.css';

const shows: Record<Show, string> = {
  all: 'Spans and logs',
  spans: 'Spans',
  logs: 'Logs',
  errors: 'Errors',
  cause: 'What led to the error',
};
const settled = 60_000; // ms after its end a request hardly grows

export default function RequestPage() {
  const { request = '' }: { request?: string } = useParams({ strict: false });
  const answer = useQuery({
    ...ask('/api/v1/requests/{id}', { path: { id: request } }),
    placeholderData: undefined,
    refetchInterval: (q) => (q.state.data && growing(q.state.data.summary) ? 3000 : false),
  });
  const line = useMemo(() => (answer.data ? timeline(answer.data) : null), [answer.data]);
  if (line === null) {
    if (answer.error instanceof ApiError && answer.error.status === 404) {
      return (
        <Empty title="No span or log of this request" own={fill.otel}>
          <p>
            It may be past its retention, or not have been sent yet. Requests are known by the attribute request.id of
            spans and logs, here <span className="mono foreign">{visible(request, 200)}</span>.
          </p>
        </Empty>
      );
    }
    return answer.error ? (
      <div className="page">
        <ErrorNote error={answer.error} retry={() => void answer.refetch()} />
      </div>
    ) : (
      <Loading />
    );
  }
  return <Page request={answer.data!} line={line} error={answer.error} />;
}

const growing = (s: Schemas['Summary']) => Date.now() - (Date.parse(s.start) + s.duration_ns / 1e6) < settled;

function Page({ request, line, error }: { request: Schemas['Request']; line: Timeline; error: unknown }) {
  const [search, set] = useUrlState();
  const show = search.show && Object.hasOwn(shows, search.show) ? (search.show as Show) : 'all';
  const items = useMemo(
    () => choose(line.items, show, search.find ?? '', search.trace),
    [line, show, search.find, search.trace],
  );
  const selected = useMemo(() => line.items.find((i) => i.key === search.sel), [line, search.sel]);
  const [from, to] = useMemo(() => axis(line, search.zoom), [line, search.zoom]);
  const select = (item: Item) => set({ sel: item.key }, search.sel !== undefined);
  // e goes through what led to the error, from where it began.
  const next = () => {
    if (line.cause.length === 0) return;
    const at = line.cause.findIndex((n) => line.items[n]!.key === search.sel);
    const item = line.items[line.cause[(at + 1) % line.cause.length]!]!;
    set(
      { sel: item.key, ...(items.includes(item) ? {} : { show: undefined, find: undefined, trace: undefined }) },
      search.sel !== undefined,
    );
  };
  const zoomTo = (item: Item) =>
    item.length > 0 && set({ zoom: `${Math.round(item.at)}..${Math.round(item.at + item.length)}` });
  const unzoom = () => set({ zoom: undefined });
  useKeys({ e: next, z: () => selected && zoomTo(selected), Z: unzoom });
  const several = line.traces.length > 1;
  return (
    <>
      <Totals request={request} traces={line.traces} />
      <div className="toolbar">
        <select
          className="input"
          aria-label="What is shown"
          value={show}
          onChange={(e) => set({ show: e.target.value === 'all' ? undefined : e.target.value }, true)}
        >
          {(Object.keys(shows) as Show[])
            .filter((s) => s !== 'cause' || line.cause.length > 0)
            .map((s) => (
              <option key={s} value={s}>
                {shows[s]}
              </option>
            ))}
        </select>
        {several && (
          <select
            className="input mono"
            aria-label="Trace"
            value={search.trace ?? ''}
            onChange={(e) => set({ trace: e.target.value }, true)}
          >
            <option value="">all {line.traces.length} traces</option>
            {line.traces.map((t) => (
              <option key={t} value={t}>
                {t.slice(0, 8)}
                {rootOf(line, t)}
              </option>
            ))}
          </select>
        )}
        <input
          className="input request-find"
          type="search"
          placeholder="Find by name, service, text"
          aria-label="Find among spans and logs"
          value={search.find ?? ''}
          onChange={(e) => set({ find: e.target.value }, true)}
        />
        <span className="muted num">
          {items.length === line.items.length
            ? count(items.length)
            : `${count(items.length)} of ${count(line.items.length)}`}
        </span>
        {search.zoom && (
          <button className="btn" onClick={unzoom}>
            <ZoomOut aria-hidden />
            Whole request <kbd>Z</kbd>
          </button>
        )}
        <span className="space" />
        {line.cause.length > 0 && (
          <button className="btn danger" onClick={next}>
            <Zap aria-hidden />
            What led to the error <kbd>e</kbd>
          </button>
        )}
        <Link className="btn" to="/logs" search={{ q: condition('request', request.request_id) } as never}>
          <ScrollText aria-hidden />
          Logs
        </Link>
        <Export name="request" rows={() => items.map(flat)} json={() => request} />
      </div>
      {error !== null && (
        <div className="logs-note">
          <ErrorNote error={error} />
        </div>
      )}
      {request.truncated && (
        <div className="logs-note">
          <div className="note warn">It has more than 100,000 spans or logs: the earliest are shown.</div>
        </div>
      )}
      <div className="split">
        <div className="main">
          {items.length > 0 ? (
            <RequestRows
              items={items}
              from={from}
              to={to}
              selected={search.sel}
              onSelect={select}
              onOpen={() => document.querySelector<HTMLElement>('.dock .body')?.focus()}
              filter={`${show} ${search.find ?? ''} ${search.trace ?? ''}`}
              traceOf={several ? (i) => (i.span ?? i.log)!.trace_id?.slice(0, 8) : undefined}
            />
          ) : (
            <Empty title="Nothing of this request matches">
              <p>Take the filter away to see its {plural(line.items.length, 'record')}.</p>
            </Empty>
          )}
        </div>
        {selected && (
          <Details
            key={selected.key}
            item={selected}
            onClose={() => set({ sel: undefined })}
            onZoom={() => zoomTo(selected)}
          />
        )}
      </div>
    </>
  );
}

/** What a trace begins with, to tell traces apart. */
function rootOf(line: Timeline, trace: string): string {
  const name = line.items.find((i) => i.span?.trace_id === trace)?.span?.name;
  return name ? ` ${visible(name, 40)}` : '';
}

function axis(line: Timeline, zoom: string | undefined): [number, number] {
  const [from, to] = (zoom ?? '').split('..').map(Number);
  return from !== undefined && to !== undefined && from >= 0 && to > from && from < line.total
    ? [from, to]
    : [0, line.total * 1.012]; // room for what is at the end
}

const flat = ({ at, length, span, log }: Item) => ({
  time: (span ?? log)!.time,
  offset_ns: at,
  duration_ns: span ? length : undefined,
  type: span ? 'span' : 'log',
  service: (span ?? log)!.service,
  name: (span ?? log)!.name,
  level: log?.level,
  message: log?.body ?? span?.status_message,
  status: (span ?? log)!.status,
  trace_id: (span ?? log)!.trace_id,
  span_id: (span ?? log)!.span_id,
});

function Totals({
  request: { request_id, summary: s, spans, logs },
  traces,
}: {
  request: Schemas['Request'];
  traces: string[];
}) {
  const of = [...spans.slice(0, 200), ...logs.slice(0, 200)];
  const user = of.find((r) => r.user_id)?.user_id,
    session = of.find((r) => r.session_id)?.session_id;
  const tokens =
    s.input_tokens === undefined && s.output_tokens === undefined
      ? undefined
      : (s.input_tokens ?? 0) + (s.output_tokens ?? 0);
  return (
    <div className="request-totals">
      <span className="request-id mono">
        <b className="foreign">{visible(request_id, 200)}</b> <Copy text={request_id} what="Copy the request id" />
      </span>
      <span>
        <When at={s.start} style="full" />
      </span>
      <span>
        <b className="num">{duration(s.duration_ns)}</b>
      </span>
      <span className={s.errors > 0 ? 'err' : 'muted'}>
        <b className="num">{count(s.errors)}</b> {s.errors === 1 ? 'error' : 'errors'}
      </span>
      <span>
        <b className="num">{count(s.spans)}</b> spans, <b className="num">{count(s.logs)}</b> logs
      </span>
      {s.calls > 0 && (
        <span>
          <b className="num">{count(s.calls)}</b> {s.calls === 1 ? 'call' : 'calls'}
          {tokens !== undefined && (
            <>
              , <b className="num">{short(tokens)}</b> tokens
            </>
          )}
          , <b className="num">{usd(s.cost_usd)}</b>
          {s.unpriced_calls > 0 && (
            <span className="muted"> and {plural(s.unpriced_calls, 'call')} without a price</span>
          )}
        </span>
      )}
      <span className="foreign muted">{s.services.map((n) => visible(n, 60)).join(', ')}</span>
      <span className="request-traces">
        <span className="muted">{traces.length === 1 ? 'Trace' : 'Traces'}</span>{' '}
        {traces.slice(0, 6).map((t) => (
          <Id key={t} kind="trace" id={t} short />
        ))}
        {traces.length > 6 && <span className="muted">and {traces.length - 6} more</span>}
      </span>
      {user && (
        <span>
          <span className="muted">User</span> <Id kind="user" id={user} />
        </span>
      )}
      {session && (
        <span>
          <span className="muted">Session</span> <Id kind="session" id={session} />
        </span>
      )}
    </div>
  );
}

function Details({ item, onClose, onZoom }: { item: Item; onClose: () => void; onZoom: () => void }) {
  const key = item.log && timeOf(item.key) ? item.key : undefined;
  const whole = useWhole(key, 'oldest');
  return (
    <Dock
      title={
        item.span
          ? visible(item.span.name ?? 'span', 200)
          : `${item.log!.level ?? 'log'} · ${visible(item.log!.service ?? '', 100)}`
      }
      onClose={onClose}
      actions={
        item.length > 0 && (
          <button className="btn bare small" onClick={onZoom}>
            Zoom <kbd>z</kbd>
          </button>
        )
      }
    >
      {item.log ? (
        <>
          <LogDetails log={whole.log ?? item.log} whole={whole.log !== undefined} error={whole.answer.error} />
          {key && (
            <p>
              <Link to="/logs" search={{ context: key, sel: key, around: 'request' } as never}>
                Show in context
              </Link>
            </p>
          )}
        </>
      ) : (
        <SpanFacts item={item} />
      )}
    </Dock>
  );
}
