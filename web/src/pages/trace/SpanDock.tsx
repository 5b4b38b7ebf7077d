// Details of a span: at once what the trace knows, then the whole record.
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { Link2, ZoomIn } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { ask, type Span } from '@/api/client';
import { Conversation } from '@/components/Conversation';
import { isCaptured } from '@/components/conversation/captured';
import { toClipboard } from '@/components/Copy';
import { Dock } from '@/components/Dock';
import { ErrorNote } from '@/components/ErrorNote';
import { Id } from '@/components/Id';
import { LongText } from '@/components/LongText';
import { When } from '@/components/When';
import { count, duration, percent, plural, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { kindName, type Kind } from '@/lib/spans';
import { Attributes } from './Attributes';
import type { CriticalPath } from './critical';
import { LogLines } from './LogLines';
import { Similar } from './Similar';
import { ancestors, isMissing, odd, type TraceTree } from './tree';

interface SpanDockProps {
  tree: TraceTree;
  at: number;
  critical: CriticalPath | null;
  onClose: () => void;
  onZoom: () => void;
  onSelect: (row: number) => void;
}

export function SpanDock({ tree, at, critical, onClose, onZoom, onSelect }: SpanDockProps) {
  const listed = tree.spans[at]!;
  const missing = isMissing(tree, at);
  const [linked, setLinked] = useState(false);
  const full = useWhole(tree.id, missing ? undefined : listed.span_id);
  const span = full.data ? { ...listed, ...full.data } : listed;
  useEffect(() => setLinked(false), [at]);
  // The address follows a selection after a moment: the link is made here, not read from there.
  const copyLink = async () => {
    const address = new URL(location.href);
    address.searchParams.set('span', tree.keys[at]!);
    setLinked(await toClipboard(address.href));
  };
  return (
    <Dock
      title={missing ? 'Missing parent' : visible(span.name ?? 'Span', 200)}
      onClose={onClose}
      actions={
        <>
          <button className="btn bare" onClick={onZoom} aria-label="Zoom to this span" title="Zoom to this span (z)">
            <ZoomIn aria-hidden />
          </button>
          <button
            className="btn bare"
            onClick={() => void copyLink()}
            aria-label="Copy a link to this span"
            title={linked ? 'Copied' : 'Copy a link to this span'}
          >
            <Link2 aria-hidden />
            {linked && 'Copied'}
          </button>
        </>
      }
    >
      <div className="stack span-details" key={tree.keys[at]}>
        <Oddities tree={tree} at={at} onSelect={onSelect} />
        <Failure span={span} />
        <Facts tree={tree} at={at} span={span} critical={critical} onSelect={onSelect} />
        {full.isError && <ErrorNote error={full.error} retry={() => void full.refetch()} />}
        {!missing && <Similar span={span} />}
        {(tree.kind[at] === 'llm' || tree.kind[at] === 'tool') &&
          span.genai &&
          (full.data || full.isError ? (
            <Section
              title={tree.kind[at] === 'llm' ? 'Conversation' : 'Tool'}
              more={
                span.genai.call && span.trace_id ? (
                  <Link to="/calls/$trace/$span" params={{ trace: span.trace_id, span: span.span_id! }}>
                    Open the call
                  </Link>
                ) : null
              }
            >
              <Conversation span={span} />
            </Section>
          ) : (
            <Conversation span={span} preview />
          ))}
        <Events tree={tree} at={at} span={span} />
        {tree.logsOf.has(at) && (
          <Section title={`Logs (${count(tree.logsOf.get(at)!.length)})`}>
            <LogLines tree={tree} logs={tree.logsOf.get(at)!} onSelect={onSelect} />
          </Section>
        )}
        <Links span={span} />
        {!missing && <Attributes title="Attributes" values={span.attributes} />}
        {full.data && <Attributes title="Resource" values={span.resource} />}
        {full.isPending && !missing && <p className="muted">Loading events, links and resource…</p>}
      </div>
    </Dock>
  );
}

const pause = 120; // ms before the whole record is asked for: whoever walks by with j wants none of them

function useWhole(trace: string, span: string | undefined) {
  const [settled, setSettled] = useState<string | undefined>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(span), pause);
    return () => clearTimeout(timer);
  }, [span]);
  const options = ask(
    '/api/v1/spans/{trace}/{span}',
    { path: { trace, span: span ?? '' } },
    { enabled: span !== undefined && settled === span },
  );
  return useQuery({ ...options, placeholderData: undefined, staleTime: 300_000 });
}

export function Section({ title, more, children }: { title: ReactNode; more?: ReactNode; children: ReactNode }) {
  return (
    <section className="span-section">
      <h3>
        {title}
        {more && <span className="end">{more}</span>}
      </h3>
      {children}
    </section>
  );
}

