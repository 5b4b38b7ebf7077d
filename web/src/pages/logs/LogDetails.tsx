// All of a log. What is known from the list shows at once, the rest as soon as it is there.
import { ListCollapse } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Log } from '@/api/client';
import { attributeField } from '@/components/conditions';
import { ErrorNote } from '@/components/ErrorNote';
import { Id } from '@/components/Id';
import { When } from '@/components/When';
import { Attributes } from '@/pages/logs/Attributes';
import { attributeColumn, fields } from '@/pages/logs/columns';
import { Content } from '@/pages/logs/Content';
import { FieldRow, type FieldActs } from '@/pages/logs/FieldRow';

interface Props extends FieldActs {
  log: Log;
  whole: boolean; // the body is not cut and the resource is there
  error?: unknown;
  onContext?: () => void;
}

const cut = 250; // bytes: a body of a list that is shorter is whole

export function LogDetails({ log, whole, error, onContext, ...acts }: Props) {
  return (
    <div className="stack log-details">
      {error !== undefined && error !== null && <ErrorNote error={error} />}
      <section aria-label="Message">
        {log.body !== undefined && <Content text={log.body} />}
        {log.body === undefined && <p className="muted">This log has no text.</p>}
        {!whole && (log.body?.length ?? 0) * 3 > cut && !error && (
          <p className="muted" role="status">
            The whole text is coming…
          </p>
        )}
      </section>
      {onContext && (
        <div>
          <button className="btn small" onClick={onContext}>
            <ListCollapse aria-hidden />
            Show in context
          </button>
        </div>
      )}
      <dl className="log-fields">
        <div className="log-field">
          <dt className="mono">time</dt>
          <dd>
            <When at={log.time} style="full" /> <span className="muted num">{log.time}</span>
          </dd>
        </div>
        {fields.map((f) => {
          const value = f.of(log);
          return value === undefined ? null : (
            <FieldRow key={f.field} title={f.field} value={value} field={f.field} column={f.field} {...acts}>
              {link(f.field, value, log)}
            </FieldRow>
          );
        })}
      </dl>
      <Attributes
        title="Attributes"
        of={log.attributes}
        field={(k) => attributeField(k)}
        column={attributeColumn}
        {...acts}
      />
      <Attributes title="Resource" of={log.resource} field={(k) => attributeField(k, 'resource')} {...acts} />
    </div>
  );
}

function link(field: string, value: string, log: Log): ReactNode {
  switch (field) {
    case 'trace':
      return <Id kind="trace" id={value} span={log.span_id} />;
    case 'span':
      return log.trace_id ? <Id kind="span" id={log.trace_id} span={value} /> : undefined;
    case 'request':
      return <Id kind="request" id={value} />;
    case 'session':
      return <Id kind="session" id={value} />;
    case 'user':
      return <Id kind="user" id={value} />;
    default:
      return undefined;
  }
}
