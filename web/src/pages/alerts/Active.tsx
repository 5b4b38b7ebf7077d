// What fires and what is about to.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellOff } from 'lucide-react';
import { ask, type Schemas } from '@/api/client';
import { Dock } from '@/components/Dock';
import { Empty } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Id } from '@/components/Id';
import { Loading } from '@/components/Loading';
import { Table, type Column } from '@/components/Table';
import { When } from '@/components/When';
import { figures, plural } from '@/lib/format';
import { useUrlState } from '@/lib/search';
import { Follow } from './Follow';
import { exampleTraces, target, tellingLabels } from './links';
import { ofLabels, writeMatchers } from './matchers';

type Alert = Schemas['Alert'];

/** Pending alerts have no id. */
const keyOf = (a: Alert) =>
  a.id ??
  `pending ${tellingLabels({ ...a.labels, severity: '' })
    .map(([n, v]) => `${n}=${v}`)
    .join(',')} ${a.labels.alertname}`;

/** What keeps people from being told of it. */
const heldBack = (a: Alert) =>
  a.silenced_by?.length ? 'silenced' : a.inhibited_by?.length ? 'inhibited' : a.muted_by?.length ? 'muted' : undefined;

export function Active() {
  const [search, set] = useUrlState();
  const alerts = useQuery(ask('/api/v1/alerts', undefined, { refresh: 5_000 }));
  const rows = alerts.data?.alerts ?? [];
  const selected = rows.find((a) => keyOf(a) === search.alert);
  if (alerts.error && !alerts.data)
    return (
      <div className="page">
        <ErrorNote error={alerts.error} retry={() => void alerts.refetch()} />
      </div>
    );
  if (!alerts.data) return <Loading what="Asking for alerts" />;
  return (
    <div className="split">
      <div className="main">
        <div className="toolbar">
          <span>
            {plural(alerts.data.firing, 'alert fires', 'alerts fire')}
            {alerts.data.silenced + alerts.data.inhibited > 0 &&
              `, of these ${alerts.data.silenced} silenced and ${alerts.data.inhibited} inhibited`}
            ; {alerts.data.pending} pending.
          </span>
        </div>
        {rows.length === 0 ? (
          <Empty title="No alert fires">
            <p>
              Rules are evaluated all the time;{' '}
              <Link to="/alerts" search={{ view: 'rules' } as never}>
                see them with their state
              </Link>
              , or when alerts fired{' '}
              <Link to="/alerts" search={{ view: 'history' } as never}>
                in the past
              </Link>
              .
            </p>
          </Empty>
        ) : (
          <Table
            label="Alerts"
            rows={rows}
            columns={columns}
            rowKey={keyOf}
            selected={search.alert}
            onSelect={(a) => set({ alert: a ? keyOf(a) : undefined }, search.alert !== undefined)}
            onOpen={(a) => set({ alert: keyOf(a) })}
          />
        )}
      </div>
      {selected && <Details alert={selected} onClose={() => set({ alert: undefined })} />}
    </div>
  );
}

const columns: Column<Alert>[] = [
  {
    id: 'state',
    title: 'State',
    width: '78px',
    cell: (a) => (
      <span className={`tag ${heldBack(a) ? '' : a.state === 'firing' ? 'err' : 'warn'}`}>
        {heldBack(a) ?? a.state}
      </span>
    ),
  },
  { id: 'severity', title: 'Severity', width: '72px', cell: (a) => a.labels.severity ?? '' },
  { id: 'name', title: 'Alert', width: 'minmax(170px, 1fr)', cell: (a) => a.labels.alertname },
  { id: 'summary', title: 'What', width: 'minmax(240px, 3fr)', cell: (a) => a.annotations.summary ?? '' },
  {
    id: 'labels',
    title: 'Labels',
    width: 'minmax(150px, 1.2fr)',
    cell: (a) => (
      <span className="muted">
        {tellingLabels(a.labels)
          .map(([n, v]) => `${n}=${v}`)
          .join(' ')}
      </span>
    ),
  },
  { id: 'value', title: 'Value', width: '84px', right: true, cell: (a) => <span className="num">{value(a)}</span> },
  { id: 'since', title: 'Since', width: '124px', right: true, cell: (a) => <When at={a.since} style="ago" /> },
  { id: 'receivers', title: 'Told', width: '110px', cell: (a) => <Told of={a} /> },
  {
    id: 'cause',
    title: 'Cause',
    width: '64px',
    cell: (a) => <Follow address={a.annotations.link ?? a.link}>Open</Follow>,
  },
];

