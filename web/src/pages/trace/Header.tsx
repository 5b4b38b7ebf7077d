// What a trace is, in one line.
import type { Trace } from '@/api/client';
import { Id } from '@/components/Id';
import { When } from '@/components/When';
import { count, duration, plural, short, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { kindName, kinds, type Kind } from '@/lib/spans';
import { isMissing, odd, rootOf, type TraceTree } from './tree';

interface HeaderProps {
  tree: TraceTree;
  trace: Trace;
  shown: number; // spans
  onNextError: () => void;
}

export function Header({ tree, trace, shown, onNextError }: HeaderProps) {
  const root = rootOf(tree);
  const span = root >= 0 ? tree.spans[root]! : undefined;
  const s = trace.summary;
  const services = s.services.map((v) => visible(v, 60));
  const first = <K extends 'request_id' | 'session_id' | 'user_id'>(name: K) =>
    span?.[name] ?? tree.spans.find((x) => x[name])?.[name];
  const request = first('request_id'),
    session = first('session_id'),
    user = first('user_id');
  return (
    <header className="trace-head">
      <div className="trace-line">
        <h2 className="foreign-line">{visible(span?.name ?? 'Trace', 120)}</h2>
        <Id kind="trace" id={tree.id} />
        <span className="nowrap">
          <b className="num">{count(shown)}</b> of <span className="num">{plural(tree.count, 'span')}</span>
        </span>
        <b className="num nowrap" title="From the first start to the last end">
          {duration(tree.total)}
        </b>
        {span && <When at={span.time} />}
        {s.errors > 0 ? (
          <button className="trace-errors" onClick={onNextError} title="Next error">
            ✕ {plural(s.errors, 'error')} <kbd>e</kbd>
          </button>
        ) : (
          <span className="muted nowrap">no errors</span>
        )}
        {s.calls > 0 && (
          <span className="nowrap">
            <b className="num">{count(s.calls)}</b> model {s.calls === 1 ? 'call' : 'calls'}
          </span>
        )}
        {(s.input_tokens !== undefined || s.output_tokens !== undefined) && (
          <span className="nowrap" title={`${count(s.input_tokens)} input, ${count(s.output_tokens)} output`}>
            <b className="num">{short((s.input_tokens ?? 0) + (s.output_tokens ?? 0))}</b> tokens
          </span>
        )}
        {(s.cost_usd !== undefined || s.unpriced_calls > 0) && (
          <span className="nowrap">
            <b className="num">{usd(s.cost_usd)}</b>
            {s.unpriced_calls > 0 && (
              <span className="muted" title="Calls whose price is unknown are not in the sum">
                {' '}
                + {count(s.unpriced_calls)} unpriced
              </span>
            )}
          </span>
        )}
        <span className="muted trace-services" title={services.join(', ')}>
          {services.length > 3
            ? `${services.slice(0, 2).join(', ')} and ${services.length - 2} more services`
            : services.join(', ')}
        </span>
        {request && (
          <span className="trace-of nowrap">
            <span className="muted">request</span> <Id kind="request" id={request} short={request.length > 24} />
          </span>
        )}
        {session && (
          <span className="trace-of nowrap">
            <span className="muted">session</span> <Id kind="session" id={session} short={session.length > 24} />
          </span>
        )}
        {user && (
          <span className="trace-of nowrap">
            <span className="muted">user</span> <Id kind="user" id={user} short={user.length > 24} />
          </span>
        )}
      </div>
      <Notes tree={tree} trace={trace} />
    </header>
  );
}

// Notes tells what a reader should know before believing the picture.
function Notes({ tree, trace }: { tree: TraceTree; trace: Trace }) {
  const notes: string[] = [];
  const rootMissing = tree.spans.every(
    (_, i) => tree.parent[i] !== -1 || (tree.odd[i]! & (odd.missing | odd.cycle)) !== 0,
  );
  if (trace.truncated) notes.push('There is more than the 100,000 spans or logs that are shown.');
  if (rootMissing && tree.missing > 0)
    notes.push('The root has not been received: the trace is not finished, or its root was not sent.');
  else if (tree.missing > 0)
    notes.push(`${plural(tree.missing, 'parent was', 'parents were')} not received; their spans stand under a mark.`);
  if (tree.cycles > 0)
    notes.push(`${plural(tree.cycles, 'span is its', 'spans are their')} own ancestor ↻: the cycle is cut.`);
  if (tree.early > 0)
    notes.push(
      `${plural(tree.early, 'span starts', 'spans start')} before the parent ⇤: clocks differ. Times are shown as they were told.`,
    );
  if (notes.length === 0) return null;
  return (
    <ul className="trace-notes">
      {notes.map((n) => (
        <li key={n}>{n}</li>
      ))}
    </ul>
  );
}

/** What the colors mean; only those of the trace. */
export function KindLegend({ tree }: { tree: TraceTree }) {
  const there = new Set<Kind>();
  tree.kind.forEach((k, i) => !isMissing(tree, i) && there.add(k));
  return (
    <span className="trace-legend">
      {kinds
        .filter((k) => there.has(k))
        .map((k) => (
          <span key={k}>
            <i className="swatch" style={{ background: `var(--k-${k})` }} />
            {kindName[k]}
          </span>
        ))}
    </span>
  );
}
