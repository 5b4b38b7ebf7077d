// How the metrics are: series, targets, limits, and who gets them too.
import { useQuery } from '@tanstack/react-query';
import { getJSON, type Schemas } from '@/api/client';
import { When } from '@/components/When';
import { bytes, count, duration, plural } from '@/lib/format';

interface Target {
  scrapePool: string;
  scrapeUrl: string;
  health: 'up' | 'down' | 'unknown';
  lastError: string;
  lastScrape: string;
  lastScrapeDuration: number;
  labels: Record<string, string>;
}

export function MetricsPanels({ of: m }: { of: Schemas['MetricsStatus'] | undefined }) {
  if (!m)
    return (
      <div className="note" role="status">
        The metrics are not ready yet: what was stored is being read.
      </div>
    );
  return (
    <>
      <div className="grid3 st-panels">
        <section className="panel" aria-label="Metrics">
          <header>
            <h2>Metrics</h2>
          </header>
          <div className="body stack">
            {m.read_only && (
              <div className="note err">
                <div>
                  <b>No samples are taken:</b> <span className="foreign">{m.read_only}</span>
                </div>
              </div>
            )}
            {m.config_error && (
              <div className="note err">
                <div>
                  <b>The prometheus.yml is wrong; the one before it is in force.</b>
                  <div className="foreign">{m.config_error}</div>
                </div>
              </div>
            )}
            <dl className="facts">
              <dt>Series in memory</dt>
              <dd className="num">{count(m.series)}</dd>
              <dt>Samples since the start</dt>
              <dd className="num">{count(m.samples)}</dd>
              <dt>Blocks</dt>
              <dd className="num">
                {count(m.blocks)}, {bytes(m.bytes)}
              </dd>
              {m.oldest && (
                <>
                  <dt>Oldest sample</dt>
                  <dd>
                    <When at={m.oldest} style="full" />
                  </dd>
                </>
              )}
              {m.free_bytes !== undefined && (
                <>
                  <dt>Left on the disk</dt>
                  <dd className="num">{bytes(m.free_bytes)}</dd>
                </>
              )}
              <dt>Families of services themselves</dt>
              <dd className="num">{count(m.own_families)}</dd>
              {m.config_file && (
                <>
                  <dt>Configuration</dt>
                  <dd className="mono foreign">{m.config_file}</dd>
                </>
              )}
            </dl>
            {m.ignored && m.ignored.length > 0 && (
              <p className="muted">Nothing here acts on {m.ignored.join(', ')} of the prometheus.yml.</p>
            )}
            {m.set_aside && m.set_aside.length > 0 && (
              <div>
                <h3 className="err">Damaged blocks, set aside</h3>
                <ul className="st-plain">
                  {m.set_aside.map((a) => (
                    <li key={a} className="foreign">
                      {a}
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </div>
        </section>
        <Limits list={m.over_limit ?? []} />
        <Remote list={m.remote_write ?? []} />
      </div>
      <Targets up={m.targets_up} down={m.targets_down} />
    </>
  );
}

function Limits({ list }: { list: Schemas['OverLimit'][] }) {
  return (
    <section className="panel" aria-label="Limits reached">
      <header>
        <h2>Limits reached</h2>
      </header>
      <div className="body">
        {list.length === 0 ? (
          <p className="muted st-text">No metric has too many series or values of a label.</p>
        ) : (
          <>
            <ul className="st-plain">
              {list.map((o) => (
                <li key={o.family}>
                  <b className="mono foreign">{o.family}</b>
                  <div className="muted">
                    {o.label && (
                      <>
                        most values: <span className="mono foreign">{o.label}</span>, {count(o.distinct)};{' '}
                      </>
                    )}
                    {o.series ? `${plural(o.series, 'series', 'series')}; ` : ''}
                    {o.refused ? `${count(o.refused)} not taken; ` : ''}
                    {o.folded ? `${plural(o.folded, 'value')} counted as other` : ''}
                  </div>
                </li>
              ))}
            </ul>
            <p className="muted">
              Take the label out where it is made, or drop it with metric_relabel_configs. metrics.max_series raises the
              limit, at the cost of memory.
            </p>
          </>
        )}
      </div>
    </section>
  );
}

function Remote({ list }: { list: Schemas['RemoteStatus'][] }) {
  return (
    <section className="panel" aria-label="Remote write">
      <header>
        <h2>Remote write</h2>
      </header>
      <div className="body">
        {list.length === 0 ? (
          <p className="muted st-text">
            Samples go on to nobody else. A remote_write in the prometheus.yml sends them.
          </p>
        ) : (
          <ul className="st-plain">
            {list.map((r) => (
              <li key={r.name}>
                <div className="st-row">
                  <b className="foreign">{r.name}</b>
                  <span className={r.behind_seconds > 60 ? 'warn' : 'ok'}>
                    {r.catching_up ? 'catching up' : r.behind_seconds > 60 ? 'behind' : 'up to date'}
                  </span>
                </div>
                <div className="muted num">
                  {duration(r.behind_seconds * 1e9)} behind, {plural(r.pending, 'sample')} waiting
                  {r.failed > 0 && <span className="err">, {count(r.failed)} refused for good</span>}
                </div>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function Targets({ up, down }: { up: number; down: number }) {
  const targets = useQuery({
    queryKey: ['targets'],
    queryFn: ({ signal }) =>
      getJSON<{ data: { activeTargets: Target[] } }>('/prometheus/api/v1/targets?state=active', { signal }),
    refetchInterval: 15_000,
    enabled: up + down > 0,
  });
  const list = (targets.data?.data.activeTargets ?? []).toSorted(
    (a, b) => Number(a.health === 'up') - Number(b.health === 'up') || a.scrapePool.localeCompare(b.scrapePool),
  );
  return (
    <section className="panel" aria-label="Scrape targets">
      <header>
        <h2>Scrape targets</h2>
        <span className="unit">
          {up} up, {down} down
        </span>
      </header>
      <div className="body">
        {up + down === 0 && (
          <p className="muted st-text">
            Nothing is scraped. metrics.config in telltale.yml names a prometheus.yml with scrape_configs; services that
            send OTLP need none.
          </p>
        )}
        {list.length > 0 && (
          <div className="st-scroll" tabIndex={0} role="region" aria-label="Scrape targets, a table">
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">State</th>
                  <th scope="col">Job</th>
                  <th scope="col">URL</th>
                  <th scope="col">Last scrape</th>
                  <th scope="col" className="right">
                    Took
                  </th>
                  <th scope="col">Error</th>
                </tr>
              </thead>
              <tbody>
                {list.slice(0, 200).map((t) => (
                  <tr key={t.scrapePool + t.scrapeUrl}>
                    <td>
                      <span className={`tag ${t.health === 'up' ? 'ok' : t.health === 'down' ? 'err' : ''}`}>
                        {t.health}
                      </span>
                    </td>
                    <td className="foreign">{t.labels.job ?? t.scrapePool}</td>
                    <td className="mono foreign">{t.scrapeUrl}</td>
                    <td>{t.lastScrape.startsWith('0001') ? 'not yet' : <When at={t.lastScrape} style="ago" />}</td>
                    <td className="right num">{duration(t.lastScrapeDuration * 1e9)}</td>
                    <td className="foreign">{t.lastError}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {list.length > 200 && <p className="muted">{list.length - 200} more are up.</p>}
          </div>
        )}
      </div>
    </section>
  );
}
