// Saves what a table shows.
import { Download } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';

export type Cell = string | number | boolean | null | undefined;

/** A table as RFC 4180 CSV. Texts that a spreadsheet would run as a formula get a ' before them. */
export function toCSV(rows: Record<string, Cell>[]): string {
  const names = [...new Set(rows.flatMap((r) => Object.keys(r)))];
  const cell = (v: Cell) => {
    if (v == null) return '';
    let text = String(v);
    if (typeof v === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return (
    [names.map(cell), ...rows.map((r) => names.map((n) => cell(r[n])))].map((line) => line.join(',')).join('\r\n') +
    '\r\n'
  );
}

export function save(name: string, type: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** rows is for CSV, json for JSON: what was loaded, whole. */
export function Export({
  name,
  rows,
  json,
}: {
  name: string;
  rows: () => Record<string, Cell>[];
  json: () => unknown;
}) {
  const file = `${name}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="btn" aria-label="Export what is shown">
        <Download aria-hidden />
        Export
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.getElementById('content')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          <DropdownMenu.Item onSelect={() => save(`${file}.csv`, 'text/csv', toCSV(rows()))}>
            CSV, rows shown
          </DropdownMenu.Item>
          <DropdownMenu.Item onSelect={() => save(`${file}.json`, 'application/json', JSON.stringify(json(), null, 2))}>
            JSON, rows shown
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
