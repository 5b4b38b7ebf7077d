// One session: its calls in order, as the conversation they were.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { memo, useEffect, useMemo } from 'react';
import { ask, get } from '@/api/client';
import { MessageView } from '@/components/Conversation';
import { Pictures, picturesOf } from '@/components/conversation/captured';
import { pairTools } from '@/components/conversation/estimate';
import { plainText } from '@/components/conversation/messages';
import { literal } from '@/components/conditions';
import { Empty } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Id } from '@/components/Id';
import { Loading } from '@/components/Loading';
import { LongText } from '@/components/LongText';
import { When } from '@/components/When';
import { count, duration, plural, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { thread, type Turn } from './thread';
import './session.css';

export default function Session() {
  const { session = '' }: { session?: string } = useParams({ strict: false });
  const q = `session:${literal(session)}`;
  // A session is shown whole, whatever range the page has.
  const answer = useInfiniteQuery({
    queryKey: ['/api/v1/calls', 'session', session],
    queryFn: ({ pageParam, signal }) =>
      get('/api/v1/calls', { query: { q, order: 'oldest', full: true, limit: 50, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });
  const sums = useQuery(
    ask('/api/v1/aggregate', {
      query: { signal: 'calls', columns: 'count,sum(cost),sum(tokens.in),sum(tokens.out)', q },
    }),
  );
  const errors = useQuery(
    ask('/api/v1/aggregate', { query: { signal: 'calls', columns: 'count', q: `${q} status:error` } }),
  );
  const calls = useMemo(() => (answer.data?.pages ?? []).flatMap((p) => p.spans), [answer.data]);
  const turns = useMemo(() => thread(calls), [calls]);
  const wanted = location.hash.slice(1);
  useEffect(() => {
    if (wanted) document.getElementById(`call-${wanted}`)?.scrollIntoView({ block: 'start' });
  }, [wanted, turns.length]);
  const user = calls.find((c) => c.user_id)?.user_id;
  const v = sums.data?.rows[0]?.values;
  const failed = errors.data?.rows[0]?.values[0] ?? 0;
  return (
    <>
      <div className="session-head">
        <Id kind="session" id={session} />
        {user && (
          <span>
            User <Id kind="user" id={user} />
          </span>
        )}
        {v && (
          <span>
            <b className="num">{count(v[0])}</b> calls
          </span>
        )}
        {failed > 0 && (
          <Link className="err" to="/calls" search={{ q: `${q} status:error`, from: '-30d' } as never}>
            {plural(failed, 'error')}
          </Link>
        )}
        {v && (
          <span>
            <b className="num">{count(v[2])}</b> tokens in, <b className="num">{count(v[3])}</b> out
          </span>
        )}
        {v && (
          <span>
            <b className="num">{usd(v[1])}</b>
          </span>
        )}
        {calls[0] && (
          <span className="muted">
            since <When at={calls[0].time} style="full" />
          </span>
        )}
        <span className="end">
          <Link className="btn" to="/calls" search={{ q, from: '-30d' } as never}>
            As a table
          </Link>
        </span>
      </div>
      <div className="page session" tabIndex={0} role="group" aria-label="The thread of the session">
        {answer.isError && <ErrorNote error={answer.error} retry={() => void answer.refetch()} />}
        {answer.isPending && !answer.isError && <Loading />}
        {answer.isSuccess && turns.length === 0 && (
          <Empty title="No call of this session is stored">
            <p>
              It may be past the retention, or the name may be written otherwise:{' '}
              <Link to="/sessions">look through the sessions</Link>.
            </p>
          </Empty>
        )}
        {turns.map((t, i) => (
          <TurnView
            key={`${t.span.trace_id}${t.span.span_id}`}
            turn={t}
            number={i + 1}
            chosen={t.span.span_id === wanted}
          />
        ))}
        {answer.hasNextPage && (
          <button
            className="btn session-more"
            disabled={answer.isFetchingNextPage}
            onClick={() => void answer.fetchNextPage()}
          >
            {answer.isFetchingNextPage ? 'Loading…' : `Show more of ${v ? count(v[0]) : 'the'} calls`}
          </button>
        )}
      </div>
    </>
  );
}

const TurnView = memo(function TurnView({ turn: t, number, chosen }: { turn: Turn; number: number; chosen: boolean }) {
  const { span: s } = t;
  const g = s.genai;
  const pairs = useMemo(() => pairTools([...t.input.messages, ...t.output.messages]), [t]);
  const pictures = useMemo(() => picturesOf(s), [s]);
  const nothing = t.said.length === 0 && t.answer.length === 0;
  return (
    <article className="turn" id={`call-${s.span_id}`} data-chosen={chosen || undefined} aria-label={`Call ${number}`}>
      {t.waited !== undefined && t.waited > 1e9 && <div className="turn-gap">{duration(t.waited)} later</div>}
      <header>
        <Link
          to="/calls/$trace/$span"
          params={{ trace: s.trace_id!, span: s.span_id! } as never}
          className="foreign-line"
        >
          {visible(g?.model ?? s.name ?? 'call', 80)}
        </Link>
        {g?.agent && <span className="tag foreign-line">{visible(g.agent, 60)}</span>}
        {g?.operation && g.operation !== 'chat' && <span className="muted">{g.operation}</span>}
        <When at={s.time} />
        <span className="num muted">{duration(s.duration_ns)}</span>
        {g?.usage && (
          <span className="num muted">
            {count(g.usage.input_tokens)} → {count(g.usage.output_tokens)} tokens
          </span>
        )}
        {g?.cost_usd && <span className="num muted">{usd(g.cost_usd)}</span>}
        <span className="end num muted" title="Cost of the session up to here">
          Σ {usd(t.cost)}
        </span>
      </header>
      {t.system && t.system.length > 0 && (
        <article className="conv-part" data-role="system" aria-label="System instructions">
          <header>
            <b>system</b>
          </header>
          <LongText text={t.system.map((m) => plainText(m.parts)).join('\n')} most={400} lines={4} />
        </article>
      )}
      {t.before > 0 && <div className="turn-before">{plural(t.before, 'message')} from before, sent again</div>}
      <Pictures.Provider value={pictures}>
        {t.said.map((m, i) => (
          <MessageView key={i} message={m} pairs={pairs} />
        ))}
        {t.answer.map((m, i) => (
          <MessageView key={`a${i}`} message={m} pairs={pairs} answer />
        ))}
      </Pictures.Provider>
      {s.status === 'error' && (
        <div className="note err">
          <b className="foreign">{visible(s.error_type || 'The call failed', 120)}</b>
          <span className="foreign">{visible(s.status_message ?? '', 600)}</span>
        </div>
      )}
      {nothing && s.status !== 'error' && <span className="muted">No text was kept.</span>}
    </article>
  );
});
