// A table by columns: sorted as the panel says or the reader chose, cells colored by their field.
import { useMemo, useState } from 'react';
import { Table, type Column as TableColumn } from '@/components/Table';
import { css } from '@/components/chart/palette';
import { inZone } from '@/components/chart/zone';
import { inUTC } from '@/components/times';
import { clock, date } from '@/lib/format';
import { useBoard, type Board } from '../context';
import { targetOf } from '../links';
import { lookOf, shareOf, textColor, thresholdColor } from '../look';
import type { Answer, Column, Panel } from '../model';

interface Row {
  at: number; // place in the columns
}

interface Sort {
  name: string;
  desc: boolean;
}

const valueAt = (c: Column, i: number): string | number | null =>
  c.kind === 'text' ? (c.texts?.[i] ?? null) : (c.numbers?.[i] ?? null);

export function TablePanel({ panel, answer }: { panel: Panel; answer: Answer }) {
  const board = useBoard();
  const table = answer.table;
  const [sort, setSort] = useState<Sort | null>(
    panel.options.sort_by ? { name: panel.options.sort_by, desc: panel.options.sort_desc ?? false } : null,
  );
  const rows = useMemo(() => sorted(table?.columns ?? [], table?.rows ?? 0, sort), [table, sort]);
  const highest = useMemo(
    () =>
      new Map(
        (table?.columns ?? []).map((c) => [
          c,
          c.kind === 'number' ? (c.numbers ?? []).reduce<number>((a, b) => Math.max(a, b ?? a), -Infinity) : 0,
        ]),
      ),
    [table],
  );
  if (!table || table.rows === 0)
    return (
      <p className="panel-none muted">
        {panel.field.no_value && panel.field.no_value !== '–' ? panel.field.no_value : 'No rows in this time range'}
      </p>
    );
  const columns = table.columns.map((c): TableColumn<Row> => ({
    id: c.name,
    title: c.field.name || c.name,
    width: widthOf(c),
    right: rightOf(c),
    sort: {
      value: sort && (sort.name === c.name || sort.name === c.field.name) ? (sort.desc ? 'desc' : 'asc') : undefined,
      toggle: () => setSort((s) => ({ name: c.name, desc: s?.name === c.name ? !s.desc : c.kind !== 'text' })),
    },
    cell: (row) => <Cell column={c} at={row.at} max={highest.get(c)!} columns={table.columns} board={board} />,
  }));
  return (
    <>
      <Table label={panel.title || 'Table'} rows={rows} columns={columns} rowKey={(r) => String(r.at)} keys={false} />
      {(answer.left_out ?? 0) > 0 && <div className="ts-more muted">{answer.left_out} further rows are left out.</div>}
    </>
  );
}

function sorted(columns: Column[], rows: number, sort: Sort | null): Row[] {
  const out = Array.from({ length: rows }, (_, at) => ({ at }));
  const by = sort && columns.find((c) => c.name === sort.name || c.field.name === sort.name);
  if (!by) return out;
  const way = sort.desc ? -1 : 1;
  // What is unknown is last, whatever the order.
  return out.sort((a, b) => {
    const x = valueAt(by, a.at),
      y = valueAt(by, b.at);
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0);
    return (
      way *
        (typeof x === 'number' && typeof y === 'number'
          ? x - y
          : String(x).localeCompare(String(y), undefined, { numeric: true })) || a.at - b.at
    );
  });
}

const rightOf = (c: Column) =>
  c.field.align === 'right' || c.field.align === 'center'
    ? c.field.align === 'right'
    : c.field.align === 'left'
      ? false
      : c.kind === 'number';

function widthOf(c: Column): string {
  if (c.field.width) return `${Math.min(800, Math.max(40, c.field.width))}px`;
  if (c.field.cell === 'gauge') return 'minmax(150px, 1.5fr)';
  return c.kind === 'text' ? 'minmax(110px, 2fr)' : c.kind === 'time' ? '158px' : 'minmax(84px, 1fr)';
}

function momentOf(ms: number, zone: string | undefined): string {
  const at = inZone(ms, zone);
  return `${date(at)} ${clock(at, false)}`;
}

function Cell({
  column,
  at,
  max,
  columns,
  board,
}: {
  column: Column;
  at: number;
  max: number;
  columns: Column[];
  board: Board;
}) {
  const value = valueAt(column, at);
  const field = column.field;
  if (column.kind === 'time' && typeof value === 'number' && !field.unit)
    return (
      <span className="num" title={inUTC(value)}>
        {momentOf(value, board.timezone)}
      </span>
    );
  const look = lookOf(value, field, max, board.timezone);
  const color = look.color ?? (typeof value === 'number' ? thresholdColor(value, field, max) : undefined);
  const colored =
    (field.cell === 'text' || field.cell === 'background' || (look.color !== undefined && field.mappings?.length)) &&
    color !== undefined &&
    color !== '--text' &&
    value !== null;
  const link = field.links?.[0];
  const href =
    link &&
    targetOf(link, {
      chosen: board.chosen,
      range: board.range,
      value,
      name: column.name,
      row: Object.fromEntries(columns.map((c) => [c.name, valueAt(c, at)])),
    });
  const text = (
    <span
      className={typeof value === 'number' ? 'num' : 'foreign-line'}
      style={colored && field.cell !== 'background' ? { color: textColor(color) } : undefined}
      title={look.text}
    >
      {look.text || '–'}
    </span>
  );
  const inside = href ? (
    <a
      href={href}
      title={link.tooltip || link.title || undefined}
      {...(link.new_tab ? { target: '_blank', rel: 'noreferrer' } : {})}
    >
      {text}
    </a>
  ) : (
    text
  );
  if (field.cell === 'gauge' && typeof value === 'number') {
    return (
      <span className="cell-gauge">
        <span className="bar-track">
          <i style={{ width: `${shareOf(value, field, max) * 100}%`, background: css(color ?? '--s1') }} />
        </span>
        {inside}
      </span>
    );
  }
  if (field.cell === 'background' && colored)
    return (
      <span className="cell-ground" style={{ background: `color-mix(in srgb, ${css(color)} 26%, var(--surface))` }}>
        {inside}
      </span>
    );
  return inside;
}
