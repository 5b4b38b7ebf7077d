// An empty page says what would be here, and shows the one command that fills it.
import type { ReactNode } from 'react';
import { Snippet } from '@/components/Copy';

export function Empty({ title, command, children }: { title: string; command?: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
      {command && <Snippet text={command} />}
    </div>
  );
}

/** Commands that fill pages, for the server this page came from. */
export const fill = {
  calls: () => `export OPENAI_BASE_URL=${location.origin}/openai/v1`,
  otel: () => `export OTEL_EXPORTER_OTLP_ENDPOINT=http://${location.hostname}:4318`,
  logs: () => `my-service 2>&1 | curl -sS --data-binary @- -H 'Content-Type: application/x-ndjson' ${location.origin}/api/v1/logs`,
  demo: () => 'telltale demo',
};
