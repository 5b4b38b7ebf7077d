// Errors of spans and logs, put together by what they say.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask } from '@/api/client';
import { Empty, fill, oneLog } from '@/components/Empty';
import { ErrorNote, isMistake } from '@/components/ErrorNote';
import { Export } from '@/components/Export';
import { Id } from '@/components/Id';
import { Loading } from '@/components/Loading';
import { QueryInput } from '@/components/QueryInput';
import { Table, type Column } from '@/components/Table';
import { When } from '@/components/When';
import { ago, count, plural } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { oneLine } from '@/lib/oneLine';
import { isLive } from '@/lib/range';
import { useRange, useUrlState } from '@/lib/search';
import { ErrorDetails } from '@/pages/errors/ErrorDetails';
import { sortGroups, type Group, type SortBy } from '@/pages/errors/group';
import { Sparkline } from '@/pages/errors/Sparkline';
import { errorName } from '@/pages/logs/record';
import '@/pages/errors/errors.css';

const always = () => true; // e goes from one to the next
const sorts: SortBy[] = ['count', 'last', 'first', 'users'];

export default function Errors() {
  const [search, set] = useUrlState();
  const [range] = useRange();
  const q = search.q ?? '';
  const signal = search.signal === 'spans' || search.signal === 'logs' ? search.signal : 'all';
  const by = sorts.find((s) => s === search.sort) ?? 'count';
  const answer = useQuery(
    ask('/api/v1/errors', { query: { q, signal, ...range, limit: 200 } }, { refresh: isLive(range) ? 10_000 : false }),
  );
  const old = useOld();
  const groups = useMemo(() => sortGroups(answer.data?.errors ?? [], by), [answer.data, by]);
  const isNew = (g: Group) => old !== null && !old.has(g.fingerprint);
  const selected = groups.find((g) => g.fingerprint === search.sel);
  const columns = makeColumns(by, (s) => set({ sort: s === 'count' ? undefined : s }, true), isNew);
  return (
    <>
      <div className="toolbar">
        <QueryInput
          value={q}
          onChange={(next) => set({ q: next })}
          error={answer.error}
          placeholder="Filter, such as service:chat-api model:gpt-4o"
        />
        <select
          className="input"
          aria-label="Where errors are from"
          value={signal}
          onChange={(e) => set({ signal: e.target.value === 'all' ? undefined : e.target.value })}
        >
          <option value="all">Spans and logs</option>
          <option value="spans">Spans</option>
          <option value="logs">Logs</option>
        </select>
        <Export
          name="errors"
          rows={() =>
            groups.map((g) => ({
              kind: g.kind,
              message: g.message,
              service: g.service,
              count: g.count,
              first: g.first,
              last: g.last,
              users: g.users,
              traces: g.traces,
              source: g.source,
              new: isNew(g),
              example_trace: g.example.trace_id,
              fingerprint: g.fingerprint,
            }))
          }
          json={() => groups}
        />
      </div>
      <div className="split">
        <div className="main">
          {answer.error && !isMistake(answer.error) && (
            <div className="errors-note">
              <ErrorNote error={answer.error} retry={() => void answer.refetch()} />
            </div>
          )}
          {answer.data?.truncated && (
            <div className="errors-note">
              <div className="note warn">
                The newest {count(answer.data.scanned)} of {count(answer.data.total)} failed spans and error logs were
                read
                {answer.data.oldest ? `, from ${ago(new Date(answer.data.oldest))} on` : ''}: counts are of those. A
                shorter time or a query shows all.
              </div>
            </div>
          )}
          {answer.data && groups.length > 0 && (
            <div className="errors-sum muted">
              <b className="num">{count(answer.data.scanned - answer.data.folded)}</b> errors in{' '}
              {plural(groups.length, 'group')}
              {old ? `, ${groups.filter(isNew).length} of them new in the last hour` : ''}
              {answer.data.more ? ', and more groups that are rarer' : ''}
              {answer.data.folded > 0 ? `; told again in ${plural(answer.data.folded, 'other layer')}` : ''}
            </div>
          )}
          {groups.length > 0 ? (
            <div className="errors-table">
              <Table
                label="Errors"
                rows={groups}
                columns={columns}
                rowKey={(g) => g.fingerprint}
                selected={search.sel}
                onSelect={(g) => set({ sel: g?.fingerprint }, search.sel !== undefined)}
                onOpen={() => document.querySelector<HTMLElement>('.dock .body')?.focus()}
                isError={always}
              />
            </div>
          ) : answer.isPending ? (
            <Loading />
          ) : (
            !answer.error &&
            (q ? (
              <Empty title="No error matches this query in the time range">
                <p>Take a condition away, or choose a longer time.</p>
              </Empty>
            ) : (
              <Empty
                title="No errors in this time range"
                command={() => oneLog('error', 'It fails, as it should')}
                own={fill.otel}
              >
                <p>
                  Failed spans and logs of level error show here, put together by what they say. Services that send
                  OpenTelemetry need nothing more.
                </p>
              </Empty>
            ))
          )}
        </div>
        {selected && (
          <ErrorDetails
            key={selected.fingerprint}
            group={selected}
            list={answer.data!}
            isNew={isNew(selected)}
            onClose={() => set({ sel: undefined })}
          />
        )}
      </div>
    </>
  );
}

