// Queries in the address: expr, expr2, expr3 …; off=2,3 are kept but not asked.
import type { Search } from '@/router';

export interface Query {
  expr: string;
  off: boolean;
}

export const most = 10;

const nameAt = (i: number) => (i === 0 ? 'expr' : `expr${i + 1}`);

/** A, B, C … */
export const letterAt = (i: number) => String.fromCharCode(65 + i);

export function queriesOf(search: Search): Query[] {
  const off = new Set((search.off ?? '').split(','));
  const out: Query[] = [];
  for (let i = 0; i < most; i++) {
    const expr = search[nameAt(i)];
    if (expr !== undefined) out.push({ expr, off: off.has(String(i + 1)) });
  }
  return out;
}

/** The change of the address that leaves these queries, without gaps in their numbers. */
export function searchOf(queries: Query[]): Record<string, string | undefined> {
  const kept = queries.filter((q) => q.expr.trim() !== '').slice(0, most);
  const out: Record<string, string | undefined> = {
    off: kept.flatMap((q, i) => (q.off ? [String(i + 1)] : [])).join(',') || undefined,
  };
  for (let i = 0; i < most; i++) out[nameAt(i)] = kept[i]?.expr.trim();
  return out;
}
