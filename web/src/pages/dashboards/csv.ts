// What a panel shows, as rows of a file.
import type { Answer } from './model';

type Cell = string | number | null;

export function rowsOf(answer: Answer): Record<string, Cell>[] {
  const table = answer.table;
  if (table) {
    return Array.from({ length: table.rows }, (_, i) =>
      Object.fromEntries(
        table.columns.map((c) => {
          const n = c.numbers?.[i] ?? null;
          return [
            c.field.name || c.name,
            c.kind === 'text'
              ? (c.texts?.[i] ?? null)
              : c.kind === 'time' && n !== null
                ? new Date(n).toISOString()
                : n,
          ];
        }),
      ),
    );
  }
  const names = unique(answer.series.map((s) => s.field.name || s.name));
  return answer.times.map((t, i) => ({
    time: new Date(t).toISOString(),
    ...Object.fromEntries(answer.series.map((s, at) => [names[at]!, s.values[i] ?? null])),
  }));
}

function unique(names: string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return n === 1 && name !== 'time' ? name : `${name} (${n})`;
  });
}