/** Groups that there were in the day until an hour ago; null while not known. */
function useOld(): Set<string> | null {
  const answer = useQuery({
    ...ask('/api/v1/errors', { query: { from: '-25h', to: '-1h', limit: 200 } }),
    staleTime: 120_000,
  });
  return useMemo(() => (answer.data ? new Set(answer.data.errors.map((g) => g.fingerprint)) : null), [answer.data]);
}

const kindText = (kind: string): string => visible(errorName(kind) ?? 'other', 80);

function makeColumns(by: SortBy, sort: (by: SortBy) => void, isNew: (g: Group) => boolean): Column<Group>[] {
  const sorted = (s: SortBy) => ({ value: by === s ? ('desc' as const) : undefined, toggle: () => sort(s) });
  return [
    {
      id: 'count',
      title: 'Count',
      width: '70px',
      right: true,
      sort: sorted('count'),
      cell: (g) => <span className="num">{count(g.count)}</span>,
    },
    { id: 'over', title: 'Over time', width: '100px', cell: (g) => <Sparkline counts={g.buckets} width={84} /> },
    {
      id: 'kind',
      title: 'Kind',
      width: 'minmax(150px, 220px)',
      cell: (g) => (
        <>
          {isNew(g) && (
            <span className="tag warn errors-new" title="Not seen in the 24 hours until an hour ago">
              new
            </span>
          )}
          <span className="err mono">{kindText(g.kind)}</span>
        </>
      ),
    },
    {
      id: 'message',
      title: 'Message',
      width: 'minmax(210px, 1fr)',
      cell: (g) => <span title={visible(g.message, 400)}>{oneLine(g.example.message || g.message)}</span>,
    },
    {
      id: 'service',
      title: 'Service',
      width: '120px',
      cell: (g) => `${visible(g.service ?? '–', 80)}${g.services.length > 1 ? ` +${g.services.length - 1}` : ''}`,
    },
    {
      id: 'users',
      title: 'Users',
      width: '60px',
      right: true,
      sort: sorted('users'),
      cell: (g) => <span className="num">{count(g.users)}</span>,
    },
    {
      id: 'first',
      title: 'First seen',
      width: '124px',
      sort: sorted('first'),
      cell: (g) => <When at={g.first} style="ago" />,
    },
    {
      id: 'last',
      title: 'Last seen',
      width: '124px',
      sort: sorted('last'),
      cell: (g) => <When at={g.last} style="ago" />,
    },
    {
      id: 'example',
      title: 'Example',
      width: '100px',
      cell: (g) =>
        g.example.trace_id ? (
          <Id kind="trace" id={g.example.trace_id} span={g.example.span_id} short />
        ) : (
          <span className="muted">no trace</span>
        ),
    },
  ];
}
