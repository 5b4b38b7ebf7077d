import { ago, clock, date, moment } from '@/lib/format';

/** A moment in local time; UTC and how long ago on hover. */
export function When({ at, style = 'clock' }: { at: string | Date; style?: 'clock' | 'seconds' | 'full' | 'ago' }) {
  const d = typeof at === 'string' ? new Date(at) : at;
  const text = style === 'ago' ? ago(d) : style === 'full' ? `${date(d)} ${clock(d)}` : moment(d, style === 'clock');
  return (
    <time
      dateTime={d.toISOString()}
      title={`${d.toISOString().replace('T', ' ').replace('Z', '')} UTC · ${ago(d)}`}
      className="num nowrap"
    >
      {text}
    </time>
  );
}
