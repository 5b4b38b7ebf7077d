// How the server itself is.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ask, type Schemas } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { When } from '@/components/When';
import { bytes, count, duration, percent, plural } from '@/lib/format';
import { BooksPanel } from './BooksPanel';
import { aboutReceivers, advice } from './books';
import { MetricsPanels } from './MetricsPanels';
import { Rates } from './Rates';
import './status.css';

export default function Status() {
  const status = useQuery(ask('/api/v1/status', undefined, { refresh: 5_000 }));
  const { data } = status;
  if (!data)
    return status.error ? (
      <div className="page">
        <ErrorNote error={status.error} retry={() => void status.refetch()} />
      </div>
    ) : (
      <Loading what="Asking how the server is" />
    );
  return (
    <div className="page stack">
      <Problems list={data.problems} ready={data.ready} />
      <BooksPanel books={data.books} />
      <Rates />
      <div className="grid3 st-panels">
        <Server of={data} />
        <Store of={data.store} />
        <Intake of={data.intake} queues={data.queues} />
      </div>
      <MetricsPanels of={data.metrics} />
    </div>
  );
}

function Problems({ list, ready }: { list: string[]; ready: boolean }) {
  if (list.length === 0)
    return (
      <div className="note" role="status">
        {ready ? (
          <span>
            <b className="ok">Ready.</b> Nothing is wrong.
          </span>
        ) : (
          <span>
            <b className="warn">Starting.</b> Records are taken; what was stored before is being read.
          </span>
        )}
      </div>
    );
  return (
    <div className="note err" role="alert">
      <ul className="st-problems">
        {list.map((p) => (
          <li key={p}>
            <b className="foreign">{p}</b>
            {advice(p) && (
              <div>
                {advice(p)}
                {aboutReceivers(p) && (
                  <>
                    {' '}
                    <Link to="/alerts" search={{ view: 'routes' } as never}>
                      Routes
                    </Link>
                  </>
                )}
              </div>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Facts({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      <div className="body">
        <dl className="facts">{children}</dl>
      </div>
    </section>
  );
}

function Server({ of }: { of: Schemas['StatusReport'] }) {
  return (
    <Facts title="Server">
      <dt>Version</dt>
      <dd className="mono foreign">{of.version}</dd>
      <dt>Started</dt>
      <dd>
        <When at={of.started} style="full" />
      </dd>
      <dt>Up for</dt>
      <dd className="num">{duration((Date.parse(of.now) - Date.parse(of.started)) * 1e6)}</dd>
      <dt>Its clock</dt>
      <dd>
        <Clock now={of.now} />
      </dd>
      <dt>Page</dt>
      <dd className="mono foreign">{location.origin}</dd>
    </Facts>
  );
}

// Clock tells where the server's clock and the browser's differ: then live ranges are off.
function Clock({ now }: { now: string }) {
  const apart = Date.parse(now) - Date.now();
  if (Math.abs(apart) < 10_000) return <>agrees with this browser</>;
  return (
    <span className="warn">
      {duration(Math.abs(apart) * 1e6)} {apart > 0 ? 'ahead of' : 'behind'} this browser
    </span>
  );
}

function Store({ of: s }: { of: Schemas['StoreStatus'] }) {
  return (
    <section className="panel" aria-label="Event store">
      <header>
        <h2>Event store</h2>
        <span className="unit">{s.backend}</span>
      </header>
      <div className="body stack">
        <dl className="facts">
          {s.state && (
            <>
              <dt>State</dt>
              <dd className={s.state === 'ready' ? 'ok' : 'warn'}>{s.state}</dd>
            </>
          )}
          <dt>Rows</dt>
          <dd className="num">{count(s.rows)}</dd>
          <dt>In parts</dt>
          <dd className="num">
            {bytes(s.bytes ?? 0)}, {plural(s.parts ?? 0, 'part')}
          </dd>
          <dt>In memory</dt>
          <dd className="num">
            {count(s.hot_rows ?? 0)} rows, {bytes(s.hot_bytes ?? 0)}
          </dd>
          <dt>Write-ahead log</dt>
          <dd className="num">{bytes(s.wal_bytes ?? 0)}</dd>
          {s.free_bytes !== undefined && (
            <>
              <dt>Left on the disk</dt>
              <dd className={`num ${s.free_bytes < 2e9 ? 'err' : ''}`}>{bytes(s.free_bytes)}</dd>
            </>
          )}
          {s.oldest && (
            <>
              <dt>Oldest in parts</dt>
              <dd>
                <When at={s.oldest} style="full" />
              </dd>
            </>
          )}
          {s.newest && (
            <>
              <dt>Newest in parts</dt>
              <dd>
                <When at={s.newest} style="full" />
              </dd>
            </>
          )}
          {s.recovery_ns !== undefined && (
            <>
              <dt>Last start</dt>
              <dd className="num">
                recovered {count(s.recovered_rows ?? 0)} rows in {duration(s.recovery_ns)}
              </dd>
            </>
          )}
        </dl>
        {s.work?.map((w) => (
          <div key={w.name + w.since}>
            <div className="st-row">
              <span>{w.name}</span>
              <span className="muted">
                since <When at={w.since} style="ago" />
              </span>
            </div>
            <progress
              className="st-bar"
              max={w.total || undefined}
              value={w.total ? w.done : undefined}
              aria-label={w.name}
            />
            <div className="muted num">
              {count(w.done)}
              {w.total ? ` of ${count(w.total)}` : ''} {w.unit}
            </div>
          </div>
        ))}
        {s.quarantined && s.quarantined.length > 0 && (
          <div>
            <h3 className="err">Damaged files, set aside</h3>
            <ul className="st-plain">
              {s.quarantined.map((q) => (
                <li key={q.file}>
                  <span className="mono foreign">{q.file}</span>: <span className="foreign">{q.reason}</span>
                  {q.records ? `, ${count(q.records)} records` : ''}
                </li>
              ))}
            </ul>
            <p className="muted">The rest serves on. Keep them for a report.</p>
          </div>
        )}
      </div>
    </section>
  );
}

function Intake({ of, queues }: { of: Schemas['Intake'] | undefined; queues: Schemas['QueueStatus'][] }) {
  return (
    <section className="panel" aria-label="Intake">
      <header>
        <h2>Intake</h2>
      </header>
      <div className="body stack">
        {of && (
          <dl className="facts">
            <dt>OTLP over HTTP</dt>
            <dd className="mono foreign">{of.otlp_http ?? 'off'}</dd>
            <dt>OTLP over gRPC</dt>
            <dd className="mono foreign">{of.otlp_grpc ?? 'off'}</dd>
            <dt>Gateway</dt>
            <dd className="mono foreign">{of.providers.map((p) => `/${p.name}/`).join(' ') || 'off'}</dd>
          </dl>
        )}
        {queues.map((q) => (
          <Queue key={q.name} of={q} />
        ))}
      </div>
    </section>
  );
}

function Queue({ of: q }: { of: Schemas['QueueStatus'] }) {
  const share = q.capacity > 0 ? q.length / q.capacity : 0;
  const write = q.name.includes('bytes') ? bytes : count;
  return (
    <div>
      <div className="st-row">
        <span>{q.name}</span>
        <span className="num muted">
          {write(q.length)} of {write(q.capacity)},{' '}
          {share === 0 ? 'empty' : share < 0.001 ? 'hardly used' : `${percent(share)} full`}
        </span>
      </div>
      <progress className="st-bar" data-full={share > 0.8} max={1} value={share} aria-label={`${q.name}: how full`} />
      {q.refused > 0 && (
        <div className="err">{count(q.refused)} did not fit since the start; the senders were told</div>
      )}
    </div>
  );
}
