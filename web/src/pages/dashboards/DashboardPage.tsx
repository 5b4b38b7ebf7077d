// A dashboard: its variables, its sections, its panels.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { ask, write, type Schemas } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { zoneOf } from '@/components/chart/zone';
import { useKeys } from '@/lib/keys';
import { defaultRange, isLive } from '@/lib/range';
import { useRange, useUrlState, useZoom } from '@/lib/search';
import { useMarks } from './annotations';
import { BoardContext, type Board } from './context';
import {
  all,
  chosenOf,
  endOf,
  panelKey,
  parameterOf,
  refreshOf,
  type Chosen,
  type Dashboard,
  type Section,
} from './model';
import { PanelFrame, Problems } from './PanelFrame';
import { jsonOf, problemsByPanel } from './problems';
import { Sections } from './Sections';
import { Toolbar } from './Toolbar';
import './dashboards.css';

const Editor = lazy(() => import('./Editor'));

export default function DashboardPage() {
  const { uid = '' }: { uid?: string } = useParams({ strict: false });
  const [search, set] = useUrlState();
  const record = useQuery(ask('/api/v1/dashboards/{uid}', { path: { uid } }));
  if (!record.data || record.data.uid !== uid)
    return record.isError ? (
      <div className="page stack">
        <ErrorNote error={record.error} retry={() => void record.refetch()} />
        <p>
          <Link to="/dashboards">All dashboards</Link>
        </p>
      </div>
    ) : (
      <Loading />
    );
  if (search.edit)
    return (
      <Suspense fallback={<Loading what="Loading the editor" />}>
        <Editor key={uid} uid={uid} record={record.data} onClose={() => set({ edit: undefined })} />
      </Suspense>
    );
  if (!record.data.dashboard) {
    return (
      <div className="page stack">
        <div className="note err">
          <b>This dashboard is wrong, and there is nothing to show of it.</b>
          <button className="btn end" onClick={() => set({ edit: '1' })}>
            Edit the JSON
          </button>
        </div>
        <Problems problems={record.data.problems} />
      </div>
    );
  }
  return <Shown key={uid} record={record.data} dashboard={record.data.dashboard} />;
}

const setOf = (text: string | undefined) => new Set((text ?? '').split(',').filter(Boolean));

/** Text of a set with one turned, for the address. */
const turn = (old: ReadonlySet<string>, key: string) => {
  const next = new Set(old);
  if (!next.delete(key)) next.add(key);
  return [...next].join(',') || undefined;
};

