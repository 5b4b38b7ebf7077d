// Who is told of what, and how that went.
import { useQuery } from '@tanstack/react-query';
import { ask, type Schemas } from '@/api/client';
import { Snippet } from '@/components/Copy';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { When } from '@/components/When';
import { duration, plural } from '@/lib/format';
import { TestAlert } from './TestAlert';

const example = `alerting:
  slack_webhook: https://hooks.slack.com/services/T000/B000/xxxx
  pagerduty_key: 0123456789abcdef0123456789abcdef
  email: [ops@example.org]   # with the server that takes it:
  smtp: {address: "mail.example.org:587", from: telltale@example.org}`;

export default function Routes() {
  const receivers = useQuery(ask('/api/v1/alerts/receivers', undefined, { refresh: 10_000 }));
  const { data } = receivers;
  if (receivers.error && !data)
    return (
      <div className="page">
        <ErrorNote error={receivers.error} retry={() => void receivers.refetch()} />
      </div>
    );
  if (!data) return <Loading what="Asking who is told" />;
  return (
    <div className="page stack">
      {data.error && (
        <div className="note err" role="alert">
          <div>
            <b>
              The alertmanager.yml is wrong; the one before it is in force
              {data.error_since && (
                <>
                  , since <When at={data.error_since} />
                </>
              )}
              .
            </b>
            <div className="foreign">{data.error}</div>
          </div>
        </div>
      )}
      {data.dropped > 0 && (
        <div className="note err" role="alert">
          <b>{plural(data.dropped, 'alert')} did not fit into the queue since the start.</b> Receivers are too slow: see
          their last errors below.
        </div>
      )}
      {data.receivers.length === 0 ? <Nobody /> : <Receivers list={data.receivers} />}
      {data.route && (
        <section className="panel" aria-label="Routes">
          <header>
            <h2>Routes</h2>
            <span className="unit">
              {data.file ? (
                <>
                  of <span className="mono foreign">{data.file}</span>
                </>
              ) : (
                'of the keys below alerting in telltale.yml'
              )}
            </span>
          </header>
          <div className="body">
            <ul className="al-tree">
              <Route route={data.route} root />
            </ul>
          </div>
        </section>
      )}
      {!data.embedded && (
        <div className="note">
          The Alertmanager inside is off: all is left to {data.external?.join(', ') || 'others'}.
        </div>
      )}
      {data.embedded && (data.external?.length ?? 0) > 0 && (
        <div className="note">
          Told as well: <span className="mono foreign">{data.external!.join(', ')}</span>
        </div>
      )}
      {data.embedded && <TestAlert />}
    </div>
  );
}

function Nobody() {
  return (
    <section className="panel" aria-label="Nobody is told">
      <header>
        <h2>Nobody is told of alerts</h2>
      </header>
      <div className="body stack">
        <p className="muted al-text">
          They are shown here and by <code>telltale alerts</code> alone. Any of these three in telltale.yml tells
          somebody; an alertmanager.yml does too.
        </p>
        <Snippet text={example} />
      </div>
    </section>
  );
}

function Receivers({ list }: { list: Schemas['AlertReceiver'][] }) {
  return (
    <section className="panel" aria-label="Receivers">
      <header>
        <h2>Receivers</h2>
      </header>
      <div className="al-scroll" tabIndex={0} role="region" aria-label="Receivers, a table">
        <table className="plain al-receivers">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Receiver</th>
              <th scope="col">Over</th>
              <th scope="col">Delivered last</th>
              <th scope="col" className="right">
                Took
              </th>
              <th scope="col">Failing since</th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            {list.map((r) => (
              <tr key={`${r.receiver} ${r.integration} ${r.index}`}>
                <td>
                  {r.failing_since ? (
                    <span className="tag err">fails</span>
                  ) : r.delivered ? (
                    <span className="tag ok">delivers</span>
                  ) : (
                    <span className="tag">not used yet</span>
                  )}
                </td>
                <td className="foreign">{r.receiver}</td>
                <td>
                  {r.integration}
                  {r.index > 0 ? ` ${r.index + 1}` : ''}
                </td>
                <td>{r.delivered ? <When at={r.delivered} style="ago" /> : '–'}</td>
                <td className="right num">{r.took_ns ? duration(r.took_ns) : '–'}</td>
                <td>
                  {r.failing_since ? (
                    <>
                      <When at={r.failing_since} style="ago" />, {plural(r.failed_attempts ?? 0, 'attempt')}
                    </>
                  ) : (
                    '–'
                  )}
                </td>
                <td className="foreign al-error">{r.error ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Route({ route: r, root }: { route: Schemas['AlertRoute']; root?: boolean }) {
  return (
    <li>
      <div className="al-route">
        <b className="foreign">{r.receiver}</b>
        <span className="mono foreign">
          {root ? (r.routes?.length ? 'everything else' : 'everything') : (r.matchers ?? []).join(', ')}
        </span>
        {r.continue && <span className="tag">and goes on</span>}
        <span className="muted">
          by {r.group_by?.join(', ') || 'nothing'}; waits {duration(r.group_wait_ns) || '0 s'}, then every{' '}
          {duration(r.group_interval_ns)}, again after {duration(r.repeat_interval_ns)}
          {r.mute_time_intervals?.length ? `; muted in ${r.mute_time_intervals.join(', ')}` : ''}
          {r.active_time_intervals?.length ? `; only in ${r.active_time_intervals.join(', ')}` : ''}
        </span>
      </div>
      {r.routes && r.routes.length > 0 && (
        <ul>
          {r.routes.map((c, i) => (
            <Route key={i} route={c} />
          ))}
        </ul>
      )}
    </li>
  );
}
