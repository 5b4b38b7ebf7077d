// A group of errors as queries for other pages, which find its occurrences and some more. The server's pattern of a message has <n>,
// <id> and "…" where messages differ; the query language finds kinds and words.
import type { Schemas } from '@/api/client';
import { condition, literal } from '@/components/conditions';

export type Group = Schemas['ErrorGroup'];

const placeholder = /<n>|<id>|["'`]…["'`]/;

/** The longest run of words in a pattern, for a phrase in queries over texts; '' where there is none. */
export function phrase(pattern: string): string {
  const runs = pattern
    .split(placeholder)
    .map((r) => r.match(/[\p{L}\p{N}_]+(?:[ ,.:;-]+[\p{L}\p{N}_]+)*/gu) ?? [])
    .flat();
  return runs.reduce((a, b) => (b.length > a.length ? b : a), '').slice(0, 120);
}

function kindQuery(kind: string): string {
  const http = /^HTTP (\d{3})$/.exec(kind);
  if (http) return condition('http.status', http[1]!);
  if (kind === 'error' || kind === 'fatal') return '';
  return `(${condition('error', kind)} OR ${condition('attr.exception.type', kind)})`;
}

const join = (...parts: string[]) => parts.filter(Boolean).join(' ');

/** Finds failed spans of the group, and some more. */
export const spanQuery = (g: Group): string =>
  join('status:error', kindQuery(g.kind), g.services.length === 1 && g.service ? condition('service', g.service) : '');

/** Finds error logs that say this. */
export function logQuery(g: Group): string {
  const words = phrase(g.message);
  const level = g.source === 'log' && g.kind === 'fatal' ? 'level:fatal' : 'level:>=error';
  return join(level, words ? `body:${/\s/.test(words) ? `"${words.replace(/["\\]/g, '\\$&')}"` : literal(words)}` : '');
}

export type SortBy = 'count' | 'last' | 'first' | 'users';

export function sortGroups(groups: Group[], by: SortBy): Group[] {
  const value = (g: Group) =>
    by === 'count' ? g.count : by === 'users' ? g.users : Date.parse(by === 'last' ? g.last : g.first);
  return [...groups].sort((a, b) => value(b) - value(a) || (a.fingerprint < b.fingerprint ? -1 : 1));
}

/** Points of a sparkline in a box; the highest count touches its top. */
export function sparkBars(
  counts: number[],
  width: number,
  height: number,
): { x: number; y: number; w: number; h: number }[] {
  const most = Math.max(1, ...counts);
  const w = width / Math.max(1, counts.length);
  return counts.flatMap((n, i) => {
    if (n <= 0) return [];
    const h = Math.max(1, (n / most) * height);
    return [{ x: i * w, y: height - h, w: Math.max(1, w - 1), h }];
  });
}
