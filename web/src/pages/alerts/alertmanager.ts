// Silences, by Alertmanager's own API.
import { getJSON } from '@/api/client';
import { toWire, writeMatcher, type Matcher, type WireMatcher } from './matchers';

const api = '/alertmanager/api/v2';

export interface Silence {
  id: string;
  status: { state: 'active' | 'pending' | 'expired' };
  matchers: WireMatcher[];
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
}

export const listSilences = (signal?: AbortSignal) => getJSON<Silence[]>(`${api}/silences`, { signal });

/** Alerts that fire and that matchers match, as the server reads them. */
export const matchedAlerts = (matchers: Matcher[], signal?: AbortSignal) =>
  getJSON<{ fingerprint: string; labels: Record<string, string>; annotations: Record<string, string> }[]>(
    `${api}/alerts?${new URLSearchParams(matchers.map((m) => ['filter', writeMatcher(m)]))}`,
    { signal },
  );

export const createSilence = (o: {
  matchers: Matcher[];
  startsAt: Date;
  endsAt: Date;
  createdBy: string;
  comment: string;
  id?: string;
}) =>
  getJSON<{ silenceID: string }>(`${api}/silences`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      ...o,
      matchers: o.matchers.map(toWire),
      startsAt: o.startsAt.toISOString(),
      endsAt: o.endsAt.toISOString(),
    }),
  });

export const expireSilence = (id: string) =>
  getJSON<unknown>(`${api}/silence/${encodeURIComponent(id)}`, { method: 'DELETE' });
