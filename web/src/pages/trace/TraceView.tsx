// The views of a trace and what they have in common: selection, filter, part of the time. All of it is in the address.
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { Trace } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { Tabs } from '@/components/Tabs';
import { count } from '@/lib/format';
import { useUrlState } from '@/lib/search';
import { ConversationView } from './ConversationView';
import { criticalPath } from './critical';
import { filterLogs, filterSpans, SpanTexts } from './filter';
import { Header, KindLegend } from './Header';
import { ancestorsClosed, useCollapsed } from './collapsed';
import { formatWindow, isLog, logOf, logRow, parseWindow, visibleRows, windowOf, type Window } from './layout';
import { usePainted } from './load';
import { LogDock } from './LogDock';
import { LogsView } from './LogsView';
import { Minimap } from './Minimap';
import { SpanDock } from './SpanDock';
import { useQuickParam } from './state';
import { Toolbar } from './Toolbar';
import type { TraceTree } from './tree';
import { useTraceKeys } from './useTraceKeys';
import { Waterfall, type WaterfallHandle } from './Waterfall';

const Graph = lazy(() => import('./AgentGraph'));
const FlameView = lazy(() => import('./FlameView'));

const views = ['waterfall', 'graph', 'flame', 'conversation', 'logs'] as const;
type View = (typeof views)[number];

