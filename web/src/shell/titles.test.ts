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
  ['/', {}, true],
  ['/logs', {}, true],
  ['/logs/', {}, true],
  ['/logs', { tail: '1' }, false],
  ['/logs', { context: 'k' }, false],
  ['/dashboards/telltale-llm', {}, true],
  ['/alerts', { view: 'history' }, true],
  ['/alerts', {}, false],
  ['/alerts', { view: 'routes' }, false],
  ['/dashboards', {}, false],
  ['/traces/0123', {}, false],
  ['/r/req-1', {}, false],
  ['/calls/a/b', {}, false],
  ['/calls/compare', {}, false],
])('%s with %o has a time range: %s', (path, search, want) => expect(hasRange(path, search)).toBe(want));
