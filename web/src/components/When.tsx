import { ago, clock, date } from '@/lib/format';

/** A moment in local time; UTC and how long ago on hover. */
export function When({ at, style = 'clock' }: { at: string | Date; style?: 'clock' | 'full' | 'ago' }) {
  const d = typeof at === 'string' ? new Date(at) : at;
  const today = date(d) === date(new Date());
  const text = style === 'ago' ? ago(d) : style === 'full' || !today ? `${date(d)} ${clock(d, style === 'full')}` : clock(d);
  return <time dateTime={d.toISOString()} title={`${d.toISOString().replace('T', ' ').replace('Z', '')} UTC · ${ago(d)}`} className="num nowrap">{text}</time>;
}
