// An error: how often it happens, the latest one with its stack, and others of it.
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { ListTree, ScrollText } from 'lucide-react';
import { useMemo } from 'react';
import { ask, type Schemas } from '@/api/client';
import { Chart } from '@/components/Chart';
import { Dock } from '@/components/Dock';
import { Id } from '@/components/Id';
import { When } from '@/components/When';
import { count, short } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { useRange } from '@/lib/search';
import { useZoom } from '@/lib/search';
import { Content } from '@/pages/logs/Content';
import { keyOf } from '@/pages/logs/record';
import { logMessage, logQuery, matcher, spanMessage, spanQuery, type Group } from '@/pages/errors/group';
import { oneLine } from '@/lib/oneLine';
import '@/pages/logs/logs.css';

export function ErrorDetails({ group, list, isNew, onClose }: { group: Group; list: Schemas['ErrorList']; isNew: boolean; onClose: () => void }) {
  const zoom = useZoom();
  const begin = Date.parse(list.from), width = list.bucket_ns / 1e6;
  const times = group.buckets.map((_, i) => begin + i * width);
  const { example } = group;
  return (
    <Dock title={visible(group.kind, 100)} onClose={onClose}>
      <div className="stack">
        <p className="errors-message mono foreign">{visible(group.message)}</p>
        <div className="errors-tags">{isNew && <span className="tag warn">new in the last hour</span>}<span className="tag">{group.source === 'span' ? 'from spans' : 'from logs'}</span>{group.services.slice(0, 8).map((s) => <span key={s} className="tag foreign-line">{visible(s, 60)}</span>)}</div>
        <dl className="facts">
          <dt>Count</dt><dd className="num">{count(group.count)}</dd>
          <dt>Traces</dt><dd className="num">{count(group.traces)}</dd>
          <dt>Users</dt><dd className="num">{count(group.users)}</dd>
          <dt>First seen</dt><dd><When at={group.first} style="full" /></dd>
          <dt>Last seen</dt><dd><When at={group.last} style="full" /></dd>
        </dl>
        <Chart label="Occurrences over time" times={times} series={[{ name: 'errors', values: group.buckets, color: '--err', draw: 'bars', fill: 1 }]} format={short} height={96} range={{ from: begin, to: begin + width * group.buckets.length }} onSelect={zoom} />
        <div className="errors-links">
          <Link className="btn small" to="/traces" search={{ q: spanQuery(group) } as never}><ListTree aria-hidden />Traces</Link>
          <Link className="btn small" to="/logs" search={{ q: logQuery(group) } as never}><ScrollText aria-hidden />Logs</Link>
        </div>
        <section>
          <h3 className="log-heading">Latest</h3>
          <p className="errors-ids"><When at={example.time} style="full" />{example.trace_id && <Id kind="trace" id={example.trace_id} span={example.span_id} />}{example.request_id && <Id kind="request" id={example.request_id} />}</p>
          <Example example={example} source={group.source} />
        </section>
        <Occurrences group={group} />
      </div>
    </Dock>
  );
}

const stackKeys = ['exception.stacktrace', 'error.stack', 'error.stack_trace', 'stacktrace', 'stack', 'exc_info', 'exception', 'traceback'];

function stackIn(attributes: Record<string, string> | undefined): string | undefined {
  for (const key of stackKeys) if (attributes && Object.hasOwn(attributes, key)) return attributes[key];
  return undefined;
}

// Example shows what the latest one says, with the stack of its span or of a log in it.
function Example({ example, source }: { example: Group['example']; source: string }) {
  const inSpan = example.trace_id !== undefined && example.span_id !== undefined;
  const span = useQuery({ ...ask('/api/v1/spans/{trace}/{span}', { path: { trace: example.trace_id ?? '', span: example.span_id ?? '' } }, { enabled: inSpan && source === 'span' }), placeholderData: undefined, staleTime: Infinity, retry: false });
  const q = inSpan ? `trace:${example.trace_id} span:${example.span_id} level:>=error` : 'level:>=error';
  const at = new Date(example.time).getTime();
  const around = inSpan ? {} : { from: new Date(at - 1).toISOString(), to: new Date(at + 2).toISOString() };
  const logs = useQuery({ ...ask('/api/v1/logs', { query: { q, ...around, full: true, limit: 10 } }), placeholderData: undefined, staleTime: Infinity });
  const stack = useMemo(() => {
    for (const e of span.data?.events ?? []) {
      const found = stackIn(e.attributes);
      if (found) return found;
    }
    return stackIn(span.data?.attributes) ?? logs.data?.logs.map((l) => stackIn(l.attributes)).find((s) => s !== undefined);
  }, [span.data, logs.data]);
  const whole = logs.data?.logs.find((l) => l.body?.startsWith(example.message))?.body;
  return (
    <>
      <Content text={whole ?? example.message} lines={12} />
      {stack ? <div className="errors-stack"><Content text={stack} /></div> : (span.isSuccess || !inSpan || source !== 'span') && logs.isSuccess && <p className="muted">It came without a stack trace.</p>}
    </>
  );
}

interface Occurrence {
  key: string;
  time: string;
  message: string;
  trace?: string;
  span?: string;
  request?: string;
  log?: string; // key of the log
}

const most = 20;

function Occurrences({ group }: { group: Group }) {
  const [range] = useRange();
  const ofSpans = group.source === 'span';
  const spans = useQuery(ask('/api/v1/spans', { query: { q: spanQuery(group), ...range, limit: 200 } }, { enabled: ofSpans }));
  const logs = useQuery(ask('/api/v1/logs', { query: { q: logQuery(group), ...range, limit: 200 } }, { enabled: !ofSpans }));
  const answer = ofSpans ? spans : logs;
  const found = useMemo((): Occurrence[] => {
    const like = matcher(group.message);
    const all: Occurrence[] = ofSpans
      ? (spans.data?.spans ?? []).map((s, i) => ({ key: `${s.trace_id}${s.span_id}${i}`, time: s.time, message: spanMessage(s), trace: s.trace_id, span: s.span_id, request: s.request_id }))
      : (logs.data?.logs ?? []).map((l, i) => ({ key: `${keyOf(l)}${i}`, time: l.time, message: logMessage(l), trace: l.trace_id, span: l.span_id, request: l.request_id, log: keyOf(l) }));
    return all.filter((o) => like.test(o.message)).slice(0, most);
  }, [group.message, ofSpans, spans.data, logs.data]);
  return (
    <section>
      <h3 className="log-heading">Recent occurrences</h3>
      {answer.isPending && <p className="muted" role="status">Reading…</p>}
      {answer.error && <p className="muted">{answer.error.message}</p>}
      {answer.isSuccess && found.length === 0 && <p className="muted">None among the latest that were read; the links above look further.</p>}
      <ul className="errors-list">
        {found.map((o) => (
          <li key={o.key}>
            {o.log ? <Link to="/logs" search={{ context: o.log, sel: o.log } as never}><When at={o.time} /></Link> : <When at={o.time} />}
            <span className="foreign-line mono">{oneLine(o.message, 160)}</span>
            {o.request ? <Id kind="request" id={o.request} short /> : o.trace && <Id kind="trace" id={o.trace} span={o.span} short />}
          </li>
        ))}
      </ul>
    </section>
  );
}
