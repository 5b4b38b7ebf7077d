// What changed most since an hour ago, from counts of stored records.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { get } from '@/api/client';
import { quote } from '@/components/Id';
import { ErrorNote } from '@/components/ErrorNote';
import { clock } from '@/lib/format';
import { comparedTimes, differences, readGroups, type Difference, type Kind, type Times } from './changes';
import { useHeld } from './held';

const most = 8;

const questions: { kind: Kind; signal: 'calls' | 'spans'; q?: string; group: string; columns: string }[] = [
  { kind: 'model', signal: 'calls', group: 'model,status', columns: 'count,sum(cost),p95(duration)' },
  { kind: 'service', signal: 'spans', q: 'kind:server', group: 'service,status', columns: 'count,p95(duration)' },
  { kind: 'error', signal: 'spans', q: 'status:error error:*', group: 'error', columns: 'count' },
  { kind: 'key', signal: 'calls', group: 'key', columns: 'count,sum(cost)' },
];

interface Found {
  list: Difference[];
  times: ReturnType<typeof comparedTimes>;
  nothingBefore: boolean;
}

async function compare(end: number, signal: AbortSignal): Promise<Found> {
  const times = comparedTimes(end);
  const groups = async (at: Times, o: (typeof questions)[number]) =>
    readGroups(
      await get(
        '/api/v1/aggregate',
        {
          query: {
            signal: o.signal,
            q: o.q,
            group: o.group,
            columns: o.columns,
            order: 'count',
            limit: 200,
            from: at.from,
            to: at.to,
          },
        },
        signal,
      ),
    );
  const parts = await Promise.all(
    questions.map(async (o) => ({
      kind: o.kind,
      now: await groups(times.now, o),
      before: await groups(times.before, o),
    })),
  );
  const nothingBefore = parts.every((p) => p.before.size === 0);
  return {
    times,
    nothingBefore,
    list: nothingBefore
      ? []
      : parts.flatMap((p) => differences(p.kind, p.before, p.now)).sort((a, b) => b.weight - a.weight),
  };
}

/** end: the moment up to which is compared, in ms; now where it is absent. wait: others come first. */
export function Changes({ end, wait }: { end?: number; wait: boolean }) {
  const found = useQuery({
    queryKey: ['changes', end],
    queryFn: ({ signal }) => compare(end ?? Date.now(), signal),
    refetchInterval: end === undefined ? 60_000 : false,
    placeholderData: (last) => last,
    enabled: !wait,
  });
  const { value, hold } = useHeld(found.data);
  return (
    <section className="panel ov-list" aria-label="What changed since an hour ago" {...hold}>
      <header>
        <h2>What changed since an hour ago</h2>
        {value && (
          <span className="unit muted" title={`${span(value.times.before)} and ${span(value.times.now)}`}>
            15 min each
          </span>
        )}
      </header>
      <div className="body" tabIndex={0} role="region" aria-label="Changes, a table">
        {found.error && !value && <ErrorNote error={found.error} retry={() => void found.refetch()} />}
        {value?.nothingBefore && (
          <p className="muted">
            Nothing is stored of {span(value.times.before)}, so there is nothing to compare with yet.
          </p>
        )}
        {value && !value.nothingBefore && value.list.length === 0 && (
          <p className="muted">No model, service, kind of error or key differs by more than chance makes likely.</p>
        )}
        {value && value.list.length > 0 && (
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">Of</th>
                <th scope="col">What</th>
                <th scope="col" className="right">
                  Then
                </th>
                <th scope="col" className="right">
                  Now
                </th>
                <th scope="col" className="right">
                  Change
                </th>
              </tr>
            </thead>
            <tbody>
              {value.list.slice(0, most).map((d) => (
                <Row key={`${d.kind} ${d.name} ${d.what}`} of={d} times={value.times.now} />
              ))}
            </tbody>
          </table>
        )}
        {value && value.list.length > most && (
          <p className="muted">{value.list.length - most} smaller ones are not shown.</p>
        )}
      </div>
    </section>
  );
}

function Row({ of: d, times }: { of: Difference; times: Times }) {
  const link = where(d);
  return (
    <tr>
      <td className="ov-cell">
        <span className="muted">{d.kind}</span>{' '}
        <Link className="foreign-line" to={link.to} search={{ ...link.search, ...times } as never}>
          {d.name || 'none'}
        </Link>
      </td>
      <td>{d.what}</td>
      <td className="right num">{d.before}</td>
      <td className="right num">{d.now}</td>
      <td className={d.worse ? 'right num warn' : 'right num'}>{d.change}</td>
    </tr>
  );
}

function where(d: Difference): { to: string; search: Record<string, string> } {
  const name = d.name === '' ? '""' : quote(d.name);
  const failed = d.what === 'errors' ? ' status:error' : '';
  switch (d.kind) {
    case 'service':
      return { to: '/traces', search: { q: `service:${name} kind:server${failed}` } };
    case 'error':
      return { to: '/traces', search: { q: `error:${name}` } };
    case 'key':
      return { to: '/calls', search: { q: `key:${name}` } };
    case 'model':
      return { to: '/calls', search: { q: `model:${name}${failed}` } };
  }
}

const span = (t: Times) => `${clock(new Date(t.from), false).slice(0, 5)}–${clock(new Date(t.to), false).slice(0, 5)}`;
