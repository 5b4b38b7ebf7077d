// Logs as rows of a file.
import type { Cell } from '@/components/Export';
import { columnTitle, valueOf } from '@/pages/logs/columns';
import type { Row } from '@/pages/logs/record';

export function exported(rows: Row[], columns: string[]): { rows: () => Record<string, Cell>[]; json: () => unknown } {
  return {
    rows: () =>
      rows.map(({ log }) => ({
        time: log.time,
        level: log.level,
        service: log.service,
        ...Object.fromEntries(columns.map((c) => [columnTitle(c), valueOf(log, c)])),
        message: log.body,
        trace_id: log.trace_id,
        request_id: log.request_id,
      })),
    json: () => rows.map((r) => r.log),
  };
}