function Oddities({ tree, at, onSelect }: { tree: TraceTree; at: number; onSelect: (row: number) => void }) {
  const marks = tree.odd[at]!;
  if (marks === 0) return null;
  const p = tree.parent[at]!;
  const parent = p < 0 ? '' : visible(tree.spans[p]!.name ?? '', 80);
  const other = p >= 0 && tree.spans[p]!.service !== tree.spans[at]!.service;
  const notes: ReactNode[] = [];
  if (marks & odd.missing)
    notes.push(
      'This span was not received: it has not ended yet, or it was not sent. What is known is that the spans below name it as their parent; its time here is theirs.',
    );
  if (marks & odd.early)
    notes.push(
      <>
        Starts {duration(tree.start[p]! - tree.start[at]!)} before{' '}
        <button className="link" onClick={() => onSelect(p)}>
          its parent {parent}
        </button>
        {other ? ': the clocks of the two services differ' : ''}. Shown at the time it told.
      </>,
    );
  if (marks & odd.late)
    notes.push(
      <>
        Ends {duration(tree.start[at]! + tree.length[at]! - tree.start[p]! - tree.length[p]!)} after{' '}
        <button className="link" onClick={() => onSelect(p)}>
          its parent {parent}
        </button>
        {other ? ': the parent did not wait for it, or clocks differ' : ': the parent did not wait for it'}.
      </>,
    );
  if (marks & odd.cycle)
    notes.push('Its parent is one of the spans below it. The cycle is cut here, so that all of its spans are shown.');
  if (marks & odd.duplicate)
    notes.push(
      'Another span of this trace has the same id: both are shown, and spans that name it as parent stand under the first.',
    );
  return notes.map((n, i) => (
    <div key={i} className="note warn">
      <span>{n}</span>
    </div>
  ));
}

function Failure({ span }: { span: Span }) {
  if (span.status !== 'error') return null;
  return (
    <div className="note err">
      <div>
        <b className="foreign">{span.error_type ? visible(span.error_type, 200) : 'Failed'}</b>
        {span.status_message && <LongText text={span.status_message} most={800} lines={8} copy={false} />}
      </div>
    </div>
  );
}

