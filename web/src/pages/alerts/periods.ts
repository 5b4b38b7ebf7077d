// When alerts fired, read from the series ALERTS.
export interface Period {
  from: number; // ms
  to: number;
  state: 'pending' | 'firing';
  open: boolean; // it goes on at the end
}

export interface AlertHistory {
  name: string;
  labels: Record<string, string>; // without alertname and alertstate
  periods: Period[];
  firing: number; // ms, all of it together
}

interface Sampled {
  metric: Record<string, string>;
  values: [number, string][];
}

/** Makes periods of samples that are step seconds apart. Where more than one sample is missing a period ends. */
export function readHistory(series: Sampled[], step: number, end: number): AlertHistory[] {
  const byLabels = new Map<string, AlertHistory>();
  for (const { metric, values } of series) {
    const { __name__: _, alertname = '', alertstate, ...labels } = metric;
    const key = JSON.stringify([alertname, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
    let history = byLabels.get(key);
    if (!history) byLabels.set(key, (history = { name: alertname, labels, periods: [], firing: 0 }));
    const state = alertstate === 'firing' ? 'firing' : 'pending';
    for (const [from, to] of runs(
      values.map(([t]) => t),
      step,
    )) {
      history.periods.push({ from: from * 1000, to: Math.min(end, to + step) * 1000, state, open: to + step >= end });
      if (state === 'firing') history.firing += (Math.min(end, to + step) - from) * 1000;
    }
  }
  const list = [...byLabels.values()];
  for (const h of list) h.periods.sort((a, b) => a.from - b.from);
  const last = (h: AlertHistory) => Math.max(...h.periods.filter((p) => p.state === 'firing').map((p) => p.to), 0);
  return list.sort((a, b) => last(b) - last(a) || a.name.localeCompare(b.name));
}

// runs of times that follow each other; step in seconds.
function runs(times: number[], step: number): [number, number][] {
  const out: [number, number][] = [];
  for (const t of times) {
    const last = out.at(-1);
    if (last && t - last[1] <= step * 2.01) last[1] = t;
    else out.push([t, t]);
  }
  return out;
}