/** Who is told; a receiver that cannot be reached has not been. */
function Told({ of: a }: { of: Alert }) {
  const all = useQuery(ask('/api/v1/alerts/receivers', undefined, { refresh: 10_000 }));
  if (!a.receivers?.length) {
    if (a.state === 'pending') return <span className="muted">not yet</span>;
    if (all.data?.external?.length) return <span title={all.data.external.join(', ')}>Alertmanager</span>;
    return (
      <Link className="warn" to="/alerts" search={{ view: 'routes' } as never}>
        nobody
      </Link>
    );
  }
  return a.receivers.map((name, i) => {
    const failing = all.data?.receivers.find((r) => r.receiver === name && r.failing_since);
    return (
      <span key={name}>
        {i > 0 && ', '}
        {failing ? (
          <Link
            className="err"
            to="/alerts"
            search={{ view: 'routes' } as never}
            title={`Not reached: ${failing.error ?? 'it fails'}`}
          >
            ✕ {name}
          </Link>
        ) : (
          name
        )}
      </span>
    );
  });
}

const value = (a: Alert) =>
  a.value === undefined ? '' : Number.isFinite(Number(a.value)) ? figures(Number(a.value)) : a.value;

function Details({ alert: a, onClose }: { alert: Alert; onClose: () => void }) {
  const traces = exampleTraces(a.annotations);
  const others = Object.entries(a.annotations).filter(([name]) => !known.has(name));
  return (
    <Dock title={a.annotations.summary || a.labels.alertname || 'Alert'} onClose={onClose}>
      <div className="stack">
        {a.annotations.description && <p className="foreign al-text">{a.annotations.description}</p>}
        <div className="al-actions">
          <Follow className="btn primary" address={a.annotations.link ?? a.link}>
            Open the cause
          </Follow>
          {target(a.annotations.runbook_url) && (
            <Follow className="btn" address={a.annotations.runbook_url}>
              Runbook
            </Follow>
          )}
          <Follow className="btn" address={a.link}>
            Expression
          </Follow>
          <Link
            className="btn"
            to="/alerts"
            search={{ view: 'silences', new: writeMatchers(ofLabels(a.labels)) } as never}
          >
            <BellOff aria-hidden />
            Silence
          </Link>
          <Link className="btn" to="/alerts" search={{ view: 'replay', rule: a.labels.alertname } as never}>
            Replay
          </Link>
        </div>
        <dl className="facts">
          <dt>State</dt>
          <dd>
            {a.state}
            {heldBack(a) && `, ${heldBack(a)}`}
          </dd>
          <dt>Since</dt>
          <dd>
            <When at={a.since} style="full" />
          </dd>
          <dt>Value</dt>
          <dd className="num">{value(a) || '–'}</dd>
          <dt>Told</dt>
          <dd>
            <Told of={a} />
          </dd>
          {a.silenced_by?.map((id) => (
            <Fact key={id} name="Silenced by">
              <Link className="mono" to="/alerts" search={{ view: 'silences', silence: id } as never}>
                {id.slice(0, 8)}
              </Link>
            </Fact>
          ))}
          {a.inhibited_by?.map((id) => (
            <Fact key={id} name="Inhibited by">
              <Link className="mono" to="/alerts" search={{ alert: id } as never}>
                {id}
              </Link>
            </Fact>
          ))}
          {a.muted_by?.map((name) => (
            <Fact key={name} name="Muted in">
              {name}
            </Fact>
          ))}
        </dl>
        {traces.length > 0 && (
          <section>
            <h3>Example traces</h3>
            <ul className="al-plain">
              {traces.map((id) => (
                <li key={id}>
                  <Id kind="trace" id={id} />
                </li>
              ))}
            </ul>
            <Follow address={a.annotations.example_trace_url}>All of them as a list</Follow>
          </section>
        )}
        <section>
          <h3>Labels</h3>
          <dl className="facts">
            {Object.entries(a.labels).map(([n, v]) => (
              <Fact key={n} name={n}>
                <span className="foreign">{v}</span>
              </Fact>
            ))}
          </dl>
        </section>
        {others.length > 0 && (
          <section>
            <h3>Annotations</h3>
            <dl className="facts">
              {others.map(([n, v]) => (
                <Fact key={n} name={n}>
                  <span className="foreign">{v}</span>
                </Fact>
              ))}
            </dl>
          </section>
        )}
      </div>
    </Dock>
  );
}

const known = new Set(['summary', 'description', 'link', 'runbook_url', 'example_traces', 'example_trace_url']);

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="foreign-line">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
