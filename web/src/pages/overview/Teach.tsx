// What to do where nothing has arrived yet.
import { Snippet } from '@/components/Copy';
import { fill, gateway, reachable } from '@/components/fill';
import type { Schemas } from '@/api/client';

export default function Teach({ intake }: { intake: Schemas['Intake'] | undefined }) {
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
    { title: 'Logs of a program', text: fill.logs(), then: 'JSON lines keep their fields, other lines are texts. A line alone: curl -d to /api/v1/logs.' },
    { title: 'Or look at made-up traffic first', text: fill.demo(), then: 'A server with invented services, agents and failures; nothing is kept after it ends.' },
  ];
  return (
    <div className="page stack">
      <div className="ov-teach">
        <h2>Nothing has arrived yet</h2>
        <p className="muted">This page fills within seconds of the first call, trace or log line. Any of these does it:</p>
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
