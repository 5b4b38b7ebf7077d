// Keys of the waterfall: j k ↑ ↓ move, ← → collapse and expand, e next error, z zoom, Home End Page keys go far.
import { useCallback } from 'react';
import { useKeys } from '@/lib/keys';
import { ancestorsClosed } from './collapsed';
import { failures, isLog, logOf, rowHeight } from './layout';
import type { TraceTree } from './tree';

interface KeysOf {
  tree: TraceTree;
  rows: Int32Array;
  selected: number | null;
  collapsed: ReadonlySet<number>;
  active: boolean;
  logs: boolean;
  select: (row: number | null) => void;
  open: (places: number[]) => void;
  close: (places: number[]) => void;
  zoomTo: (at: number) => void;
  resetZoom: () => void;
}

export function useTraceKeys({
  tree,
  rows,
  selected,
  collapsed,
  active,
  logs,
  select,
  open,
  close,
  zoomTo,
  resetZoom,
}: KeysOf) {
  const go = (to: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (row !== undefined) select(row);
  };
  const here = () => (selected === null ? -1 : rows.indexOf(selected));
  // Errors are found wherever they are, also in what is collapsed or not kept by the filter: among rows first.
  const nextError = useCallback(() => {
    const at = selected === null ? -1 : isLog(selected) ? tree.logSpan[logOf(selected)]! : selected;
    const shown = new Set(rows);
    const hidden = (i: number) => !shown.has(i) && ancestorsClosed(tree, i, collapsed, false).length === 0; // by the filter
    const list = failures(tree).filter((i) => !hidden(i));
    const next = list.find((i) => i > at) ?? list[0];
    if (next !== undefined) select(next);
  }, [tree, rows, selected, collapsed, select]);
  const expand = () => {
    if (selected === null || isLog(selected)) return;
    if (collapsed.has(selected)) open([selected]);
    else if (tree.children[selected]! > 0 || (logs && tree.logsOf.has(selected))) go(here() + 1);
  };
  const collapse = () => {
    if (selected === null) return;
    const span = isLog(selected) ? tree.logSpan[logOf(selected)]! : selected;
    if (span < 0) return;
    const opens = tree.children[span]! > 0 || (logs && tree.logsOf.has(span));
    if (!isLog(selected) && opens && !collapsed.has(span)) close([span]);
    else if (isLog(selected)) select(span);
    else if (tree.parent[span]! >= 0) select(tree.parent[span]!);
  };
  const zoom = () => {
    if (selected === null) resetZoom();
    else if (!isLog(selected)) zoomTo(selected);
    else if (tree.logSpan[logOf(selected)]! >= 0) zoomTo(tree.logSpan[logOf(selected)]!);
  };
  const page = (list: EventTarget) => Math.max(1, Math.floor((list as HTMLElement).clientHeight / rowHeight) - 1);
  useKeys({ j: () => go(here() + 1), k: () => go(here() - 1), e: nextError, z: zoom }, { enabled: active });
  const onKey = (e: React.KeyboardEvent) => {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(here() + 1),
      ArrowUp: () => go(here() - 1),
      ArrowRight: expand,
      ArrowLeft: collapse,
      Home: () => go(0),
      End: () => go(rows.length - 1),
      PageDown: () => go(here() + page(e.currentTarget)),
      PageUp: () => go(here() - page(e.currentTarget)),
    };
    const act = acts[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  };
  return { onKey, nextError };
}
