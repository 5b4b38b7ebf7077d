// Rows of the waterfall. Thousands of them go by while one scrolls: each takes plain values, so that React leaves alone what stays,
// and events are handled by the list.
import { memo } from 'react';
import type { Log } from '@/api/client';
import { duration, short, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { oneLine } from '@/lib/oneLine';
import { kindName, kindOf } from '@/lib/spans';
import { indent, rowHeight, type Window } from './layout';
import { odd, type TraceTree } from './tree';

interface SpanRowProps {
  tree: TraceTree;
  at: number; // place in the tree
  index: number; // row
  window: Window;
  selected: boolean;
  opens: boolean; // there is something below
  collapsed: boolean;
  dim: boolean; // is here only because something below matches the filter
  critical?: number[]; // parts on the critical path: from, to, …
}

const percent = (ns: number, [from, to]: Window) => ((ns - from) / (to - from)) * 100;
const clip = (p: number) => Math.max(0, Math.min(100, p));

export const SpanRow = memo(function SpanRow({
  tree,
  at,
  index,
  window,
  selected,
  opens,
  collapsed,
  dim,
  critical,
}: SpanRowProps) {
  const span = tree.spans[at]!;
  const depth = tree.depth[at]!,
    marks = tree.odd[at]!;
  const failed = tree.failed[at] === 1,
    missing = (marks & odd.missing) !== 0;
  const kind = kindOf(span);
  const color = `var(--k-${kind})`;
  const state = `${failed ? ' bad' : ''}${missing ? ' missing' : ''}${dim ? ' dim' : ''}`;
  return (
    <div
      className={`wf-row${state}`}
      id={`wf-${index}`}
      data-row={at}
      role="row"
      aria-rowindex={index + 1}
      aria-level={depth + 1}
      aria-selected={selected}
      aria-expanded={opens ? !collapsed : undefined}
      style={{ transform: `translateY(${index * rowHeight}px)` }}
    >
      <div className="wf-name" role="gridcell" style={{ paddingLeft: 6 + indent(depth) }}>
        {opens ? (
          <span className="wf-toggle" data-toggle={at} aria-hidden>
            {collapsed ? '▸' : '▾'}
          </span>
        ) : (
          <span className="wf-toggle" />
        )}
        <i className="wf-kind" style={{ background: color }} title={missing ? undefined : kindName[kind]} />
        {depth > 12 && (
          <span className="wf-depth num" title="Level">
            {depth + 1}
          </span>
        )}
        {missing ? (
          <span className="wf-what">
            missing parent <span className="mono">{span.span_id}</span>
          </span>
        ) : (
          <>
            {span.service && <span className="wf-service">{visible(span.service, 60)}</span>}
            <span className="wf-what">{visible(span.name ?? '', 200) || 'no name'}</span>
          </>
        )}
        {failed && (
          <span className="wf-mark bad" title={span.error_type ?? 'error'}>
            ✕<span className="sr"> error</span>
          </span>
        )}
        {marks & odd.cycle ? (
          <span className="wf-mark" title="Its parent is below it: the cycle is cut here">
            ↻<span className="sr"> cycle</span>
          </span>
        ) : null}
        {marks & odd.duplicate ? (
          <span className="wf-mark" title="Another span has the same id">
            2×
          </span>
        ) : null}
        {collapsed && tree.below[at]! > 0 && (
          <span className="wf-mark bad" title="Errors below">
            ✕ {tree.below[at]}
            <span className="sr"> errors below</span>
          </span>
        )}
        <Spent tree={tree} at={at} whole={collapsed} />
      </div>
      <div className="wf-time" role="gridcell">
        <Bar tree={tree} at={at} window={window} color={color} critical={critical} failed={failed} missing={missing} />
      </div>
    </div>
  );
});

// Spent is tokens and cost: of the span, or of all below where these are not in sight.
function Spent({ tree, at, whole }: { tree: TraceTree; at: number; whole: boolean }) {
  const { tokens, cost } = whole ? { tokens: tree.tokensIn[at]! || -1, cost: tree.costIn[at]! || -1 } : tree.spent(at);
  if (tokens < 0 && cost < 0) return null;
  return (
    <span className="wf-spent num" title={whole ? 'Tokens and cost of all below' : undefined}>
      {whole ? 'Σ ' : ''}
      {tokens >= 0 ? `${short(tokens)} tok` : ''}
      {cost >= 0 ? ` ${cost > 0 && cost < 0.0001 ? '<$0.0001' : usd(cost)}` : ''}
    </span>
  );
}

function Bar({
  tree,
  at,
  window,
  color,
  critical,
  failed,
  missing,
}: {
  tree: TraceTree;
  at: number;
  window: Window;
  color: string;
  critical?: number[];
  failed: boolean;
  missing: boolean;
}) {
  const start = tree.start[at]!,
    length = tree.length[at]!;
  const left = percent(start, window),
    right = percent(start + length, window);
  const took = missing ? 'not received' : duration(length);
  if (right < 0) return <span className="wf-took num away">‹ {took}</span>;
  if (left > 100) return <span className="wf-took num away end">{took} ›</span>;
  const l = clip(left),
    r = clip(right),
    marks = tree.odd[at]!;
  const skew = marks & (odd.early | odd.late) && outside(tree, at) ? (marks & odd.early ? ' ⇤' : ' ⇥') : '';
  return (
    <div className="wf-lane">
      <div
        className={`wf-bar${failed ? ' bad' : ''}${missing ? ' missing' : ''}`}
        style={{ left: `${l}%`, width: `${r - l}%`, backgroundColor: missing ? undefined : color }}
      />
      {critical && <Critical parts={critical} window={window} />}
      <span
        className="wf-took num"
        style={{ left: `${r}%` }}
        title={
          skew ? (marks & odd.early ? 'Starts before its parent: clocks differ' : 'Ends after its parent') : undefined
        }
      >
        {took}
        {skew}
      </span>
    </div>
  );
}

// outside tells whether a span lies so far outside its parent that it can be seen; the details tell of any bit.
function outside(tree: TraceTree, at: number): boolean {
  const p = tree.parent[at]!;
  const by = Math.max(
    tree.start[p]! - tree.start[at]!,
    tree.start[at]! + tree.length[at]! - tree.start[p]! - tree.length[p]!,
  );
  return by > Math.max(50_000, tree.length[p]! * 0.01);
}

const most = 40; // parts drawn: more of them are too narrow to be told apart

function Critical({ parts, window }: { parts: number[]; window: Window }) {
  const drawn: { l: number; r: number }[] = [];
  for (let k = 0; k < parts.length && drawn.length < most; k += 2) {
    const l = clip(percent(parts[k]!, window)),
      r = clip(percent(parts[k + 1]!, window));
    if (r <= 0 || l >= 100 || r - l < 0.1) continue;
    const before = drawn.at(-1); // the later one
    if (before && before.l - r < 0.15) before.l = l;
    else drawn.push({ l, r });
  }
  return drawn.map(({ l, r }) => <i key={l} className="wf-critical" style={{ left: `${l}%`, width: `${r - l}%` }} />);
}

interface LogRowProps {
  log: Log;
  row: number; // its code: see layout
  index: number;
  depth: number;
  ns: number; // since the trace began
  window: Window;
  selected: boolean;
}

/** The mark of a level, so that color is not all that tells it. */
export const levelClass = (level: string | undefined): string =>
  level === 'error' || level === 'fatal' ? 'bad' : level === 'warn' ? 'warn' : '';

export const LogRow = memo(function LogRow({ log, row, index, depth, ns, window, selected }: LogRowProps) {
  const level = log.level ?? 'log';
  const place = percent(ns, window);
  const text = oneLine(log.body, 300) || log.name || '';
  return (
    <div
      className={`wf-row wf-log ${levelClass(level)}`}
      id={`wf-${index}`}
      data-row={row}
      role="row"
      aria-rowindex={index + 1}
      aria-level={depth + 1}
      aria-selected={selected}
      style={{ transform: `translateY(${index * rowHeight}px)` }}
    >
      <div className="wf-name" role="gridcell" style={{ paddingLeft: 6 + indent(depth) }}>
        <span className="wf-toggle" />
        <span className="wf-level">{level}</span>
        <span className="wf-what" title={text}>
          {text}
        </span>
      </div>
      <div className="wf-time" role="gridcell">
        <div className="wf-lane">
          {place >= 0 && place <= 100 && (
            <>
              <i className="wf-dot" style={{ left: `${place}%` }} />
              <span className="wf-took num" style={{ left: `${place}%` }}>
                {duration(ns)}
              </span>
            </>
          )}
        </div>
      </div>
    </div>
  );
});
