// Commands that fill pages, for the server this page came from.
import type { Schemas } from '@/api/client';

type Intake = Schemas['Intake'];

/** An address the server listens at, as this page can reach it: one that listens everywhere is where the page came from. */
export function reachable(address: string, host = location.hostname): string {
  const at = address.lastIndexOf(':');
  const own = address.slice(0, at);
  return `http://${/^(\[?::\]?|0\.0\.0\.0|)$/.test(own) ? host : own}${address.slice(at)}`;
}

const variables: Record<string, (base: string) => string> = {
  openai: (base) => `export OPENAI_BASE_URL=${base}/v1`,
  anthropic: (base) => `export ANTHROPIC_BASE_URL=${base}`,
  gemini: (base) => `export GOOGLE_GEMINI_BASE_URL=${base}`,
};

/** One line for each kind of provider that the gateway stands before and whose SDK reads a variable. */
export function gateway(intake: Intake | undefined, origin = location.origin): string {
  const known = (intake?.providers ?? []).filter(
    (p, i, all) => variables[p.kind] && all.findIndex((o) => o.kind === p.kind) === i,
  );
  const lines = known.map((p) => variables[p.kind]!(`${origin}/${p.name}`));
  return lines.length > 0 ? lines.join('\n') : variables.openai!(`${origin}/openai`);
}

const json = `-H 'Content-Type: application/json'`;

/** A call of a model that is recorded whatever becomes of it: also without a key, then as a failed one. */
export function oneCall(intake: Intake | undefined, origin = location.origin): string {
  const whose = `-H 'X-Telltale-User: user-1' -H 'X-Telltale-Session: hello'`;
  const ask = { messages: [{ role: 'user', content: 'Hello' }] };
  const provider = ['openai', 'anthropic', 'gemini'].flatMap((kind) =>
    (intake?.providers ?? []).filter((p) => p.kind === kind),
  )[0] ?? {
    name: 'openai',
    kind: 'openai',
  };
  const send = (path: string, headers: string, body: unknown) =>
    `curl -sS ${origin}/${provider.name}${path} ${headers} ${json} ${whose} \\\n  -d '${JSON.stringify(body)}'`;
  switch (provider.kind) {
    case 'anthropic':
      return send('/v1/messages', `-H "x-api-key: $ANTHROPIC_API_KEY" -H 'anthropic-version: 2023-06-01'`, {
        model: 'claude-haiku-4-5',
        max_tokens: 50,
        ...ask,
      });
    case 'gemini':
      return send('/v1beta/models/gemini-2.5-flash:generateContent', `-H "x-goog-api-key: $GEMINI_API_KEY"`, {
        contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      });
    default:
      return send('/v1/chat/completions', `-H "Authorization: Bearer $OPENAI_API_KEY"`, {
        model: 'gpt-4o-mini',
        ...ask,
      });
  }
}

/** A log line of now. */
export const oneLog = (level: string, message: string, origin = location.origin): string =>
  `curl -sS ${origin}/api/v1/logs -H 'Content-Type: application/x-ndjson' \\\n  -d '${JSON.stringify({ level, service: 'hello', message })}'`;

// The shell fills in ids and moments: what is between '…' and '…' is outside of the quotes.
const now = `'$(date +%s)'`;

/** A trace of now, by OTLP. */
export function oneTrace(origin = location.origin): string {
  const id = (digits: number) => `'$(printf %0${digits}x $(date +%s))'`;
  const span = {
    traceId: id(32),
    spanId: id(16),
    name: 'GET /hello',
    kind: 2,
    startTimeUnixNano: `${now}000000000`,
    endTimeUnixNano: `${now}250000000`,
  };
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'hello' } }] },
        scopeSpans: [{ spans: [span] }],
      },
    ],
  };
  return `curl -sS ${origin}/v1/traces ${json} \\\n  -d '${JSON.stringify(body)}'`;
}

/** What is to be put before a program, or run beside it, so that all it does is here. */
export const fill = {
  calls: (intake?: Intake) => gateway(intake),
  otel: (intake?: Intake) =>
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${intake?.otlp_http ? reachable(intake.otlp_http) : `http://${location.hostname}:4318`}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
  logs: () => `telltale import --text --service my-service --server ${location.origin} my-service.log`,
  // Beside this server, whose ports are taken.
  demo: () => 'telltale demo --listen 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 --otlp-http 127.0.0.1:0',
};
