// What is known of a call besides its texts.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Span } from '@/api/client';
import { badFinish } from '@/components/Conversation';
import { literal } from '@/components/conditions';
import { Id } from '@/components/Id';
import { When } from '@/components/When';
import { count, duration, figures, percent, unknown, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { cachedShare, speed } from './columns';
import { parametersOf, tokenParts, unpricedReason } from './usage';

/** Figures in one line. */
export function Figures({ span: s }: { span: Span }) {
  const g = s.genai;
  const items: [string, ReactNode][] = [
    ['Duration', duration(s.duration_ns)],
    ['First token', duration(g?.ttft_ns)],
    ['Speed', speed(s) === undefined ? unknown : `${figures(speed(s)!)} tok/s`],
    ['Tokens', g?.usage ? `${count(g.usage.input_tokens)} → ${count(g.usage.output_tokens)}` : unknown],
    ['Cached', percent(cachedShare(s))],
    ['Cost', usd(g?.cost_usd)],
  ];
  return (
    <dl className="call-figures">
      {items.map(([t, v]) => (
        <div key={t}>
          <dt>{t}</dt>
          <dd className="num">{v}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Tokens and their cost part by part, the time to the first token within the duration, and why there is no cost. */
export function Parts({ span: s }: { span: Span }) {
  const parts = tokenParts(s.genai?.usage, s.genai?.cost_parts);
  const total = parts.reduce((n, p) => n + p.tokens, 0);
  const reason = unpricedReason(s);
  const ttft = s.genai?.ttft_ns;
  return (
    <div className="call-parts">
      {total > 0 && (
        <>
          <div
            className="call-bar"
            role="img"
            aria-label={parts.map((p) => `${p.name} ${count(p.tokens)} tokens`).join(', ')}
          >
            {parts
              .filter((p) => p.tokens > 0)
              .map((p) => (
                <i
                  key={p.name}
                  style={{ flexGrow: p.tokens, background: `var(${p.color})` }}
                  title={`${p.name}: ${count(p.tokens)}`}
                />
              ))}
          </div>
          <ul className="call-legend">
            {parts.map((p) => (
              <li key={p.name} title={p.what}>
                <i className="swatch" style={{ background: `var(${p.color})` }} />
                {p.name} <b className="num">{count(p.tokens)}</b>
                {p.cost !== undefined && (
                  <>
                    {' '}
                    · <span className="num">{usd(p.cost)}</span>
                  </>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {ttft !== undefined && s.duration_ns > 0 && ttft <= s.duration_ns && (
        <>
          <div
            className="call-bar thin"
            role="img"
            aria-label={`First token after ${duration(ttft)}, then ${duration(s.duration_ns - ttft)}`}
          >
            <i style={{ flexGrow: ttft, background: 'var(--s-other)' }} />
            <i style={{ flexGrow: s.duration_ns - ttft, background: 'var(--s4)' }} />
          </div>
          <ul className="call-legend">
            <li>
              <i className="swatch" style={{ background: 'var(--s-other)' }} />
              until the first token <b className="num">{duration(ttft)}</b>
            </li>
            <li>
              <i className="swatch" style={{ background: 'var(--s4)' }} />
              after it <b className="num">{duration(s.duration_ns - ttft)}</b>
            </li>
          </ul>
        </>
      )}
      {reason && <p className="muted call-reason">No cost. {reason}</p>}
    </div>
  );
}

/** The error of a call, with its exceptions. */
export function Failure({ span: s }: { span: Span }) {
  if (s.status !== 'error') return null;
  const exceptions = (s.events ?? []).filter((e) => e.name === 'exception');
  return (
    <div className="note err call-failure">
      <div>
        <b className="foreign">
          {visible(s.error_type || 'The call failed', 200)}
          {s.http_status ? ` · HTTP ${s.http_status}` : ''}
        </b>
        {s.status_message && <div className="foreign">{visible(s.status_message, 2000)}</div>}
        {exceptions.map(
          (e, i) =>
            e.attributes?.['exception.stacktrace'] && (
              <details key={i}>
                <summary>Stack of {visible(e.attributes['exception.type'] ?? 'the exception', 80)}</summary>
                <pre className="foreign" tabIndex={0}>
                  {visible(e.attributes['exception.stacktrace'], 20_000)}
                </pre>
              </details>
            ),
        )}
      </div>
    </div>
  );
}

const calls = (field: string, value: string | undefined): ReactNode =>
  value ? (
    <Link className="foreign" to="/calls" search={{ q: `${field}:${literal(value)}` } as never}>
      {visible(value, 200)}
    </Link>
  ) : undefined;

export function Facts({ span: s }: { span: Span }) {
  const g = s.genai;
  const rows: [string, ReactNode][] = [
    ['Began', <When key="t" at={s.time} style="full" />],
    ['Trace', s.trace_id && <Id kind="trace" id={s.trace_id} span={s.span_id} />],
    ['Request', s.request_id && <Id kind="request" id={s.request_id} />],
    ['Session', s.session_id && <Id kind="session" id={s.session_id} />],
    ['User', s.user_id && <Id kind="user" id={s.user_id} />],
    ['Tenant', s.tenant_id && <Id kind="tenant" id={s.tenant_id} />],
    ['Key', s.key_id && <Id kind="key" id={s.key_id} />],
    ['Service', calls('service', s.service)],
    ['Environment', calls('env', s.environment)],
    ['Agent', calls('agent', g?.agent)],
    ['Workflow', calls('workflow', g?.workflow)],
    ['Tool', calls('tool', g?.tool)],
    [
      'Prompt template',
      g?.prompt_name && (
        <>
          {calls('prompt', g.prompt_name)}
          {g.prompt_version && ` ${visible(g.prompt_version, 60)}`}
        </>
      ),
    ],
    ['Operation', g?.operation],
    ['Provider', calls('provider', g?.provider)],
    ['Model', calls('model', g?.model)],
    [
      'Answered by',
      g?.response_model && g.response_model !== g.model ? calls('model.response', g.response_model) : undefined,
    ],
    ['Response', g?.response_id && <Id kind="response" id={g.response_id} />],
    [
      'Finish',
      g?.finish_reasons?.length
        ? g.finish_reasons.map((f) => (
            <span key={f} className={badFinish(f) ? 'tag warn' : 'tag'}>
              {visible(f, 60)}
            </span>
          ))
        : undefined,
    ],
    ['Streamed', g?.streaming ? 'yes' : undefined],
    ['Tier', g?.service_tier && visible(g.service_tier, 80)],
    ['Region', g?.region && visible(g.region, 80)],
    ['Batch API', g?.batch ? 'yes' : undefined],
    [
      'Price',
      g?.price_version && (
        <span
          className="mono foreign"
          title="Which line of the price table was used; what is after # changes with its numbers"
        >
          {visible(g.price_version, 200)}
        </span>
      ),
    ],
    [
      'Cost as reported',
      g?.cost_reported_usd && (
        <span className="num" title="As the client or provider said it; sums use the computed cost">
          {usd(g.cost_reported_usd)}
        </span>
      ),
    ],
    [
      'Input tokens were',
      g?.usage_semantics && g.usage_semantics !== 'inclusive' ? (
        <span title="How the input tokens of this client were read">
          {g.usage_semantics === 'exclusive'
            ? 'sent without cached ones, which were added'
            : 'taken to include cached ones'}
        </span>
      ) : undefined,
    ],
    ...parametersOf(s).map(([k, v]): [string, ReactNode] => [
      k,
      <span key={k} className="mono foreign">
        {visible(v, 200)}
      </span>,
    ]),
    [
      'Library',
      s.scope && (
        <span className="foreign">
          {visible(s.scope, 200)}
          {s.scope_version && <span className="muted"> {visible(s.scope_version, 60)}</span>}
        </span>
      ),
    ],
  ];
  return (
    <dl className="facts">
      {rows
        .filter(([, v]) => v !== undefined && v !== '' && v !== false && v !== null)
        .map(([t, v]) => [
          <dt key={t} className="foreign-line">
            {t}
          </dt>,
          <dd key={`${t}.`}>{v}</dd>,
        ])}
    </dl>
  );
}
