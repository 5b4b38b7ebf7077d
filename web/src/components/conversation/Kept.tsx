// Why the text of a call is not there, or not all of it, and which setting changes that.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ask } from '@/api/client';
import { bytes, plural } from '@/lib/format';
import type { Content } from './messages';

/** Shown where neither prompt nor answer were kept. */
export function NothingKept() {
  const content = useQuery(ask('/api/v1/status')).data?.content;
  return (
    <div className="conv-note">
      <b>No prompt and no answer are kept of this call.</b>
      {content === 'off' ? (
        <p>
          Telltale is told to keep none: <code>content: off</code> in its configuration. <code>content: redacted</code>{' '}
          keeps texts without secrets and personal data; <code>full</code> takes out secrets only. It holds for calls
          from then on.
        </p>
      ) : (
        <p>
          The client did not send them: for OpenTelemetry, set{' '}
          <code>OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true</code> where the call is made. Or the call is
          older than <code>content: {content ?? 'redacted'}</code> in Telltale's configuration.
        </p>
      )}
    </div>
  );
}

/** Stands where messages were left out. */
export function Gap({ messages, bytes: size }: { messages?: number; bytes?: number }) {
  if (size === undefined)
    return (
      <div className="conv-note conv-gap">
        The rest is missing: it was cut before it came here. The limits of the SDK or of a collector say how much they
        send.
      </div>
    );
  return (
    <div className="conv-note conv-gap">
      <b>
        {messages === undefined ? `${bytes(size)} are missing here` : `${plural(messages, 'message')} left out here`}
      </b>
      {messages === undefined ? '' : `, ${bytes(size)}`}. <code>gateway.max_content</code>, or the limit of the SDK,
      says how much is kept of a conversation.
    </div>
  );
}

export function Fingerprint({ hash, what }: { hash: string; what: string }) {
  return (
    <div className="conv-note">
      <b>Of {what} only a fingerprint is kept</b>, because the configuration says <code>content: hash</code>. The same
      text has the same fingerprint:{' '}
      <Link to="/calls" search={{ q: `~sha256:${hash}` } as never}>
        find other calls with it
      </Link>
      . <code>content: redacted</code> keeps texts of calls from then on.
      <div className="mono muted foreign">sha256:{hash}</div>
    </div>
  );
}

export function Cut({ content, what }: { content: Content; what: string }) {
  if (content.missing !== undefined)
    return (
      <div className="conv-note">
        {bytes(content.missing)} of older messages were left out when the call was captured;{' '}
        <code>gateway.max_content</code> says how much is kept.
      </div>
    );
  if (content.gaps) return null; // they are shown where they are
  if (content.state === 'text')
    return <div className="conv-note">{what} is no JSON of messages: it is shown as the text that was sent.</div>;
  if (content.state === 'cut')
    return (
      <div className="conv-note">
        The end of {what.toLowerCase()} is missing: it was cut when it was captured. What is there is shown; the raw
        view has it letter by letter.
      </div>
    );
  return null;
}
