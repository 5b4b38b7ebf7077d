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
  const known = (intake?.providers ?? []).filter((p, i, all) => variables[p.kind] && all.findIndex((o) => o.kind === p.kind) === i);
  const lines = known.map((p) => variables[p.kind]!(`${origin}/${p.name}`));
  return lines.length > 0 ? lines.join('\n') : variables.openai!(`${origin}/openai`);
}

export const fill = {
  calls: (intake?: Intake) => gateway(intake),
  otel: (intake?: Intake) => `export OTEL_EXPORTER_OTLP_ENDPOINT=${intake?.otlp_http ? reachable(intake.otlp_http) : `http://${location.hostname}:4318`}`,
  logs: () => `my-service 2>&1 | curl -sS --data-binary @- -H 'Content-Type: application/x-ndjson' ${location.origin}/api/v1/logs`,
  demo: () => 'telltale demo',
};
