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
import { count, plural, short } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { useRange, useUrlState, useZoom } from '@/lib/search';
import { Content } from '@/pages/logs/Content';
import { logQuery, spanQuery, type Group } from '@/pages/errors/group';
import { oneLine } from '@/lib/oneLine';
import { errorName } from '@/pages/logs/record';
import '@/pages/logs/logs.css';

export function ErrorDetails({
  group,
  list,
  isNew,
  onClose,
}: {
  group: Group;
  list: Schemas['ErrorList'];
  isNew: boolean;
  onClose: () => void;
}) {
  const zoom = useZoom();
  const begin = Date.parse(list.from),
    width = list.bucket_ns / 1e6;
  const times = group.buckets.map((_, i) => begin + i * width);
  const { example } = group;
  return (
    <Dock title={visible(errorName(group.kind) ?? 'Other error', 100)} onClose={onClose}>
      <div className="stack">
        <p className="errors-message mono foreign">{visible(group.message)}</p>
        <div className="errors-tags">
          {isNew && <span className="tag warn">new in the last hour</span>}
          <span className="tag">{group.source === 'span' ? 'from spans' : 'from logs'}</span>
          {group.services.slice(0, 8).map((s) => (
            <span key={s} className="tag foreign-line">
              {visible(s, 60)}
            </span>
          ))}
        </div>
        <dl className="facts">
          <dt>Count</dt>
          <dd className="num">
            {count(group.count)}
            {group.folded > 0 && (
              <span
                className="muted"
                title="Spans and logs of the same traces that told one of these errors again, on its way up"
              >
                {' '}
                told in {plural(group.folded, 'more layer')}
              </span>
            )}
          </dd>
          <dt>Traces</dt>
          <dd className="num">{count(group.traces)}</dd>
          <dt>Users</dt>
          <dd className="num">{count(group.users)}</dd>
          <dt>First seen</dt>
          <dd>
            <When at={group.first} style="full" />
          </dd>
          <dt>Last seen</dt>
          <dd>
            <When at={group.last} style="full" />
          </dd>
        </dl>
        <Chart
          label="Occurrences over time"
          times={times}
          series={[{ name: 'errors', values: group.buckets, color: '--err', draw: 'bars', fill: 1 }]}
          format={short}
          height={96}
          range={{ from: begin, to: begin + width * group.buckets.length }}
          onSelect={zoom}
        />
        <div className="errors-links">
          <Link className="btn small" to="/traces" search={{ q: spanQuery(group) } as never}>
            <ListTree aria-hidden />
            Traces
          </Link>
          <Link className="btn small" to="/logs" search={{ q: logQuery(group) } as never}>
            <ScrollText aria-hidden />
            Logs
          </Link>
        </div>
        <section>
          <h3 className="log-heading">Latest</h3>
          <p className="errors-ids">
            <When at={example.time} style="full" />
            {example.trace_id && <Id kind="trace" id={example.trace_id} span={example.span_id} />}
            {example.request_id && <Id kind="request" id={example.request_id} />}
          </p>
          <Example example={example} source={group.source} />
        </section>
        <Occurrences group={group} />
      </div>
    </Dock>
  );
}

const stackKeys = [
  'exception.stacktrace',
  'error.stack',
  'error.stack_trace',
  'stacktrace',
  'stack',
  'exc_info',
  'exception',
  'traceback',
];

function stackIn(attributes: Record<string, string> | undefined): string | undefined {
  for (const key of stackKeys) if (attributes && Object.hasOwn(attributes, key)) return attributes[key];
  return undefined;
}