function Shown({ record, dashboard }: { record: Schemas['DashboardRecord']; dashboard: Dashboard }) {
  const [search, set] = useUrlState();
  const [range] = useRange();
  const zoom = useZoom();
  const refreshText = search.refresh ?? dashboard.refresh ?? '';
  const refresh = isLive(range) ? refreshOf(refreshText) : 0;
  useDefaultRange(dashboard);

  const asked = useStable(chosenOf(search, dashboard.variables));
  const body = { from: range.from, to: range.to, variables: asked };
  const resolved = useQuery({
    queryKey: ['variables', record.uid, record.changed, body],
    queryFn: ({ signal }) =>
      write('post', '/api/v1/dashboards/{uid}/variables', { path: { uid: record.uid } }, body, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: refresh > 0 ? Math.max(60_000, refresh) : false,
  });
  const chosen = useStable(
    resolved.data ? Object.fromEntries(resolved.data.variables.map((v) => [v.name, v.selected])) : asked,
  );
  const shown = useMemo(() => shownOf(chosen, resolved.data?.variables ?? []), [chosen, resolved.data]);
  const sections =
    resolved.data?.sections ?? (resolved.isError || dashboard.variables.length === 0 ? dashboard.sections : null);
  const off = setOf(search.hide);
  const marks = useMarks(dashboard.annotations, off, range, shown, refresh);
  const byPanel = useMemo(
    () =>
      problemsByPanel(
        record.problems,
        dashboard.sections.flatMap((s) => s.panels),
        record.raw,
      ),
    [record, dashboard],
  );

  const board = useMemo(
    (): Board => ({
      uid: record.uid,
      title: dashboard.title,
      range,
      refresh,
      chosen,
      shown,
      marks,
      crosshair: dashboard.crosshair,
      timezone: zoneOf(dashboard.timezone),
      ask: (panel, q, signal) =>
        write(
          'post',
          '/api/v1/dashboards/{uid}/panels/{panel}/query',
          { path: { uid: record.uid, panel: panel.id } },
          {
            from: q.from,
            to: q.to,
            max_points: q.points,
            exemplars: panel.targets.some((t) => t.exemplars),
            variables: {
              ...asked,
              ...Object.fromEntries(Object.entries(panel.repeated ?? {}).map(([name, value]) => [name, [value]])),
            },
          },
          signal,
        ),
      keyOf: (panel) => ['panel', record.uid, record.changed, panelKey(panel), asked],
      problemsOf: (panel) => byPanel.get(panel.id) ?? [],
      jsonOf: (panel) => jsonOf(panel, record.raw),
      onZoom: zoom,
      view: (panel) => set({ viewPanel: panel ? panelKey(panel) : undefined }),
    }),
    [record, dashboard, range, refresh, chosen, shown, marks, asked, byPanel, zoom, set],
  );

  const alone = search.viewPanel
    ? sections
        ?.flatMap((s) => s.panels)
        .find((p) => panelKey(p) === search.viewPanel || String(p.id) === search.viewPanel)
    : undefined;
  useKeys({ Escape: () => set({ viewPanel: undefined }) }, { enabled: alone !== undefined });
  const chooseVariable = (v: Schemas['DashboardVariable'], values: string[]) =>
    set(
      parameterOf(
        v.name,
        values.map((x) => (x === all ? 'All' : x)),
        v.multi ?? false,
      ),
    );
  const own = byPanel.get(null) ?? [];

  return (
    <BoardContext value={board}>
      <Toolbar
        record={record}
        dashboard={dashboard}
        values={resolved.data?.variables ?? []}
        chosen={chosen}
        off={off}
        refresh={refreshText}
        alone={alone !== undefined}
        onVariable={chooseVariable}
        onAnnotation={(name) => set({ hide: turn(off, name) })}
        onRefresh={(text) => set({ refresh: text })}
        onEdit={() => set({ edit: '1' })}
        onBack={() => set({ viewPanel: undefined })}
      />
      {alone ? (
        <div className="board-alone">
          <PanelFrame key={panelKey(alone)} panel={alone} alone />
        </div>
      ) : (
        <div className="page board" tabIndex={-1}>
          {record.stale && (
            <div className="note warn">The file is wrong now. This is the dashboard as it was before.</div>
          )}
          {resolved.isError && <ErrorNote error={resolved.error} retry={() => void resolved.refetch()} />}
          {own.length > 0 && (
            <details className="note warn board-problems">
              <summary>
                {own.length === 1 ? '1 problem of this dashboard' : `${own.length} problems of this dashboard`}
              </summary>
              <Problems problems={own} />
            </details>
          )}
          {sections ? <SectionList sections={sections} /> : <Loading what="Asking for the variables" />}
          {(resolved.data?.left_out ?? 0) > 0 && (
            <p className="muted">{resolved.data!.left_out} further copies of panels that repeat are left out.</p>
          )}
        </div>
      )}
    </BoardContext>
  );
}

function SectionList({ sections }: { sections: Section[] }) {
  const [search, set] = useUrlState();
  const turned = setOf(search.rows);
  return <Sections sections={sections} turned={turned} onTurn={(key) => set({ rows: turn(turned, key) }, true)} />;
}

// useDefaultRange takes the time range of the dashboard where the address says none.
function useDefaultRange(dashboard: Dashboard) {
  const [search, set] = useUrlState();
  const given = search.from !== undefined || search.to !== undefined;
  useEffect(() => {
    const from = endOf(dashboard.from),
      to = endOf(dashboard.to);
    if (!given && from && to && (from !== defaultRange.from || to !== defaultRange.to))
      set({ from, to: to === 'now' ? undefined : to }, true);
    // Only when the dashboard opens: who removes the range later wants the default of all pages.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [dashboard.uid]);
}

// useStable keeps an object as long as it says the same.
function useStable<T>(value: T): T {
  const text = JSON.stringify(value);
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => value, [text]);
}

// shownOf writes All as the values it stands for, where these are few.
function shownOf(chosen: Chosen, values: Schemas['PanelValues'][]): Chosen {
  return Object.fromEntries(
    Object.entries(chosen).map(([name, selected]) => {
      const options = values.find((v) => v.name === name)?.options ?? [];
      return [
        name,
        selected.includes(all) && options.length > 0 && options.length < 100 ? options.map((o) => o.value) : selected,
      ];
    }),
  );
}
