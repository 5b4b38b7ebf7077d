// The model calls of a trace, one after the other, as a conversation.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ask, type Span } from '@/api/client';
import { Conversation } from '@/components/Conversation';
import { Empty, fill } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { count, duration, plural, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { before, callsOf, fresh } from './thread';
import type { TraceTree } from './tree';

const step = 30;

export function ConversationView({
  tree,
  selected,
  onSelect,
}: {
  tree: TraceTree;
  selected: number | null;
  onSelect: (at: number) => void;
}) {
  const calls = useMemo(() => callsOf(tree), [tree]);
  const previous = useMemo(() => before(tree, calls), [tree, calls]);
  const [most, setMost] = useState(() => Math.max(step, selected === null ? 0 : calls.indexOf(selected) + 5));
  if (calls.length === 0) {
    return (
      <Empty title="No model was called in this trace" own={fill.calls}>
        <p>
          Calls of language models show here as a conversation. To have them captured, send them through this server:
        </p>
      </Empty>
    );
  }
  return (
    <div className="talk" tabIndex={0} role="group" aria-label="Conversation">
      {calls.slice(0, most).map((at, i) => (
        <Call
          key={tree.keys[at]}
          tree={tree}
          at={at}
          previous={previous[i]!}
          selected={at === selected}
          onSelect={onSelect}
        />
      ))}
      {calls.length > most && (
        <button className="btn" onClick={() => setMost(most + step)}>
          Show more of {count(calls.length)} calls
        </button>
      )}
    </div>
  );
}

// The whole record of a call is asked for when it comes into sight.
function Call({
  tree,
  at,
  previous,
  selected,
  onSelect,
}: {
  tree: TraceTree;
  at: number;
  previous: number;
  selected: boolean;
  onSelect: (at: number) => void;
}) {
  const box = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  const [whole, setWhole] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && setSeen(true), {
      rootMargin: '400px',
    });
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (selected) box.current!.scrollIntoView({ block: 'nearest' });
    // where the page was opened with a call selected; what is clicked is in sight already
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const listed = tree.spans[at]!;
  const record = useRecord(listed, seen),
    earlier = useRecord(previous >= 0 ? tree.spans[previous] : undefined, seen);
  const span = record.data ? { ...listed, ...record.data } : listed;
  const part = useMemo(
    () =>
      record.data
        ? fresh(earlier.data?.genai?.input_messages, span.genai?.input_messages)
        : { messages: undefined, left: 0 },
    [record.data, earlier.data, span.genai?.input_messages],
  );
  const shown: Span =
    whole || part.left === 0 ? span : { ...span, genai: { ...span.genai!, input_messages: part.messages } };
  const g = listed.genai!;
  return (
    <article
      className={selected ? 'talk-call selected' : 'talk-call'}
      ref={box}
      aria-label={visible(listed.name ?? 'call', 80)}
    >
      <header>
        <span className="num muted" title="Since the trace began">
          +{duration(tree.start[at])}
        </span>
        {g.agent && (
          <span className="tag">
            <i className="swatch" style={{ background: 'var(--k-agent)' }} />
            {visible(g.agent, 60)}
          </span>
        )}
        <button className="link foreign-line" onClick={() => onSelect(at)}>
          <b>{visible(listed.name ?? g.model ?? 'call', 100)}</b>
        </button>
        {tree.failed[at] ? <span className="tag err">✕ {visible(listed.error_type ?? 'failed', 60)}</span> : null}
        <span className="end num muted">
          {duration(tree.length[at])}
          {tree.tokens[at]! >= 0 ? ` · ${count(tree.tokens[at])} tokens` : ''}
          {tree.cost[at]! >= 0 ? ` · ${usd(tree.cost[at])}` : ''}
        </span>
      </header>
      {part.left > 0 && (
        <button className="link talk-left" onClick={() => setWhole(!whole)}>
          {whole ? 'Leave out what was said before' : `${plural(part.left, 'message')} as in the call before`}
        </button>
      )}
      {record.isError ? (
        <ErrorNote error={record.error} retry={() => void record.refetch()} />
      ) : (
        <Conversation span={shown} preview={!record.data} />
      )}
    </article>
  );
}

function useRecord(span: Span | undefined, wanted: boolean) {
  return useQuery({
    ...ask(
      '/api/v1/spans/{trace}/{span}',
      { path: { trace: span?.trace_id ?? '', span: span?.span_id ?? '' } },
      { enabled: wanted && span !== undefined },
    ),
    placeholderData: undefined,
    staleTime: 300_000,
  });
}
