// Sessions: conversations of users, each with what it cost.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { get, type Schemas } from '@/api/client';
import { Empty, oneCall } from '@/components/Empty';
import { ErrorNote, isMistake } from '@/components/ErrorNote';
import { Export } from '@/components/Export';
import { Facets, type FacetField } from '@/components/Facets';
import { Loading } from '@/components/Loading';
import { QueryInput } from '@/components/QueryInput';
import { Table, type Column } from '@/components/Table';
import { When } from '@/components/When';
import { count, duration, momentWidth, plural, unknown, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { describe, isLive } from '@/lib/range';
import { useRange, useUrlState } from '@/lib/search';

type Session = Schemas['Session'];

const facets: FacetField[] = [
  { field: 'user', title: 'User' },
  { field: 'model', title: 'Model' },
  { field: 'status', title: 'Status' },
  { field: 'service', title: 'Service' },
  { field: 'agent', title: 'Agent' },
  { field: 'tenant', title: 'Tenant' },
  { field: 'key', title: 'Key' },
  { field: 'env', title: 'Environment' },
];

const num = (text: string) => <span className={text === unknown ? 'muted' : 'num'}>{text}</span>;
const lasted = (s: Session): number => (Date.parse(s.last) - Date.parse(s.first)) * 1e6;

const columnsOf = (lastWidth: string): Column<Session>[] => [
  { id: 'last', title: 'Last call', width: lastWidth, cell: (s) => <When at={s.last} /> },
  {
    id: 'session',
    title: 'Session',
    width: 'minmax(168px, 1fr)',
    cell: (s) => (
      <Link to="/sessions/$session" params={{ session: s.session_id } as never}>
        {visible(s.session_id, 120)}
      </Link>
    ),
  },
  {
    id: 'user',
    title: 'User',
    width: 'minmax(80px, .6fr)',
    cell: (s) => (s.user_id ? visible(s.user_id, 80) : num(unknown)),
  },
  {
    id: 'preview',
    title: 'Begins with',
    width: 'minmax(180px, 2.4fr)',
    cell: (s) => visible(s.preview.replace(/\s+/g, ' '), 200) || num(unknown),
  },
  { id: 'calls', title: 'Calls', width: '56px', right: true, cell: (s) => num(count(s.calls)) },
  {
    id: 'errors',
    title: 'Errors',
    width: '60px',
    right: true,
    cell: (s) =>
      s.errors > 0 ? <span className="num err">✕ {count(s.errors)}</span> : <span className="num muted">0</span>,
  },
  { id: 'in', title: 'Tokens in', width: '76px', right: true, cell: (s) => num(count(s.input_tokens)) },
  { id: 'out', title: 'Out', width: '60px', right: true, cell: (s) => num(count(s.output_tokens)) },
  { id: 'cost', title: 'Cost', width: '84px', right: true, cell: (s) => num(usd(s.cost_usd)) },
  { id: 'lasted', title: 'Lasted', width: '104px', right: true, cell: (s) => num(duration(lasted(s))) },
  { id: 'models', title: 'Models', width: 'minmax(96px, .8fr)', cell: (s) => visible(s.models.join(', '), 200) },
];

const failedOne = (s: Session): boolean => s.errors > 0;
const keyOf = (s: Session): string => s.session_id;

export default function Sessions() {
  const [search, set] = useUrlState();
  const [range] = useRange();
  const navigate = useNavigate();
  const q = search.q ?? '';
  const answer = useInfiniteQuery({
    queryKey: ['/api/v1/sessions', q, range.from, range.to],
    queryFn: ({ pageParam, signal }) =>
      get('/api/v1/sessions', { query: { q, ...range, limit: 100, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    refetchInterval: (asked) => (isLive(range) && asked.state.data?.pages[0]?.sessions.length === 0 ? 5000 : false), // where there is nothing to read
    staleTime: 60_000,
  });
  const rows = useMemo(() => {
    const seen = new Set<string>();
    return (answer.data?.pages ?? [])
      .flatMap((p) => p.sessions)
      .filter((s) => !seen.has(s.session_id) && seen.add(s.session_id));
  }, [answer.data]);
  const lastWidth = momentWidth(rows.map((s) => s.last));
  const columns = useMemo(() => columnsOf(lastWidth), [lastWidth]);
  const truncated = answer.data?.pages.at(-1)?.truncated ?? false;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = answer;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const setQuery = (next: string) => set({ q: next, sel: undefined });
  const open = useCallback(
    (s: Session) => void navigate({ to: '/sessions/$session', params: { session: s.session_id } as never }),
    [navigate],
  );
  return (
    <>
      <div className="toolbar">
        <QueryInput
          value={q}
          onChange={setQuery}
          error={answer.error}
          placeholder="Sessions with a call such as user:user-123 status:error"
        />
        {isLive(range) && (
          <button className="btn" onClick={() => void answer.refetch()} disabled={answer.isFetching}>
            Refresh
          </button>
        )}
        <Export
          name="sessions"
          rows={() => rows.map((s) => ({ ...s, models: s.models.join(' '), services: s.services.join(' ') }))}
          json={() => rows}
        />
        <Link to="/calls" search={{ q } as never} className="btn">
          As calls
        </Link>
      </div>
      <div className="split">
        <Facets
          name="sessions"
          signal="calls"
          fields={facets}
          open={['user', 'model', 'status']}
          q={q}
          onChange={setQuery}
        />
        <div className="main">
          {answer.isError && !isMistake(answer.error) && (
            <div className="toolbar">
              <ErrorNote error={answer.error} retry={() => void answer.refetch()} />
            </div>
          )}
          {answer.isPending && !answer.isError && <Loading />}
          {!answer.isPending && rows.length === 0 && !answer.isError && !hasNextPage && (
            <Empty
              title={`No sessions${q ? ' match' : ''}: ${describe(range).toLowerCase()}`}
              command={q ? undefined : oneCall}
            >
              <p>
                {q
                  ? 'A session is found by any of its calls. Loosen the query, or choose a longer time above.'
                  : 'Calls with the same session make one. Clients of the gateway name it in the header X-Telltale-Session; OpenTelemetry in session.id or gen_ai.conversation.id.'}
              </p>
            </Empty>
          )}
          {(rows.length > 0 || hasNextPage) && !answer.isPending && (
            <Table
              label="Sessions"
              rows={rows}
              columns={columns}
              rowKey={keyOf}
              selected={search.sel}
              onSelect={(s) => set({ sel: s?.session_id }, true)}
              onOpen={open}
              isError={failedOne}
              onEnd={truncated ? undefined : more}
              more={hasNextPage}
              reset={`${q} ${range.from} ${range.to}`}
              footer={
                hasNextPage ? (
                  truncated ? (
                    <>
                      The search ended early. <button onClick={more}>Go on</button>
                    </>
                  ) : (
                    isFetchingNextPage && 'Loading more…'
                  )
                ) : (
                  `${plural(rows.length, 'session')}, all that match`
                )
              }
            />
          )}
        </div>
      </div>
    </>
  );
}
