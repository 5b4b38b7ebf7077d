// What a table of calls can show.
import type { ReactNode } from 'react';
import type { Span } from '@/api/client';
import type { Cell } from '@/components/Export';
import { badFinish } from '@/components/Conversation';
import { literal } from '@/components/conditions';
import { RowLink } from '@/components/RowLink';
import { When } from '@/components/When';
import { preview } from '@/components/conversation/messages';
import { count, duration, figures, percent, unknown, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';

export interface CallColumn {
  id: string; // as cols= has it
  title: string;
  what: string; // in the menu
  width: string;
  right?: boolean;
  num?: boolean;
  cell: (s: Span) => ReactNode;
  value: (s: Span) => Cell; // in files, and for sorting
  file?: string; // what files call it, where its id leaves the unit open
}

const line = (text: string | undefined, most = 120): ReactNode =>
  text === undefined || text === '' ? <span className="muted">{unknown}</span> : visible(text, most);
const num = (text: string): ReactNode => (text === unknown ? <span className="muted">{text}</span> : text);

/** A value that is a link to the calls which share it. */
function filter(field: string, value: string | undefined): ReactNode {
  if (!value) return line(value);
  return (
    <RowLink
      to="/calls"
      search={(now) => ({ ...now, q: `${field}:${literal(value)}`, sel: undefined })}
      title={`Calls of ${visible(value, 200)}`}
    >
      {visible(value, 80)}
    </RowLink>
  );
}

/** Tokens of the answer for each second after the first one came. */
export function speed(s: Span): number | undefined {
  const out = s.genai?.usage?.output_tokens;
  const ttft = s.genai?.ttft_ns;
  if (!out || out < 2 || ttft === undefined || s.duration_ns - ttft < 1e6) return undefined;
  return (out - 1) / ((s.duration_ns - ttft) / 1e9);
}

/** The share of a call's input that came from the provider's cache. */
export function cachedShare(s: Span): number | undefined {
  const u = s.genai?.usage;
  return u?.cache_read_tokens !== undefined && u.input_tokens ? u.cache_read_tokens / u.input_tokens : undefined;
}

function Status({ s }: { s: Span }) {
  if (s.status !== 'error') return <span className="muted">{s.status || unknown}</span>;
  const what = s.error_type || (s.http_status ? `HTTP ${s.http_status}` : '');
  return (
    <span className="err" title={visible(`${s.error_type ?? ''} ${s.status_message ?? ''}`.trim(), 500)}>
      error{what && ` ${visible(what, 60)}`}
    </span>
  );
}

const sessionLink = (s: Span): ReactNode =>
  s.session_id ? (
    <RowLink to={`/sessions/${encodeURIComponent(s.session_id)}`} title={visible(s.session_id, 300)}>
      {visible(s.session_id, 60)}
    </RowLink>
  ) : (
    line(undefined)
  );

export const columns: CallColumn[] = [
  {
    id: 'time',
    title: 'Time',
    what: 'Time',
    width: '76px',
    cell: (s) => <When at={s.time} style="seconds" />,
    value: (s) => s.time,
  },
  {
    id: 'status',
    title: 'Status',
    what: 'Status and error',
    width: '92px',
    cell: (s) => <Status s={s} />,
    value: (s) => (s.error_type ? `${s.status}: ${s.error_type}` : s.status),
  },
  {
    id: 'model',
    title: 'Model',
    what: 'Model asked for',
    width: 'minmax(144px, 0.4fr)',
    cell: (s) => line(s.genai?.model),
    value: (s) => s.genai?.model,
  },
  {
    id: 'prompt',
    title: 'Prompt',
    what: 'Beginning of the prompt',
    width: 'minmax(190px, 2fr)',
    cell: (s) => <Said text={s.genai?.input_messages} role="user" />,
    value: (s) => preview(s.genai?.input_messages, 'user', 2000),
  },
  {
    id: 'duration',
    title: 'Duration',
    what: 'Duration',
    width: '72px',
    right: true,
    num: true,
    cell: (s) => num(duration(s.duration_ns)),
    value: (s) => s.duration_ns,
    file: 'duration_ns',
  },
  {
    id: 'ttft',
    title: 'First token',
    what: 'Time to first token',
    width: '80px',
    right: true,
    num: true,
    cell: (s) => num(duration(s.genai?.ttft_ns)),
    value: (s) => s.genai?.ttft_ns,
    file: 'ttft_ns',
  },
  {
    id: 'in',
    title: 'In',
    what: 'Input tokens',
    width: '66px',
    right: true,
    num: true,
    cell: (s) => num(count(s.genai?.usage?.input_tokens)),
    value: (s) => s.genai?.usage?.input_tokens,
  },
  {
    id: 'cached',
    title: 'Cached',
    what: 'Share of the input that was cached',
    width: '66px',
    right: true,
    num: true,
    cell: (s) => num(percent(cachedShare(s))),
    value: cachedShare,
    file: 'cached_share',
  },
  {
    id: 'out',
    title: 'Out',
    what: 'Output tokens',
    width: '58px',
    right: true,
    num: true,
    cell: (s) => num(count(s.genai?.usage?.output_tokens)),
    value: (s) => s.genai?.usage?.output_tokens,
  },
  {
    id: 'cost',
    title: 'Cost',
    what: 'Cost',
    width: '98px',
    right: true,
    num: true,
    cell: (s) =>
      s.genai?.cost_usd === undefined && s.genai?.usage ? (
        <span className="muted" title="No price is known for these tokens">
          {unknown}
        </span>
      ) : (
        num(usd(s.genai?.cost_usd))
      ),
    value: (s) => (s.genai?.cost_usd === undefined ? undefined : Number(s.genai.cost_usd)),
    file: 'cost_usd',
  },
  {
    id: 'provider',
    title: 'Provider',
    what: 'Provider',
    width: '82px',
    cell: (s) => line(s.genai?.provider),
    value: (s) => s.genai?.provider,
  },
  {
    id: 'user',
    title: 'User',
    what: 'User',
    width: '84px',
    cell: (s) => filter('user', s.user_id),
    value: (s) => s.user_id,
  },
  { id: 'session', title: 'Session', what: 'Session', width: '100px', cell: sessionLink, value: (s) => s.session_id },
  // not shown until chosen
  {
    id: 'answer',
    title: 'Answer',
    what: 'Beginning of the answer',
    width: 'minmax(200px, 2fr)',
    cell: (s) => <Said text={s.genai?.output_messages} role="assistant" />,
    value: (s) => preview(s.genai?.output_messages, 'assistant', 2000),
  },
  {
    id: 'op',
    title: 'Operation',
    what: 'Operation',
    width: '110px',
    cell: (s) => line(s.genai?.operation),
    value: (s) => s.genai?.operation,
  },
  {
    id: 'service',
    title: 'Service',
    what: 'Service',
    width: '120px',
    cell: (s) => filter('service', s.service),
    value: (s) => s.service,
  },
  {
    id: 'agent',
    title: 'Agent',
    what: 'Agent',
    width: '120px',
    cell: (s) => filter('agent', s.genai?.agent),
    value: (s) => s.genai?.agent,
  },
  {
    id: 'finish',
    title: 'Finish',
    what: 'Finish reason',
    width: '90px',
    cell: (s) => (
      <span className={s.genai?.finish_reasons?.some(badFinish) ? 'warn' : undefined}>
        {line(s.genai?.finish_reasons?.join(', '))}
      </span>
    ),
    value: (s) => s.genai?.finish_reasons?.join(','),
  },
  {
    id: 'speed',
    title: 'Tokens/s',
    what: 'Tokens of the answer a second',
    width: '76px',
    right: true,
    num: true,
    cell: (s) => num(speed(s) === undefined ? unknown : figures(speed(s)!)),
    value: speed,
  },
  {
    id: 'reasoning',
    title: 'Reasoning',
    what: 'Reasoning tokens',
    width: '82px',
    right: true,
    num: true,
    cell: (s) => num(count(s.genai?.usage?.reasoning_tokens)),
    value: (s) => s.genai?.usage?.reasoning_tokens,
  },
  {
    id: 'answered',
    title: 'Answered by',
    what: 'Model that answered',
    width: '180px',
    cell: (s) => line(s.genai?.response_model),
    value: (s) => s.genai?.response_model,
  },
  {
    id: 'key',
    title: 'Key',
    what: 'Id of the API key',
    width: '120px',
    cell: (s) => filter('key', s.key_id),
    value: (s) => s.key_id,
  },
  {
    id: 'tenant',
    title: 'Tenant',
    what: 'Tenant',
    width: '100px',
    cell: (s) => filter('tenant', s.tenant_id),
    value: (s) => s.tenant_id,
  },
  {
    id: 'env',
    title: 'Environment',
    what: 'Environment',
    width: '100px',
    cell: (s) => line(s.environment),
    value: (s) => s.environment,
  },
  {
    id: 'http',
    title: 'HTTP',
    what: 'HTTP status',
    width: '54px',
    right: true,
    num: true,
    cell: (s) => num(s.http_status === undefined ? unknown : String(s.http_status)),
    value: (s) => s.http_status,
  },
  {
    id: 'request',
    title: 'Request',
    what: 'Request',
    width: '150px',
    cell: (s) =>
      s.request_id ? (
        <RowLink to={`/r/${encodeURIComponent(s.request_id)}`} className="mono">
          {visible(s.request_id, 60)}
        </RowLink>
      ) : (
        line(undefined)
      ),
    value: (s) => s.request_id,
  },
  {
    id: 'trace',
    title: 'Trace',
    what: 'Trace',
    width: '92px',
    cell: (s) =>
      s.trace_id ? (
        <RowLink
          to={`/traces/${s.trace_id}`}
          search={({ from, to, theme }) => ({ from, to, theme, span: s.span_id })}
          className="mono"
        >
          {s.trace_id.slice(0, 8)}
        </RowLink>
      ) : (
        line(undefined)
      ),
    value: (s) => s.trace_id,
  },
  {
    id: 'prompt.name',
    title: 'Template',
    what: 'Prompt template',
    width: '130px',
    cell: (s) => line(s.genai?.prompt_name),
    value: (s) => s.genai?.prompt_name,
  },
  {
    id: 'scope',
    title: 'Library',
    what: 'Instrumentation library',
    width: '170px',
    cell: (s) => line(s.scope),
    value: (s) => s.scope,
  },
];

function Said({ text, role }: { text: string | undefined; role: string }) {
  const said = preview(text, role);
  return said === '' ? <span className="muted">{unknown}</span> : visible(said, 200);
}

export const usual = [
  'time',
  'status',
  'model',
  'prompt',
  'duration',
  'ttft',
  'in',
  'cached',
  'out',
  'cost',
  'provider',
  'user',
  'session',
];

const byId = new Map(columns.map((c) => [c.id, c]));

/** The columns that cols= names: known ones, and attributes as attr.KEY. A comma in a key is written %2C. */
export function chosenColumns(cols: string): CallColumn[] {
  const found = cols
    .split(',')
    .filter((id) => id !== '')
    .slice(0, 500)
    .map((id) => byId.get(id) ?? attributeColumn(id))
    .filter((c) => c !== null);
  return found.length > 0 ? found : usual.map((id) => byId.get(id)!);
}

function attributeColumn(id: string): CallColumn | null {
  if (!id.startsWith('attr.')) return null;
  const key = id.slice(5).replaceAll('%2C', ',');
  const value = (s: Span) => s.attributes?.[key];
  return { id, title: visible(key, 60), what: key, width: '140px', cell: (s) => line(value(s)), value };
}

/** How cols= writes the column of an attribute. */
export const attributeId = (key: string): string => `attr.${key.replaceAll(',', '%2C')}`;
