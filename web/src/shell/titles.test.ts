import { expect, it } from 'vitest';
import { hasRange } from '@/shell/places';
import { titleOf } from './titles';

it.each([
  ['/', 'Overview'],
  ['/traces', 'Traces'],
  ['/traces/3d738373a89a50feea4e05468e0a5c94', 'Trace 3d738373'],
  ['/calls/3d738373a89a50feea4e05468e0a5c94/a1b2c3d4e5f60718', 'Call a1b2c3d4'],
  ['/calls/compare', 'Compare calls'],
  ['/r/req%2F1', 'Request req/1'],
  ['/r/100%', 'Request 100%'],
  ['/sessions/s1', 'Session s1'],
  ['/dashboards/telltale-llm', 'Dashboards'],
  ['/nowhere', 'Telltale'],
])('%s', (path, want) => expect(titleOf(path)).toBe(want));

it.each([
  ['/', undefined, true], ['/logs', undefined, true], ['/logs/', undefined, true], ['/dashboards/telltale-llm', undefined, true], ['/alerts', 'history', true],
  ['/alerts', undefined, false], ['/alerts', 'routes', false], ['/dashboards', undefined, false], ['/traces/0123', undefined, false], ['/r/req-1', undefined, false], ['/calls/a/b', undefined, false], ['/calls/compare', undefined, false],
])('%s with view %s has a time range: %s', (path, view, want) => expect(hasRange(path, view)).toBe(want));
