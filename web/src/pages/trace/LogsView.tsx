// All lines of logs of a trace, in order of time.
import { useMemo, useState } from 'react';
import { Empty, fill } from '@/components/Empty';
import { Export } from '@/components/Export';
import { Table, type Column } from '@/components/Table';
import { count, duration } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { oneLine } from '@/lib/oneLine';
import { levelClass } from './Row';
import type { TraceTree } from './tree';

export function LogsView({
  tree,
  selected,
  onSelect,
}: {
  tree: TraceTree;
  selected: number | null;
  onSelect: (log: number | null) => void;
}) {
  const [text, setText] = useState('');
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const all = tree.logs.map((_, i) => i);
    return wanted === ''
      ? all
      : all.filter((i) =>
          `${tree.logs[i]!.level ?? ''}\n${tree.logs[i]!.service ?? ''}\n${tree.logs[i]!.name ?? ''}\n${tree.logs[i]!.body ?? ''}`
            .toLowerCase()
            .includes(wanted),
        );
  }, [tree, text]);
  const columns = useMemo(
    (): Column<number>[] => [
      {
        id: 'time',
        title: 'Since start',
        width: '90px',
        right: true,
        cell: (i) => <span className="num">{duration(tree.logTime[i])}</span>,
      },
      {
        id: 'level',
        title: 'Level',
        width: '64px',
        cell: (i) => (
          <span className={`wf-level ${levelClass(tree.logs[i]!.level)}`}>{tree.logs[i]!.level ?? 'log'}</span>
        ),
      },
      {
        id: 'service',
        title: 'Service',
        width: 'minmax(90px, 150px)',
        cell: (i) => visible(tree.logs[i]!.service ?? '', 60),
      },
      { id: 'body', title: 'Text', width: 'minmax(240px, 3fr)', cell: (i) => oneLine(tree.logs[i]!.body, 400) },
      {
        id: 'span',
        title: 'Span',
        width: 'minmax(100px, 1fr)',
        cell: (i) => {
          const s = tree.logSpan[i]!;
          return <span className="muted">{s < 0 ? '–' : visible(tree.spans[s]!.name ?? '', 80)}</span>;
        },
      },
    ],
    [tree],
  );
  if (tree.logs.length === 0) {
    return (
      <Empty title="This trace has no logs" own={fill.logs}>
        <p>Lines that carry the trace id show here, and in the waterfall at their time. To send lines of a program:</p>
      </Empty>
    );
  }
  return (
    <>
      <div className="toolbar trace-toolbar">
        <input
          className="input"
          type="search"
          value={text}
          placeholder="Filter lines"
          aria-label="Filter lines"
          onChange={(e) => setText(e.target.value)}
        />
        <span className="muted nowrap" role="status">
          <b className="num">{count(rows.length)}</b> of <span className="num">{count(tree.logs.length)}</span>
        </span>
        <span className="space" />
        <Export
          name={`logs-${tree.id.slice(0, 8)}`}
          rows={() =>
            rows.map((i) => {
              const l = tree.logs[i]!;
              return {
                time: l.time,
                level: l.level,
                service: l.service,
                logger: l.name,
                span_id: l.span_id,
                body: l.body,
              };
            })
          }
          json={() => rows.map((i) => tree.logs[i])}
        />
      </div>
      <Table
        label="Logs of the trace"
        rows={rows}
        columns={columns}
        rowKey={(i) => `log-${i}`}
        selected={selected === null ? undefined : `log-${selected}`}
        onSelect={onSelect}
        isError={(i) => levelClass(tree.logs[i]!.level) === 'bad'}
      />
    </>
  );
}