function Facts({
  tree,
  at,
  span,
  critical,
  onSelect,
}: {
  tree: TraceTree;
  at: number;
  span: Span;
  critical: CriticalPath | null;
  onSelect: (row: number) => void;
}) {
  const g = span.genai,
    u = g?.usage;
  const kind: Kind = tree.kind[at]!;
  const p = tree.parent[at]!;
  const length = tree.length[at]!;
  const facts: [string, ReactNode][] = [];
  const fact = (name: string, value: ReactNode) => {
    if (value !== undefined && value !== null && value !== '') facts.push([name, value]);
  };
  const num = (v: ReactNode) => <span className="num">{v}</span>;
  fact('Duration', num(`${duration(length)}${tree.total > 0 ? `, ${percent(length / tree.total)} of the trace` : ''}`));
  if (tree.children[at]! > 0)
    fact('Self time', num(`${duration(tree.self[at])}${length > 0 ? `, ${percent(tree.self[at]! / length)}` : ''}`));
  if (critical) fact('On the critical path', num(critical.parts.has(at) ? duration(critical.time[at]) : 'no'));
  fact(
    'Start',
    <>
      <span className="num">+{duration(tree.start[at])}</span> <When at={span.time} style="full" />
    </>,
  );
  if (!isMissing(tree, at))
    fact(
      'Kind',
      <>
        <i className="swatch" style={{ background: `var(--k-${kind})` }} /> {kindName[kind]}
        {span.kind ? <span className="muted"> · {span.kind}</span> : null}
      </>,
    );
  fact('Service', span.service && visible(span.service, 120));
  fact('Environment', span.environment && visible(span.environment, 120));
  if (span.http_method || span.http_path)
    fact('HTTP', num(`${span.http_method ?? ''} ${visible(span.http_path ?? '', 200)} ${span.http_status ?? ''}`));
  fact('Agent', g?.agent && visible(g.agent, 120));
  fact('Tool', g?.tool && visible(g.tool, 120));
  fact(
    'Model',
    g?.model && (
      <>
        {visible(g.model, 120)}
        {g.response_model && g.response_model !== g.model ? (
          <span className="muted"> → {visible(g.response_model, 120)}</span>
        ) : null}
        {g.provider ? <span className="muted"> · {g.provider}</span> : null}
      </>
    ),
  );
  if (u && (u.input_tokens !== undefined || u.output_tokens !== undefined)) {
    const parts = [
      u.cache_read_tokens ? `${count(u.cache_read_tokens)} cached` : '',
      u.reasoning_tokens ? `${count(u.reasoning_tokens)} reasoning` : '',
    ]
      .filter(Boolean)
      .join(', ');
    fact('Tokens', num(`${count(u.input_tokens)} in, ${count(u.output_tokens)} out${parts ? ` (${parts})` : ''}`));
  }
  if (g?.cost_usd !== undefined) fact('Cost', num(usd(g.cost_usd)));
  else if (g?.call && u) fact('Cost', <span className="muted">price unknown</span>);
  if (g?.ttft_ns !== undefined) fact('First token', num(duration(g.ttft_ns)));
  fact('Finish', g?.finish_reasons?.map((f) => visible(f, 40)).join(', '));
  if (tree.children[at]! > 0) {
    fact(
      'Below',
      num(
        `${plural(tree.end[at]! - at - 1, 'span')}${tree.below[at]! > 0 ? `, ${plural(tree.below[at]!, 'error')}` : ''}`,
      ),
    );
    if (tree.tokensIn[at]! > Math.max(0, tree.tokens[at]!))
      fact('Tokens and cost below', num(`${count(tree.tokensIn[at])} · ${usd(tree.costIn[at])}`));
  }
  if (p >= 0)
    fact(
      'Parent',
      <button className="link foreign-line" onClick={() => onSelect(p)}>
        {visible(tree.spans[p]!.name ?? '', 80)}
      </button>,
    );
  fact('Level', num(count(tree.depth[at]! + 1)));
  if (span.request_id) fact('Request', <Id kind="request" id={span.request_id} />);
  if (span.session_id) fact('Session', <Id kind="session" id={span.session_id} />);
  if (span.user_id) fact('User', <Id kind="user" id={span.user_id} />);
  if (span.tenant_id) fact('Tenant', <Id kind="tenant" id={span.tenant_id} />);
  if (span.key_id) fact('Key', <Id kind="key" id={span.key_id} />);
  fact('Span', span.span_id && <Id kind="span" id={tree.id} span={span.span_id} />);
  fact(
    'Recorded by',
    span.scope && (
      <span className="muted">
        {visible(span.scope, 120)} {span.scope_version}
      </span>
    ),
  );
  return (
    <dl className="facts">
      {facts.flatMap(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name}=`}>{value}</dd>])}
    </dl>
  );
}

const stack = 'exception.stacktrace';

function Events({ tree, at, span }: { tree: TraceTree; at: number; span: Span }) {
  const events = span.events?.filter((e) => !isCaptured(e.name)) ?? []; // those are in the conversation, and raw on the page of the call
  if (events.length === 0) return null;
  const start = Date.parse(span.time);
  return (
    <Section title={`Events (${count(events.length)})`}>
      {events.slice(0, 200).map((event, i) => {
        const {
          [stack]: trace,
          ['exception.type']: type,
          ['exception.message']: message,
          ...rest
        } = event.attributes ?? {};
        return (
          <div key={i} className="span-event">
            <div className="span-event-head">
              <b className={event.name === 'exception' ? 'err' : undefined}>{visible(type ?? event.name, 200)}</b>
              <span className="end num muted" title="Since the trace began">
                +{duration(tree.start[at]! + (Date.parse(event.time) - start) * 1e6)}
              </span>
            </div>
            {message && <LongText text={message} most={800} lines={8} copy={false} />}
            {trace && <LongText text={trace} mono most={2500} lines={24} copy="Copy the stack trace" />}
            {Object.keys(rest).length > 0 && (
              <dl className="facts left">
                {Object.entries(rest)
                  .slice(0, 50)
                  .flatMap(([k, v]) => [
                    <dt key={k} className="mono">
                      {visible(k, 120)}
                    </dt>,
                    <dd key={`${k}=`}>
                      <LongText text={v} mono most={300} lines={4} copy={false} />
                    </dd>,
                  ])}
              </dl>
            )}
          </div>
        );
      })}
      {events.length > 200 && <p className="muted">and {plural(events.length - 200, 'more event')}</p>}
    </Section>
  );
}

function Links({ span }: { span: Span }) {
  if (!span.links?.length) return null;
  return (
    <Section title={`Links (${count(span.links.length)})`}>
      {span.links.slice(0, 100).map((l, i) => (
        <div key={i}>
          <Id kind="trace" id={l.trace_id} span={l.span_id} />
          {Object.entries(l.attributes ?? {})
            .slice(0, 8)
            .map(([k, v]) => (
              <span key={k} className="muted foreign">
                {' '}
                {visible(k, 60)}={visible(v, 120)}
              </span>
            ))}
        </div>
      ))}
      {span.links.length > 100 && <p className="muted">and {plural(span.links.length - 100, 'more link')}</p>}
    </Section>
  );
}

/** The way from the root to a span, for those who landed deep in a trace. */
export const pathOf = (tree: TraceTree, at: number): number[] => ancestors(tree, at).reverse();
