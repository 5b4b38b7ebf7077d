// What the waterfall shows: filter, levels, critical path, logs.
import { Maximize2, ScrollText, Waypoints } from 'lucide-react';
import { useRef } from 'react';
import { count } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import type { TraceTree } from './tree';

interface ToolbarProps {
  tree: TraceTree;
  filter: string;
  onFilter: (text: string | undefined) => void;
  hits: number | null;
  path: boolean;
  onPath: () => void;
  logs: boolean;
  onLogs: () => void;
  level: string | undefined;
  onLevel: (level: string | undefined) => void;
  zoomed: boolean;
  onAll: () => void;
  onLeave: () => void; // Enter or ↓ in the filter: on to the rows
}

export function Toolbar({
  tree,
  filter,
  onFilter,
  hits,
  path,
  onPath,
  logs,
  onLogs,
  level,
  onLevel,
  zoomed,
  onAll,
  onLeave,
}: ToolbarProps) {
  const input = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => input.current?.focus() });
  const onKeyDown = (e: React.KeyboardEvent) => {
    if (e.key === 'Enter' || e.key === 'ArrowDown') onLeave();
    else if (e.key === 'Escape' && filter) onFilter(undefined);
    else if (e.key === 'Escape') input.current?.blur();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const levels = Math.min(tree.deepest, 9);
  return (
    <div className="toolbar trace-toolbar">
      <input
        ref={input}
        className="input"
        type="search"
        value={filter}
        placeholder="Filter spans, such as kind:llm duration:>1s -cache"
        aria-label="Filter spans"
        title="Words, service:x, status:error, kind:llm, duration:>250ms, attribute:value; - before one leaves out"
        spellCheck={false}
        autoComplete="off"
        onChange={(e) => onFilter(e.target.value || undefined)}
        onKeyDown={onKeyDown}
      />
      {hits !== null && (
        <span className="muted nowrap" role="status">
          <b className="num">{count(hits)}</b> match
        </span>
      )}
      <span className="space" />
      {zoomed && (
        <button className="btn small" onClick={onAll}>
          <Maximize2 aria-hidden />
          Whole trace
        </button>
      )}
      {levels > 0 && (
        <label className="trace-level">
          <span className="muted">Levels</span>
          <select className="input" value={level ?? ''} onChange={(e) => onLevel(e.target.value || undefined)}>
            <option value="">all {count(tree.deepest + 1)}</option>
            {Array.from({ length: levels }, (_, i) => (
              <option key={i} value={String(i)}>
                {i + 1}
              </option>
            ))}
            {level !== undefined && Number(level) >= levels && <option value={level}>{Number(level) + 1}</option>}
          </select>
        </label>
      )}
      <button className="btn small" aria-pressed={path} onClick={onPath} title="Mark what the trace waited for">
        <Waypoints aria-hidden />
        Critical path
      </button>
      <button
        className="btn small"
        aria-pressed={logs}
        onClick={onLogs}
        disabled={tree.logs.length === 0}
        title={tree.logs.length === 0 ? 'This trace has no logs' : 'Show lines of logs at their time'}
      >
        <ScrollText aria-hidden />
        Logs {tree.logs.length > 0 ? count(tree.logs.length) : ''}
      </button>
    </div>
  );
}
