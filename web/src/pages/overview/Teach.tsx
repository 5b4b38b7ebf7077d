// What to do where nothing has arrived yet.
import { Snippet } from '@/components/Copy';
import { fill } from '@/components/Empty';
import type { Schemas } from '@/api/client';

// Where records come in, as this page can reach it: a server that listens everywhere is where the page came from.
function otlp(address: string): string {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at);
  return `http://${/^(\[?::\]?|0\.0\.0\.0|)$/.test(host) ? location.hostname : host}${address.slice(at)}`;
}

export function Teach({ intake }: { intake: Schemas['Intake'] | undefined }) {
  const ways: { title: string; text: string; then: string }[] = [
    {
      title: 'Calls through the gateway',
      text: gateway(intake),
      then: 'Start your program as always, in the same shell, with its own key. Each call is passed on, timed, priced and kept.',
    },
    {
      title: 'Traces, logs and metrics of OpenTelemetry',
      text: `${intake?.otlp_http ? `export OTEL_EXPORTER_OTLP_ENDPOINT=${otlp(intake.otlp_http)}` : fill.otel()}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
      then: `Any SDK of OpenTelemetry reads these.${intake?.otlp_grpc ? ` gRPC is at ${otlp(intake.otlp_grpc)}.` : ''}`,
    },
    { title: 'Logs of a program, line by line', text: fill.logs(), then: 'Each line a JSON object.' },
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

const variables: Record<string, (base: string) => string> = {
  openai: (base) => `export OPENAI_BASE_URL=${base}/v1`,
  anthropic: (base) => `export ANTHROPIC_BASE_URL=${base}`,
  gemini: (base) => `export GOOGLE_GEMINI_BASE_URL=${base}`,
};

// One line for each kind of provider that the gateway stands before and whose SDK reads a variable.
function gateway(intake: Schemas['Intake'] | undefined): string {
  const lines = (intake?.providers ?? []).filter((p, i, all) => variables[p.kind] && all.findIndex((o) => o.kind === p.kind) === i).map((p) => variables[p.kind]!(`${location.origin}/${p.name}`));
  return lines.length > 0 ? lines.join('\n') : fill.calls();
}