// Example shows what the latest one says, with the stack of its span or of a log in it.
function Example({ example, source }: { example: Group['example']; source: string }) {
  const inSpan = example.trace_id !== undefined && example.span_id !== undefined;
  const span = useQuery({
    ...ask(
      '/api/v1/spans/{trace}/{span}',
      { path: { trace: example.trace_id ?? '', span: example.span_id ?? '' } },
      { enabled: inSpan && source === 'span' },
    ),
    placeholderData: undefined,
    staleTime: Infinity,
    retry: false,
  });
  const q = inSpan ? `trace:${example.trace_id} span:${example.span_id} level:>=error` : 'level:>=error';
  const at = new Date(example.time).getTime();
  const around = inSpan ? {} : { from: new Date(at - 1).toISOString(), to: new Date(at + 2).toISOString() };
  const logs = useQuery({
    ...ask('/api/v1/logs', { query: { q, ...around, full: true, limit: 10 } }),
    placeholderData: undefined,
    staleTime: Infinity,
  });
  const stack = useMemo(() => {
    for (const e of span.data?.events ?? []) {
      const found = stackIn(e.attributes);
      if (found) return found;
    }
    return (
      stackIn(span.data?.attributes) ?? logs.data?.logs.map((l) => stackIn(l.attributes)).find((s) => s !== undefined)
    );
  }, [span.data, logs.data]);
  const whole = logs.data?.logs.find((l) => l.body?.startsWith(example.message))?.body;
  return (
    <>
      <Content text={whole ?? example.message} lines={12} />
      {stack ? (
        <div className="errors-stack">
          <Content text={stack} />
        </div>
      ) : (
        (span.isSuccess || !inSpan || source !== 'span') &&
        logs.isSuccess && <p className="muted">It came without a stack trace.</p>
      )}
    </>
  );
}

const most = 50;

// Occurrences are those the server put into the group, each with the spans and logs that told it again.
function Occurrences({ group }: { group: Group }) {
  const [search] = useUrlState();
  const [range] = useRange();
  const signal = search.signal === 'spans' || search.signal === 'logs' ? search.signal : 'all';
  const answer = useQuery(
    ask('/api/v1/errors/{fingerprint}', {
      path: { fingerprint: group.fingerprint },
      query: { q: search.q ?? '', signal, ...range, limit: most },
    }),
  );
  const found = answer.data?.occurrences ?? [];
  return (
    <section>
      <h3 className="log-heading">
        Occurrences
        {answer.data && answer.data.count > found.length
          ? `, the latest ${found.length} of ${count(answer.data.count)}`
          : ''}
      </h3>
      {answer.isPending && (
        <p className="muted" role="status">
          Reading…
        </p>
      )}
      {answer.error && <p className="muted">{answer.error.message}</p>}
      {answer.isSuccess && found.length === 0 && <p className="muted">None any more in this time range.</p>}
      <ul className="errors-list">
        {found.map((o, i) => (
          <li key={`${o.time}${o.span_id ?? ''}${i}`}>
            {o.signal === 'log' ? (
              <Link to="/logs" search={around(o.time) as never}>
                <When at={o.time} />
              </Link>
            ) : (
              <When at={o.time} />
            )}
            <span className="foreign-line mono">
              {oneLine(o.message, 160)}
              {o.folded > 0 && (
                <span className="muted" title={layers(o)}>
                  {' '}
                  +{plural(o.folded, 'layer')}
                </span>
              )}
            </span>
            {o.request_id ? (
              <Id kind="request" id={o.request_id} short />
            ) : (
              o.trace_id && <Id kind="trace" id={o.trace_id} span={o.span_id} short />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Logs of about a moment. */
function around(time: string) {
  const at = new Date(time).getTime();
  return { q: 'level:>=error', from: new Date(at - 1).toISOString(), to: new Date(at + 2).toISOString() };
}

/** Who told an error again, a line each. */
function layers(o: Schemas['ErrorOccurrence']): string {
  const lines = o.layers.map((l) => visible([l.signal, l.service, l.name].filter(Boolean).join(' · '), 120));
  return ['Told again by', ...lines, ...(o.folded > lines.length ? [`and ${o.folded - lines.length} more`] : [])].join(
    '\n',
  );
}
