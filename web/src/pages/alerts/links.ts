// Links of alerts: what rules and people wrote into annotations.

export interface Target {
  to?: string; // a page here
  search?: Record<string, string>;
  href?: string; // elsewhere
}

const pages = /^\/(calls|sessions|traces|r|logs|errors|explore|dashboards|alerts|status)(\/|$)/;

/** Where an address leads: to a page of ours, whatever host it was written with, or elsewhere over HTTP. Anything else leads nowhere. */
export function target(address: string | undefined): Target | null {
  if (!address) return null;
  let url: URL;
  try {
    url = new URL(address, 'http://here.invalid');
  } catch {
    return null;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  const search = Object.fromEntries(url.searchParams);
  if (url.pathname === '/prometheus/graph' && search['g0.expr'])
    return { to: '/explore', search: { expr: search['g0.expr'] } };
  if (pages.test(url.pathname)) return { to: url.pathname, search };
  return url.hostname === 'here.invalid' ? null : { href: url.href };
}

/** The traces of the annotation example_traces. */
export function exampleTraces(annotations: Record<string, string>): string[] {
  return (annotations.example_traces ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => /^[0-9a-f]{32}$/i.test(id))
    .slice(0, 5);
}

const shownApart = new Set(['alertname', 'severity']);

/** Labels that tell one alert of a name from another. */
export const tellingLabels = (labels: Record<string, string>): [string, string][] =>
  Object.entries(labels)
    .filter(([name]) => !shownApart.has(name))
    .sort(([a], [b]) => a.localeCompare(b));
