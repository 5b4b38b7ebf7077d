// Moments as people write them.
import { clock, date } from '@/lib/format';

const written = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(Z?)$/;

/** Reads "2026-01-31 14:05" as local time, with Z as UTC, and writes it as the API wants it; anything else stays. */
export function fromLocal(text: string): string {
  const t = text.trim();
  if (!written.test(t)) return t;
  const at = new Date(t.replace(' ', 'T'));
  return Number.isNaN(at.getTime()) ? t : at.toISOString();
}

/** A moment of the address in local time, to the second; what is relative stays. */
export function asLocal(text: string): string {
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text) : null;
  return at === null || Number.isNaN(at.getTime()) ? text : `${date(at)} ${clock(at, false)}`;
}

/** "2026-01-31 14:05:00 UTC" */
export const inUTC = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
