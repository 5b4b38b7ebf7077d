// What to do where neither calls nor traces nor logs have arrived yet. Metrics may have, and alerts may fire.
import { Link } from '@tanstack/react-router';
import { Snippet } from '@/components/Copy';
import { fill, gateway, reachable } from '@/components/fill';
import type { Schemas } from '@/api/client';
import { plural } from '@/lib/format';
import { Firing } from './Firing';

export default function Teach({ intake, scraped }: { intake: Schemas['Intake'] | undefined; scraped: number }) {
  const ways: { title: string; text: string; then: string }[] = [
    {
      title: 'Calls through the gateway',
      text: gateway(intake),
      then: 'Start your program as always, in the same shell, with its own key. Each call is passed on, timed, priced and kept.',
    },
    {
      title: 'Traces, logs and metrics of OpenTelemetry',
      text: fill.otel(intake),
      then: `Any SDK of OpenTelemetry reads these.${intake?.otlp_grpc ? ` gRPC is at ${reachable(intake.otlp_grpc)}.` : ''}`,
    },
    {
      title: 'Logs of a program',
      text: fill.logs(),
      then: 'JSON lines keep their fields, other lines are texts. A line alone: curl -d to /api/v1/logs.',
    },
    {
      title: 'Or look at made-up traffic first',
      text: fill.demo(),
      then: 'A server with invented services, agents and failures; nothing is kept after it ends.',
    },
  ];
  return (
    <div className="page stack">
      <Firing />
      <div className="ov-teach">
        <h2>{scraped > 0 ? 'No call, trace or log has arrived yet' : 'Nothing has arrived yet'}</h2>
        {scraped > 0 && (
          <p>
            Metrics have: {plural(scraped, 'target')} {scraped === 1 ? 'is' : 'are'} scraped. They are in{' '}
            <Link to="/explore">Metrics</Link> and on <Link to="/dashboards">dashboards</Link>.
          </p>
        )}
        <p className="muted">
          This page fills within seconds of the first call, trace or log line. Any of these does it:
        </p>
        {ways.map((w) => (
          <section key={w.title}>
            <h3>{w.title}</h3>
            <Snippet text={w.text} />
            <p className="muted">{w.then}</p>
          </section>
        ))}
      </div>
    </div>
  );
}
