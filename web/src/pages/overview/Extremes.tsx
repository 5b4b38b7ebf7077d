// The slowest and the costliest traces of the range.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ask, type Schemas } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { When } from '@/components/When';
import { duration, plural, usd } from '@/lib/format';
import { isLive, type Range } from '@/lib/range';
import { useHeld } from './held';

const limit = 8;

/** wait: others come first. */
export function Extremes({ order, range, wait }: { order: 'slowest' | 'costliest'; range: Range; wait: boolean }) {
  const traces = useQuery(
    ask(
      '/api/v1/traces',
      { query: { order, limit, ...range } },
      { refresh: isLive(range) ? 10_000 : false, enabled: !wait },
    ),
  );
  const { value, hold } = useHeld(traces.data);
  const list = (value?.traces ?? []).filter((t) => order === 'slowest' || Number(t.cost_usd ?? 0) > 0);
  return (
    <section className="panel ov-list" aria-label={`${title[order]} traces`} {...hold}>
      <header>
        <h2>
          <Link to="/traces" search={{ order } as never}>
            {title[order]} traces
          </Link>
        </h2>
      </header>
      <div className="body" tabIndex={0} role="region" aria-label={`${title[order]} traces, a table`}>
        {traces.error && !value && <ErrorNote error={traces.error} retry={() => void traces.refetch()} />}
        {value && list.length === 0 && (
          <p className="muted">
            {order === 'slowest' ? 'No trace in this range.' : 'No trace with a known cost in this range.'}
          </p>
        )}
        {list.length > 0 && (
          <table className="plain">
            <thead>
              <tr>
                <th scope="col" className="right">
                  {order === 'slowest' ? 'Took' : 'Cost'}
                </th>
                <th scope="col">Trace</th>
                <th scope="col">Has</th>
                <th scope="col" className="right">
                  Began
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((t) => (
                <Row key={t.trace_id} trace={t} order={order} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

const title = { slowest: 'Slowest', costliest: 'Costliest' };

function Row({ trace: t, order }: { trace: Schemas['TraceSummary']; order: 'slowest' | 'costliest' }) {
  return (
    <tr>
      <td className="right num nowrap">{order === 'slowest' ? duration(t.duration_ns) : usd(t.cost_usd)}</td>
      <td className="ov-cell">
        <Link
          className="foreign-line"
          to="/traces/$trace"
          params={{ trace: t.trace_id }}
          title={`${t.trace_id}: ${plural(t.spans, 'span')}, ${plural(t.calls, 'call')}, ${plural(t.errors, 'error')}`}
        >
          {t.service ? `${t.service} ` : ''}
          {t.name}
        </Link>
      </td>
      <td className="muted nowrap">
        {t.errors > 0 ? (
          <span className="err">{plural(t.errors, 'error')}</span>
        ) : t.calls > 0 ? (
          plural(t.calls, 'call')
        ) : (
          plural(t.spans, 'span')
        )}
      </td>
      <td className="right muted">
        <When at={t.start} />
      </td>
    </tr>
  );
}
