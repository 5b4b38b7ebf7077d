// A call as it was captured: texts letter by letter, attributes, events.
import { Download } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Span } from '@/api/client';
import { bodyOf, isCaptured, type Body } from '@/components/conversation/captured';
import { Snippet } from '@/components/Copy';
import { save } from '@/components/Export';
import { LongText } from '@/components/LongText';
import { bytes, count, duration, plural } from '@/lib/format';
import { prettyJSON } from '@/lib/json';
import { visible } from '@/lib/foreign';

const texts: { title: string; of: (s: Span) => string | undefined }[] = [
  { title: 'System instructions', of: (s) => s.genai?.system_instructions },
  { title: 'Input messages', of: (s) => s.genai?.input_messages },
  { title: 'Output messages', of: (s) => s.genai?.output_messages },
  { title: 'Tool arguments', of: (s) => s.genai?.tool_arguments },
  { title: 'Tool result', of: (s) => s.genai?.tool_result },
];

export function Raw({ span }: { span: Span }) {
  const present = texts
    .map((t) => ({ title: t.title, text: t.of(span) }))
    .filter((t): t is { title: string; text: string } => t.text !== undefined && t.text !== '');
  const [request, response] = [bodyOf(span, 'request'), bodyOf(span, 'response')];
  const gateway = span.scope === 'telltale/gateway';
  return (
    <div className="call-raw">
      <div className="call-raw-head">
        <span className="muted">Letter by letter. What was taken out or cut before it was stored is marked.</span>
        <button
          className="btn small"
          onClick={() => save(`call-${span.span_id ?? 'x'}.json`, 'application/json', JSON.stringify(span, null, 2))}
        >
          <Download aria-hidden />
          The record as JSON
        </button>
      </div>
      {request && <Exchanged title="Request" of={request} />}
      {response && <Exchanged title="Response" of={response} />}
      {gateway && !request && !response && <NotKept />}
      {present.map((t) => (
        <Stored key={t.title} title={t.title} text={t.text} />
      ))}
      <Pairs title="Attributes" pairs={span.attributes} />
      <Pairs title="Resource" pairs={span.resource} />
      {span.events?.some((e) => !isCaptured(e.name)) && <Events span={span} />}
      {span.links && span.links.length > 0 && (
        <section>
          <h3>{plural(span.links.length, 'link')}</h3>
          {span.links.slice(0, 200).map((l, i) => (
            <div key={i} className="mono foreign">
              {visible(l.trace_id, 64)} {visible(l.span_id, 32)}
            </div>
          ))}
        </section>
      )}
    </div>
  );
}

// Exchanged is a body as it went over the wire, with the headers that are kept.
function Exchanged({ title, of }: { title: string; of: Body }) {
  return (
    <>
      {of.text !== undefined && of.text !== '' ? (
        <Stored title={title} text={of.text} note={of.status && `status ${of.status}`} />
      ) : (
        <section>
          <h3>
            {title} <span className="muted">{of.status ? `status ${of.status}, ` : ''}without a body</span>
          </h3>
        </section>
      )}
      <Pairs title={`Headers of the ${title.toLowerCase()}`} pairs={of.headers} />
    </>
  );
}

function NotKept() {
  return (
    <section>
      <h3>Request and response</h3>
      <p className="muted">
        Of this call the messages are kept, not the bodies they came in. Calls from then on are kept as they were, by
        the policy of <code>content</code>, with this line in the configuration, or{' '}
        <code>TELLTALE_GATEWAY_RAW=true</code>:
      </p>
      <Snippet text="gateway: {raw: true}" />
    </section>
  );
}

function Stored({ title, text, note }: { title: string; text: string; note?: string }) {
  const [indented, setIndented] = useState(false);
  const [redactions, cuts] = useMemo(
    () => [
      text.match(/\[redacted:[a-z0-9_]{1,32}\]/g)?.length ?? 0,
      text.match(/…\[cut \d{1,19} bytes\]/g)?.length ?? 0,
    ],
    [text],
  );
  const pretty = useMemo(() => (indented ? prettyJSON(text) : null), [indented, text]);
  const json = /^\s*[[{]/.test(text) && text.length < 4 << 20;
  return (
    <section>
      <h3>
        {title}{' '}
        <span className="muted">
          {note ? `${note}, ` : ''}
          {bytes(new Blob([text]).size)}
        </span>
        {redactions > 0 && <span className="tag warn">{plural(redactions, 'redaction')}</span>}
        {cuts > 0 && <span className="tag warn">{plural(cuts, 'cut')}</span>}
        {json && (
          <button className="btn bare small" aria-pressed={indented} onClick={() => setIndented(!indented)}>
            {indented ? 'As stored' : 'Indent'}
          </button>
        )}
      </h3>
      {indented && pretty === null && <span className="muted">It is no whole JSON, so it stays as it is.</span>}
      <div className="call-stored">
        <LongText text={pretty ?? text} mono most={6000} lines={60} copy={`Copy ${title.toLowerCase()}`} />
      </div>
    </section>
  );
}

const firstPairs = 60;

function Pairs({ title, pairs }: { title: string; pairs: Record<string, string> | undefined }) {
  const [filter, setFilter] = useState('');
  const [all, setAll] = useState(false);
  const entries = useMemo(() => Object.entries(pairs ?? {}).sort((a, b) => a[0].localeCompare(b[0])), [pairs]);
  if (entries.length === 0) return null;
  const f = filter.trim().toLowerCase();
  const found =
    f === '' ? entries : entries.filter(([k, v]) => k.toLowerCase().includes(f) || v.toLowerCase().includes(f));
  const shown = all ? found : found.slice(0, firstPairs);
  return (
    <section>
      <h3>
        {title} <span className="muted num">{count(entries.length)}</span>
        {entries.length > 12 && (
          <input
            className="input call-filter"
            aria-label={`Filter ${title.toLowerCase()}`}
            placeholder="Filter"
            value={filter}
            onChange={(e) => setFilter(e.target.value)}
          />
        )}
      </h3>
      <dl className="call-pairs">
        {shown.map(([k, v]) => [
          <dt key={k} className="mono foreign">
            {visible(k, 200)}
          </dt>,
          <dd key={`${k}.`}>
            <LongText text={v} mono most={400} lines={6} copy="Copy the value" />
          </dd>,
        ])}
      </dl>
      {found.length > shown.length && (
        <button className="longtext-more" onClick={() => setAll(true)}>
          Show all {count(found.length)}
        </button>
      )}
      {found.length === 0 && <span className="muted">None has this text.</span>}
    </section>
  );
}

function Events({ span }: { span: Span }) {
  const begin = Date.parse(span.time);
  const events = (span.events ?? []).filter((e) => !isCaptured(e.name));
  return (
    <section>
      <h3>{plural(events.length, 'event')}</h3>
      {events.slice(0, 200).map((e, i) => (
        <details key={i} className="call-event">
          <summary>
            <span className="num muted">+{duration((Date.parse(e.time) - begin) * 1e6)}</span> {visible(e.name, 200)}
          </summary>
          <Pairs title="Attributes" pairs={e.attributes} />
        </details>
      ))}
      {events.length > 200 && <p className="muted">{count(events.length - 200)} more; the record as JSON has them.</p>}
    </section>
  );
}
