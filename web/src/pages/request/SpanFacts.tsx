// Details of a span of a request: at once what the list has, then the whole record.
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { ask, type Schemas, type Span } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { Id } from '@/components/Id';
import { When } from '@/components/When';
import { count, duration, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { kindName, kindOf } from '@/lib/spans';
import { Attributes } from '@/pages/logs/Attributes';
import { Content } from '@/pages/logs/Content';
import { errorName } from '@/pages/logs/record';
import type { Item } from '@/pages/request/timeline';

export function SpanFacts({ item }: { item: Item }) {
  const listed = item.span!;
  const known = listed.trace_id !== undefined && listed.span_id !== undefined;
  const full = useQuery({
    ...ask(
      '/api/v1/spans/{trace}/{span}',
      { path: { trace: listed.trace_id ?? '', span: listed.span_id ?? '' } },
      { enabled: known },
    ),
    placeholderData: undefined,
    staleTime: Infinity,
  });
  const span: Span = full.data ?? listed;
  const { genai } = span;
  const facts: [string, React.ReactNode][] = [
    ['Kind', kindName[kindOf(span)]],
    ['Service', visible(span.service ?? '–', 200)],
    ['Status', span.status === 'error' ? <b className="err">error</b> : 'ok'],
    ['Duration', duration(span.duration_ns)],
    [
      'Began',
      <>
        <When at={span.time} style="full" /> <span className="muted num">+{duration(item.at)}</span>
      </>,
    ],
  ];
  if (genai?.model) facts.push(['Model', visible(genai.response_model ?? genai.model, 200)]);
  if (genai?.ttft_ns !== undefined) facts.push(['Time to first token', duration(genai.ttft_ns)]);
  if (genai?.usage)
    facts.push(['Tokens', `${count(genai.usage.input_tokens)} in, ${count(genai.usage.output_tokens)} out`]);
  if (genai?.call) facts.push(['Cost', genai.cost_usd === undefined ? 'not known' : usd(genai.cost_usd)]);
  if (genai?.tool) facts.push(['Tool', visible(genai.tool, 200)]);
  return (
    <div className="stack log-details">
      {span.status === 'error' && (span.status_message ?? span.error_type) && (
        <div className="note err">
          <div className="foreign">
            <b>{visible(errorName(span.error_type) ?? 'Failed', 200)}</b>
            {span.status_message && <div>{visible(span.status_message, 2000)}</div>}
          </div>
        </div>
      )}
      {full.error && <ErrorNote error={full.error} retry={() => void full.refetch()} />}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="request-fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div className="request-fact">
          <dt>Trace</dt>
          <dd>{span.trace_id && <Id kind="trace" id={span.trace_id} span={span.span_id} />}</dd>
        </div>
      </dl>
      {genai?.call && span.trace_id && (
        <div>
          <Link
            className="btn small"
            to="/calls/$trace/$span"
            params={{ trace: span.trace_id, span: span.span_id ?? '' }}
          >
            Conversation of this call
          </Link>
        </div>
      )}
      <Events events={span.events} began={span.time} />
      <Attributes title="Attributes" of={span.attributes} field={(k) => k} />
      <Attributes title="Resource" of={span.resource} field={(k) => k} />
    </div>
  );
}

const most = 50;

function Events({ events, began }: { events: Schemas['Event'][] | undefined; began: string }) {
  if (!events || events.length === 0) return null;
  return (
    <section>
      <h3 className="log-heading">
        Events <span className="muted num">{events.length}</span>
      </h3>
      {events.slice(0, most).map((e, i) => (
        <div key={i} className="request-event">
          <div>
            <b className="foreign">{visible(e.name, 200)}</b>{' '}
            <span className="muted num">+{duration((Date.parse(e.time) - Date.parse(began)) * 1e6)}</span>
          </div>
          {Object.entries(e.attributes ?? {})
            .slice(0, most)
            .map(([k, v]) => (
              <div key={k}>
                <span className="muted mono foreign">{visible(k, 200)}</span>
                <Content text={v} lines={20} />
              </div>
            ))}
        </div>
      ))}
      {events.length > most && <p className="muted">{events.length - most} more: the trace has them.</p>}
    </section>
  );
}
