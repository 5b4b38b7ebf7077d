// The pages and their addresses. All that a page shows is in its address; range and theme go along from page to page.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
  type RouteComponent,
} from '@tanstack/react-router';
import { PageError } from '@/components/ErrorNote';
import Overview from '@/pages/overview/Overview';
import { Shell } from '@/shell/Shell';
import { NotFound } from '@/shell/NotFound';

/** What every address may have. */
export interface CommonSearch {
  from?: string;
  to?: string;
  theme?: 'dark' | 'light';
}

/** Parameters of pages are texts: each page reads those it knows. */
export type Search = CommonSearch & Record<string, string | undefined>;

// The address is read and written as plain texts, not as JSON: people write it, and links in alerts do.
function parseSearch(text: string): Record<string, string> {
  const search: Record<string, string> = {};
  // A name that comes twice is a list, as Grafana writes the values of a variable; ours are joined by commas.
  for (const [name, value] of new URLSearchParams(text))
    search[name] = name in search ? `${search[name]},${value}` : value;
  return search;
}

function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, value as string);
  }
  return params.size > 0 ? `?${params}` : '';
}

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageError,
  validateSearch: (search: Record<string, unknown>): Search => search as Search,
  search: { middlewares: [retainSearchParams(['from', 'to', 'theme'])] },
});

const route = <P extends string>(path: P, component: RouteComponent) =>
  createRoute({ getParentRoute: () => root, path, component, errorComponent: PageError });
const page = <P extends string>(path: P, load: () => Promise<{ default: React.ComponentType }>) =>
  route(path, lazyRouteComponent(load));

const tree = root.addChildren([
  route('/', Overview), // it comes with the frame
  page('/calls', () => import('@/pages/calls/Calls')),
  page('/calls/$trace/$span', () => import('@/pages/calls/Call')),
  page('/calls/compare', () => import('@/pages/calls/CompareCalls')),
  page('/sessions', () => import('@/pages/sessions/Sessions')),
  page('/sessions/$session', () => import('@/pages/sessions/Session')),
  page('/traces', () => import('@/pages/traces/Traces')),
  page('/traces/$trace', () => import('@/pages/trace/TracePage')),
  page('/r/$request', () => import('@/pages/request/RequestPage')),
  page('/logs', () => import('@/pages/logs/Logs')),
  page('/errors', () => import('@/pages/errors/Errors')),
  page('/explore', () => import('@/pages/explore/Explore')),
  page('/dashboards', () => import('@/pages/dashboards/Dashboards')),
  page('/dashboards/$uid', () => import('@/pages/dashboards/DashboardPage')),
  page('/alerts', () => import('@/pages/alerts/Alerts')),
  page('/status', () => import('@/pages/status/Status')),
]);

export const router = createRouter({
  routeTree: tree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPreloadDelay: 40,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
