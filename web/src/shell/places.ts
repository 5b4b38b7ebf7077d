// The pages, as navigation, palette and keys know them.
import {
  Activity,
  BellRing,
  Bug,
  ChartSpline,
  Gauge,
  LayoutDashboard,
  ListTree,
  MessagesSquare,
  Rows3,
  ScrollText,
  type LucideIcon,
} from 'lucide-react';

export interface Place {
  title: string;
  to: string;
  icon: LucideIcon;
  key: string; // after g
  words?: string; // the palette finds it by these too
}

export const places: { group: string; places: Place[] }[] = [
  { group: '', places: [{ title: 'Overview', to: '/', icon: Gauge, key: 'o', words: 'home health' }] },
  {
    group: 'Investigate',
    places: [
      { title: 'LLM calls', to: '/calls', icon: MessagesSquare, key: 'c', words: 'models prompts tokens cost' },
      { title: 'Sessions', to: '/sessions', icon: Rows3, key: 'n', words: 'conversations threads users' },
      { title: 'Traces', to: '/traces', icon: ListTree, key: 't', words: 'spans waterfall' },
      { title: 'Logs', to: '/logs', icon: ScrollText, key: 'l', words: 'tail' },
      { title: 'Errors', to: '/errors', icon: Bug, key: 'e', words: 'exceptions issues' },
      { title: 'Metrics', to: '/explore', icon: ChartSpline, key: 'm', words: 'promql explore' },
    ],
  },
  {
    group: 'Watch',
    places: [
      { title: 'Dashboards', to: '/dashboards', icon: LayoutDashboard, key: 'd', words: 'grafana panels' },
      { title: 'Alerts & SLOs', to: '/alerts', icon: BellRing, key: 'a', words: 'rules silences objectives' },
    ],
  },
  {
    group: 'Manage',
    places: [{ title: 'Status', to: '/status', icon: Activity, key: 's', words: 'ingest store targets version loss' }],
  },
];

export const allPlaces = places.flatMap((g) => g.places);

/** The place that an address belongs to. */
export function placeOf(path: string): Place | undefined {
  return allPlaces.find((p) => (p.to === '/' ? path === '/' : path === p.to || path.startsWith(p.to + '/')));
}

const ranged = new Set(['/', '/calls', '/sessions', '/traces', '/errors', '/explore', '/status']);
const rangedAlerts = new Set(['history', 'slos', 'replay']);

/** Whether a page shows a time range, so that choosing one changes something. A trace or a request has its own, a live tail none. */
export function hasRange(path: string, search: { view?: string; tail?: string; context?: string }): boolean {
  const at = path === '/' ? path : path.replace(/\/$/, '');
  if (at === '/logs') return !search.tail && !search.context;
  return (
    ranged.has(at) || /^\/dashboards\/[^/]+$/.test(at) || (at === '/alerts' && rangedAlerts.has(search.view ?? ''))
  );
}
