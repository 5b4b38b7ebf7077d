// Lines of logs as a short list: level, time since the trace began, text. A click opens the line.
import { count, duration } from '@/lib/format';
import { oneLine } from '@/lib/oneLine';
import { useState } from 'react';
import { logRow } from './layout';
import { levelClass } from './Row';
import type { TraceTree } from './tree';

const few = 100;

export function LogLines({
  tree,
  logs,
  onSelect,
}: {
  tree: TraceTree;
  logs: number[];
  onSelect: (row: number) => void;
}) {
  const [most, setMost] = useState(few);
  return (
    <div className="log-lines">
      {logs.slice(0, most).map((i) => {
        const log = tree.logs[i]!;
        return (
          <button key={i} className="log-line" onClick={() => onSelect(logRow(i))}>
            <span className={`wf-level ${levelClass(log.level)}`}>{log.level ?? 'log'}</span>
            <span className="num muted">+{duration(tree.logTime[i])}</span>
            <span className="foreign-line">{oneLine(log.body, 300) || log.name}</span>
          </button>
        );
      })}
      {logs.length > most && (
        <button className="btn small" onClick={() => setMost(most + 1000)}>
          Show more of {count(logs.length)}
        </button>
      )}
    </div>
  );
}
