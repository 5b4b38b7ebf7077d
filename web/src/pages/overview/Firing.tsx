// What fires, above all else.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellRing, CircleCheck } from 'lucide-react';
import { ask, type Schemas } from '@/api/client';
import { ago, plural } from '@/lib/format';
import { Follow } from '@/pages/alerts/Follow';
import { exampleTraces, tellingLabels } from '@/pages/alerts/links';
import { useHeld } from './held';

type Alert = Schemas['Alert'];

const loud = (a: Alert) => a.state === 'firing' && !a.silenced_by?.length && !a.inhibited_by?.length;
const rank = (a: Alert) => (/^(critical|page)$/.test(a.labels.severity ?? '') ? 0 : 1);

export function Firing() {
  const alerts = useQuery(ask('/api/v1/alerts', undefined, { refresh: 10_000 }));
  const { value, hold } = useHeld(alerts.data);
  const firing = (value?.alerts ?? []).filter(loud).sort((a, b) => rank(a) - rank(b) || b.since.localeCompare(a.since));
  const quiet = (value?.firing ?? 0) - firing.length;
  return (
    <section className="ov-firing" aria-label="Firing alerts" data-any={firing.length > 0} {...hold}>
      {firing.length === 0 && (
        <div className="ov-calm">
          <CircleCheck aria-hidden className={value ? 'ok' : 'muted'} />
          {value ? 'No alert fires.' : 'Asking for alerts…'}
          {quiet > 0 && <Link to="/alerts">{plural(quiet, 'is', 'are')} silenced or inhibited</Link>}
          {(value?.pending ?? 0) > 0 && <Link to="/alerts">{value!.pending} pending</Link>}
        </div>
      )}
      {firing.length > 0 && (
        <ul tabIndex={0} aria-label={plural(firing.length, 'alert fires', 'alerts fire')}>
          {firing.map((a) => (
            <Row key={a.id ?? JSON.stringify(a.labels)} alert={a} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ alert }: { alert: Alert }) {
  const { annotations, labels } = alert;
  const [first] = exampleTraces(annotations);
  const critical = rank(alert) === 0;
  return (
    <li data-critical={critical}>
      <BellRing aria-hidden />
      <span className="sr">{critical ? 'Critical: ' : 'Warning: '}</span>
      <Link
        className="ov-name foreign-line"
        to="/alerts"
        search={{ alert: alert.id } as never}
        title={annotations.description}
      >
        {annotations.summary || labels.alertname}
      </Link>
      <span className="foreign-line muted ov-labels">
        {tellingLabels(labels)
          .map(([, v]) => v)
          .join(' · ')}
      </span>
      <span className="muted nowrap num" title={new Date(alert.since).toISOString()}>
        {ago(new Date(alert.since))}
      </span>
      {first && (
        <Link className="nowrap ov-example" to="/traces/$trace" params={{ trace: first }}>
          Example trace
        </Link>
      )}
      <Follow address={annotations.link ?? alert.link} className="nowrap">
        Cause
      </Follow>
    </li>
  );
}
