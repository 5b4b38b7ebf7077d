// When alerts fired, from the series ALERTS that rules write.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getJSON } from '@/api/client';
import { Empty } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { duration, plural } from '@/lib/format';
import { describe, isLive, resolve, type Range } from '@/lib/range';
import { useRange, useUrlState } from '@/lib/search';
import { readHistory } from './periods';
import { Timeline } from './Timeline';

const points = 700; // that one can tell apart on a screen
const most = 200; // lanes

async function history(range: Range, signal: AbortSignal) {
  const { from, to } = resolve(range);
  const step = Math.max(15, Math.ceil((to - from) / 1000 / points));
  // The highest in a step, so that short alerts are not missed between two samples.
  const query = `max_over_time(ALERTS[${step}s])`;
  const start = Math.floor(from / 1000 / step) * step,
    end = to / 1000;
  const body = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
  const answer = await getJSON<{ data: { result: Parameters<typeof readHistory>[0] } }>(
    '/prometheus/api/v1/query_range',
    {
      method: 'POST',
      body,
      signal,
    },
  );
  return { alerts: readHistory(answer.data.result, step, end), range: { from, to }, step };
}

export default function History() {
  const [range] = useRange();
  const [search, set] = useUrlState();
  const past = useQuery({
    queryKey: ['alert history', range],
    queryFn: ({ signal }) => history(range, signal),
    refetchInterval: isLive(range) ? 30_000 : false,
    placeholderData: (last) => last,
  });
  const words = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const found = (past.data?.alerts ?? []).filter((a) =>
    words.every((w) =>
      `${a.name} ${Object.entries(a.labels)
        .map(([n, v]) => `${n}=${v}`)
        .join(' ')}`
        .toLowerCase()
        .includes(w),
    ),
  );
  return (
    <div className="page stack">
      <div className="al-bar">
        <input
          className="input al-filter"
          aria-label="Filter by name and labels"
          placeholder="Filter by name and labels"
          value={search.q ?? ''}
          onChange={(e) => set({ q: e.target.value }, true)}
        />
        <span className="muted">
          {past.data &&
            `${plural(found.length, 'alert')}, ${describe(range).replace(/^L/, 'l')}; ${past.data.step} s to a step`}
        </span>
        <span className="tl-key">
          <b className="tl-bar firing" /> firing <b className="tl-bar pending" /> pending
        </span>
      </div>
      {past.error && <ErrorNote error={past.error} retry={() => void past.refetch()} />}
      {!past.data && !past.error && <Loading what="Asking for the past" />}
      {past.data && found.length === 0 && (
        <Empty title={words.length > 0 ? 'No alert of this name or these labels' : 'No alert fired in this time'}>
          <p>
            Choose a longer time, or see{' '}
            <Link to="/alerts" search={{ view: 'rules' } as never}>
              which rules run
            </Link>
            .
          </p>
        </Empty>
      )}
      {past.data && found.length > 0 && (
        <Timeline
          label="When alerts fired"
          range={past.data.range}
          lanes={found.slice(0, most).map((a) => ({
            key: a.name + JSON.stringify(a.labels),
            title: (
              <>
                <Link to="/alerts" search={{ view: 'rules', q: a.name } as never}>
                  {a.name}
                </Link>{' '}
                <span className="muted">
                  {Object.entries(a.labels)
                    .filter(([n]) => n !== 'severity')
                    .map(([, v]) => v)
                    .join(' · ')}
                </span>
              </>
            ),
            periods: a.periods,
            note: a.firing > 0 ? duration(a.firing * 1e6) : 'no',
          }))}
        />
      )}
      {found.length > most && <p className="muted">{found.length - most} more: filter them.</p>}
    </div>
  );
}