/** opened: when the page was, in ms of performance.now(). */
export function TraceView({
  tree,
  trace,
  opened,
  stale,
}: {
  tree: TraceTree;
  trace: Trace;
  opened: number;
  stale: Error | null;
}) {
  const painted = usePainted(tree, opened);
  const [search, setUrl] = useUrlState();
  const view: View = views.find((v) => v === search.view) ?? 'waterfall';
  const logs = search.logs === '1',
    showPath = search.path === '1';
  const [filter, setFilter] = useQuickParam('f', 400);
  const [key, setKey] = useQuickParam('span');
  const [zoom, setZoom] = useQuickParam('z');
  const list = useRef<WaterfallHandle>(null);

  const window = useMemo((): Window => parseWindow(zoom, tree.total) ?? [0, Math.max(tree.total, 1)], [zoom, tree]);
  const setWindow = useCallback((w: Window) => setZoom(formatWindow(w, tree.total)), [setZoom, tree]);
  const selected = useMemo(() => rowOf(tree, key), [tree, key]);
  const collapse = useCollapsed(tree, search.level, (level) => setUrl({ level }, true));
  const { collapsed, open, toggle, close } = collapse;

  const texts = useTexts(tree);
  const wanted = useDeferredValue(filter ?? '');
  const { filtered, keepLogs } = useMemo(() => {
    const found = filterSpans(tree, texts, wanted);
    return { filtered: found, keepLogs: found && logs ? filterLogs(tree, wanted, found) : null };
  }, [tree, texts, wanted, logs]);
  const rows = useMemo(
    () => visibleRows(tree, { collapsed, keep: filtered?.keep, logs, keepLogs }),
    [tree, collapsed, filtered, logs, keepLogs],
  );
  const critical = useMemo(() => (showPath ? criticalPath(tree) : null), [tree, showPath]);
  const shown = useMemo(
    () =>
      tree.missing === 0 && !logs ? rows.length : rows.reduce((n, r) => (isLog(r) || tree.odd[r]! & 1 ? n : n + 1), 0),
    [rows, tree, logs],
  );

  // What is selected comes into sight, from wherever it was selected. Rows may come with the next rendering.
  const reveal = useRef<number | null>(selected);
  const select = useCallback(
    (row: number | null) => {
      setKey(row === null ? undefined : isLog(row) ? `log-${logOf(row)}` : tree.keys[row]!);
      reveal.current = row;
      if (row === null) return;
      const closed = ancestorsClosed(tree, isLog(row) ? tree.logSpan[logOf(row)]! : row, collapsed, isLog(row));
      if (closed.length > 0) open(closed);
      if (isLog(row) && !logs && view === 'waterfall') setUrl({ logs: '1' });
    },
    [setKey, tree, collapsed, open, logs, view, setUrl],
  );
  useEffect(() => {
    if (reveal.current === null || view !== 'waterfall') return;
    const index = rows.indexOf(reveal.current);
    if (index < 0) return;
    list.current?.reveal(index);
    reveal.current = null;
  });

  const zoomTo = useCallback(
    (at: number) => {
      const there = windowOf(tree, at);
      setWindow(Math.abs(there[0] - window[0]) < 1 && Math.abs(there[1] - window[1]) < 1 ? [0, tree.total] : there);
    },
    [tree, window, setWindow],
  );
  const goto = useCallback(
    (next: View, change: Record<string, string | undefined> = {}) =>
      setUrl({ view: next === 'waterfall' ? undefined : next, ...change }),
    [setUrl],
  );
  const { onKey, nextError } = useTraceKeys({
    tree,
    rows,
    selected,
    collapsed,
    active: view === 'waterfall',
    logs,
    select,
    open,
    close,
    zoomTo,
    resetZoom: () => setWindow([0, tree.total]),
  });
  const showSpans = useCallback(
    (text: string, at?: number) => {
      setFilter(text);
      if (at !== undefined) reveal.current = at;
      goto('waterfall', { f: text });
    },
    [setFilter, goto],
  );
  const nextErrorHere = () => (view === 'waterfall' ? nextError() : goto('waterfall'));

  return (
    <>
      <Header tree={tree} trace={trace} shown={shown} onNextError={nextErrorHere} />
      {stale && <ErrorNote error={stale} />}
      <div className="trace-tabs">
        <Tabs
          id="trace"
          label="Views"
          value={view}
          onChange={goto}
          tabs={[
            { value: 'waterfall', title: 'Waterfall' },
            { value: 'graph', title: 'Agent graph' },
            { value: 'flame', title: 'Flame' },
            {
              value: 'conversation',
              title: `Conversation${trace.summary.calls > 0 ? ` ${count(trace.summary.calls)}` : ''}`,
            },
            { value: 'logs', title: `Logs${tree.logs.length > 0 ? ` ${count(tree.logs.length)}` : ''}` },
          ]}
        />
        {painted && <KindLegend tree={tree} />}
      </div>
      <div className="split">
        <div className="main" id="trace-panel" role="tabpanel" aria-labelledby={`trace-${view}`}>
          {view === 'waterfall' && (
            <>
              <Toolbar
                tree={tree}
                filter={filter ?? ''}
                onFilter={setFilter}
                hits={filtered?.count ?? null}
                path={showPath}
                onPath={() => setUrl({ path: showPath ? undefined : '1' }, true)}
                logs={logs}
                onLogs={() => setUrl({ logs: logs ? undefined : '1' }, true)}
                level={collapse.level}
                onLevel={collapse.setLevel}
                zoomed={zoom !== undefined}
                onAll={() => setWindow([0, tree.total])}
                onLeave={() => list.current?.focus()}
              />
              <Minimap
                tree={tree}
                ready={painted}
                window={window}
                onWindow={setWindow}
                matches={filtered?.hits ?? null}
              />
              <Waterfall
                ref={list}
                ahead={painted}
                tree={tree}
                rows={rows}
                window={window}
                selected={selected}
                collapsed={collapsed}
                hits={filtered?.hits ?? null}
                critical={critical}
                logs={logs}
                onSelect={select}
                onToggle={toggle}
                onWindow={setWindow}
                onKey={onKey}
              />
              {rows.length === 0 && (
                <p className="wf-none muted">
                  No span matches.{' '}
                  <button className="link" onClick={() => setFilter(undefined)}>
                    Clear the filter
                  </button>
                </p>
              )}
            </>
          )}
          <Suspense fallback={<Loading />}>
            {view === 'graph' && <Graph tree={tree} onShow={showSpans} />}
            {view === 'flame' && (
              <FlameView
                tree={tree}
                window={window}
                onWindow={setWindow}
                selected={selected !== null && !isLog(selected) ? selected : null}
                onSelect={select}
                onShow={showSpans}
              />
            )}
          </Suspense>
          {view === 'conversation' && <ConversationView tree={tree} selected={selected} onSelect={select} />}
          {view === 'logs' && (
            <LogsView
              tree={tree}
              selected={selected !== null && isLog(selected) ? logOf(selected) : null}
              onSelect={(log) => select(log === null ? null : logRow(log))}
            />
          )}
        </div>
        {selected !== null &&
          view !== 'graph' &&
          (isLog(selected) ? (
            <LogDock tree={tree} log={logOf(selected)} onClose={() => select(null)} onSelect={select} />
          ) : (
            <SpanDock
              tree={tree}
              at={selected}
              critical={critical}
              onClose={() => select(null)}
              onZoom={() => zoomTo(selected)}
              onSelect={select}
            />
          ))}
      </div>
    </>
  );
}

/** The row that a key of the address names: a span, or log-<n>. */
function rowOf(tree: TraceTree, key: string | undefined): number | null {
  if (!key) return null;
  const log = /^log-(\d{1,6})$/.exec(key);
  if (log) return Number(log[1]) < tree.logs.length ? logRow(Number(log[1])) : null;
  return tree.at.get(key) ?? null;
}

// useTexts prepares what the filter searches while nobody waits.
function useTexts(tree: TraceTree): SpanTexts {
  const texts = useMemo(() => new SpanTexts(tree), [tree]);
  const [, setReady] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const some = () => {
      if (texts.prepare(performance.now() + 6)) setReady(true);
      else timer = setTimeout(some, 30);
    };
    timer = setTimeout(some, 400);
    return () => clearTimeout(timer);
  }, [texts]);
  return texts;
}
