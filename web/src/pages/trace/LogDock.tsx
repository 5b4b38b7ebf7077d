// Details of a line of a log within its trace.
import { Link } from '@tanstack/react-router';
import { Dock } from '@/components/Dock';
import { quote } from '@/components/Id';
import { LongText } from '@/components/LongText';
import { When } from '@/components/When';
import { duration } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { Attributes } from './Attributes';
import { levelClass } from './Row';
import type { TraceTree } from './tree';

export function LogDock({
  tree,
  log: at,
  onClose,
  onSelect,
}: {
  tree: TraceTree;
  log: number;
  onClose: () => void;
  onSelect: (row: number) => void;
}) {
  const log = tree.logs[at]!,
    span = tree.logSpan[at]!;
  return (
    <Dock title="Log" onClose={onClose}>
      <div className="stack span-details" key={at}>
        <div>
          <span className={`wf-level ${levelClass(log.level)}`}>{log.level ?? 'log'}</span>
        </div>
        <LongText text={log.body ?? ''} mono />
        <dl className="facts">
          <dt>Time</dt>
          <dd>
            <span className="num">+{duration(tree.logTime[at])}</span> <When at={log.time} style="full" />
          </dd>
          {log.service && (
            <>
              <dt>Service</dt>
              <dd className="foreign">{visible(log.service, 120)}</dd>
            </>
          )}
          {log.name && (
            <>
              <dt>Logger</dt>
              <dd className="foreign">{visible(log.name, 120)}</dd>
            </>
          )}
          {log.error_type && (
            <>
              <dt>Error</dt>
              <dd className="foreign">{visible(log.error_type, 200)}</dd>
            </>
          )}
          <dt>Span</dt>
          <dd>
            {span >= 0 ? (
              <button className="link foreign-line" onClick={() => onSelect(span)}>
                {visible(tree.spans[span]!.name ?? '', 80)}
              </button>
            ) : log.span_id ? (
              <span className="muted">{log.span_id} was not received</span>
            ) : (
              <span className="muted">none</span>
            )}
          </dd>
        </dl>
        <nav className="similar" aria-label="Find similar lines">
          <span className="muted">Find:</span>
          <Link to="/logs" search={{ q: `trace:${tree.id}` } as never}>
            all lines of this trace
          </Link>
          {log.name && (
            <Link to="/logs" search={{ q: `name:${quote(log.name)}` } as never}>
              of this logger
            </Link>
          )}
        </nav>
        <Attributes title="Attributes" values={log.attributes} />
      </div>
    </Dock>
  );
}
