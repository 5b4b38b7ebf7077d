// Columns of the reader's choice: fields of the query language, in the address as cols=user,attr.http.route.
import type { Log } from '@/api/client';

/** The fields of a log and where its record has them. */
export const fields: { field: string; title: string; of: (log: Log) => string | undefined }[] = [
  { field: 'service', title: 'Service', of: (l) => l.service },
  { field: 'env', title: 'Environment', of: (l) => l.environment },
  { field: 'level', title: 'Level', of: (l) => l.level },
  { field: 'name', title: 'Logger', of: (l) => l.name },
  { field: 'scope', title: 'Scope', of: (l) => l.scope },
  { field: 'trace', title: 'Trace', of: (l) => l.trace_id },
  { field: 'span', title: 'Span', of: (l) => l.span_id },
  { field: 'request', title: 'Request', of: (l) => l.request_id },
  { field: 'session', title: 'Session', of: (l) => l.session_id },
  { field: 'user', title: 'User', of: (l) => l.user_id },
  { field: 'tenant', title: 'Tenant', of: (l) => l.tenant_id },
  { field: 'key', title: 'Key', of: (l) => l.key_id },
  { field: 'error', title: 'Error', of: (l) => l.error_type },
  { field: 'http.status', title: 'HTTP status', of: (l) => l.http_status?.toString() },
  { field: 'method', title: 'Method', of: (l) => l.http_method },
  { field: 'path', title: 'Path', of: (l) => l.http_path },
];

const known = new Map(fields.map((f) => [f.field, f]));
const most = 1000;

/** Reads cols=. Commas in names of attributes are written %2C. */
export function readColumns(text: string | undefined): string[] {
  const names = (text ?? '')
    .split(',')
    .filter((c) => c !== '')
    .map((c) => {
      try {
        return decodeURIComponent(c);
      } catch {
        return c;
      }
    });
  return [...new Set(names)].slice(0, most);
}

export function writeColumns(columns: string[]): string | undefined {
  return columns.length === 0 ? undefined : columns.map((c) => c.replace(/[%,]/g, encodeURIComponent)).join(',');
}

/** The name of an attribute's column. */
export const attributeColumn = (key: string): string => `attr.${key}`;

export function columnTitle(column: string): string {
  return known.get(column)?.title ?? column.replace(/^attr\./, '');
}

export function valueOf(log: Log, column: string): string | undefined {
  const field = known.get(column);
  if (field) return field.of(log);
  const key = column.startsWith('attr.') ? column.slice(5) : null;
  return key !== null && log.attributes && Object.hasOwn(log.attributes, key) ? log.attributes[key] : undefined;
}

/** What these logs could show as columns: fields they have, then attributes by how many have them. */
export function choices(logs: Log[]): string[] {
  const counts = new Map<string, number>();
  for (const log of logs) {
    for (const key of Object.keys(log.attributes ?? {})) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const had = fields
    .filter((f) => f.field !== 'service' && f.field !== 'level' && logs.some((l) => f.of(l) !== undefined))
    .map((f) => f.field);
  return [
    ...had,
    ...[...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([key]) => attributeColumn(key)),
  ];
}
