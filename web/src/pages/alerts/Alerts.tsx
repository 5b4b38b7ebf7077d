// Alerts, who is told of them, and objectives.
import { lazy, Suspense } from 'react';
import { Loading } from '@/components/Loading';
import { Tabs } from '@/components/Tabs';
import { useUrlState } from '@/lib/search';
import { Active } from './Active';
import './alerts.css';

const views = {
  active: { title: 'Firing & pending', page: Active },
  rules: { title: 'Rules', page: lazy(() => import('./Rules')) },
  history: { title: 'History', page: lazy(() => import('./History')) },
  silences: { title: 'Silences', page: lazy(() => import('./Silences')) },
  routes: { title: 'Routes', page: lazy(() => import('./Routes')) },
  slos: { title: 'SLOs', page: lazy(() => import('./Slos')) },
  replay: { title: 'Replay', page: lazy(() => import('./Replay')) },
} as const;

type View = keyof typeof views;

export default function Alerts() {
  const [search, set] = useUrlState();
  const view: View = search.view && search.view in views ? (search.view as View) : 'active';
  const { page: Page } = views[view];
  const open = (to: View) =>
    set({ view: to === 'active' ? undefined : to, alert: undefined, rule: undefined, q: undefined, new: undefined });
  return (
    <>
      <Tabs
        id="alerts"
        label="Alerts and objectives"
        value={view}
        onChange={open}
        tabs={(Object.keys(views) as View[]).map((value) => ({ value, title: views[value].title }))}
      />
      <div id="alerts-panel" role="tabpanel" aria-labelledby={`alerts-${view}`} className="al-panel">
        <Suspense fallback={<Loading />}>
          <Page />
        </Suspense>
      </div>
    </>
  );
}
