// The rules that run.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ask, type Schemas } from '@/api/client';
import { Dock } from '@/components/Dock';
import { Snippet } from '@/components/Copy';
import { Empty } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { Table, type Column } from '@/components/Table';
import { When } from '@/components/When';
import { duration, plural } from '@/lib/format';
import { useUrlState } from '@/lib/search';
import { Follow } from './Follow';
import { ruleFile } from './ruleFile';

type Rule = Schemas['Rule'];

interface Row {
  key: string;
  group: Schemas['RuleGroup'];
  rule: Rule;
}

export default function Rules() {
  const [search, set] = useUrlState();
  const rules = useQuery(ask('/api/v1/rules', undefined, { refresh: 10_000 }));
  if (rules.error && !rules.data)
    return (
      <div className="page">
        <ErrorNote error={rules.error} retry={() => void rules.refetch()} />
      </div>
    );
  if (!rules.data) return <Loading what="Asking for rules" />;
  const all = rowsOf(rules.data.groups);
  const kind = search.kind === 'recording' || search.kind === 'all' ? search.kind : 'alert';
  const words = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const rows = all.filter(
    ({ rule, group }) =>
      (kind === 'all' || rule.kind === kind) &&
      words.every((w) =>
        `${rule.name} ${group.name} ${group.file} ${rule.expr} ${rule.state ?? ''} ${rule.health}`
          .toLowerCase()
          .includes(w),
      ),
  );
  const selected = all.find((r) => r.key === search.rule);
  const failing = all.filter((r) => r.rule.health === 'err').length;
  return (
    <div className="split">
      <div className="main">
        <div className="toolbar">
          <input
            className="input al-filter"
            aria-label="Filter rules"
            placeholder="Filter by name, group, file or expression"
            value={search.q ?? ''}
            onChange={(e) => set({ q: e.target.value }, true)}
          />
          <label className="al-choice">
            Kind{' '}
            <select
              className="input"
              value={kind}
              onChange={(e) => set({ kind: e.target.value === 'alert' ? undefined : e.target.value }, true)}
            >
              <option value="alert">alerts</option>
              <option value="recording">recordings</option>
              <option value="all">all</option>
            </select>
          </label>
          <span className="muted">
            {plural(rows.length, 'rule')} of {plural(rules.data.groups.length, 'group')}
          </span>
          {failing > 0 && (
            <button className="btn small danger" onClick={() => set({ kind: 'all', q: 'err' })}>
              {plural(failing, 'rule fails', 'rules fail')}
            </button>
          )}
        </div>
        {rules.data.error && (
          <div className="note err al-note" role="alert">
            <div>
              <b>A file of rules is wrong; the rules before it are in force.</b>
              <div className="foreign">{rules.data.error}</div>
              <div className="muted">telltale rules check FILE says more.</div>
            </div>
          </div>
        )}
        {rows.length === 0 ? (
          <Empty
            title={all.length === 0 ? 'No rules run' : 'No rule matches'}
            command={all.length === 0 ? 'alerting:\n  defaults: true\n  rules: [rules/*.yml]' : undefined}
          >
            <p>
              {all.length === 0
                ? 'The shipped ones were switched off, or no file was read. In telltale.yml:'
                : 'Take words out of the filter, or choose another kind.'}
            </p>
          </Empty>
        ) : (
          <Table
            label="Rules"
            rows={rows}
            columns={columns}
            rowKey={(r) => r.key}
            selected={search.rule}
            isError={(r) => r.rule.health === 'err'}
            onSelect={(r) => set({ rule: r?.key }, search.rule !== undefined)}
            onOpen={(r) => set({ rule: r.key })}
          />
        )}
      </div>
      {selected && <Details row={selected} onClose={() => set({ rule: undefined })} />}
    </div>
  );
}

function rowsOf(groups: Schemas['RuleGroup'][]): Row[] {
  const rank = { firing: 0, pending: 1 } as Record<string, number>;
  const rows = groups.flatMap((group) =>
    group.rules.map((rule, i) => ({ key: `${group.file} ${group.name} ${i}`, group, rule })),
  );
  // What needs a look comes first, else the order of the files stays.
  return rows
    .map((row, at) => ({ row, at, rank: row.rule.health === 'err' ? -1 : (rank[row.rule.state ?? ''] ?? 2) }))
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .map((r) => r.row);
}

const tone = (r: Rule) =>
  r.health === 'err' ? 'err' : r.state === 'firing' ? 'err' : r.state === 'pending' ? 'warn' : '';

const columns: Column<Row>[] = [
  {
    id: 'state',
    title: 'State',
    width: '88px',
    cell: ({ rule }) => (
      <span className={`tag ${tone(rule)}`}>{rule.health === 'err' ? 'fails' : (rule.state ?? rule.health)}</span>
    ),
  },
  { id: 'name', title: 'Name', width: 'minmax(190px, 1.2fr)', cell: ({ rule }) => rule.name },
  {
    id: 'group',
    title: 'Group',
    width: 'minmax(110px, .8fr)',
    cell: ({ group }) => <span className="muted">{group.name}</span>,
  },
  {
    id: 'expr',
    title: 'Expression',
    width: 'minmax(260px, 3fr)',
    cell: ({ rule }) => (
      <Link className="mono" to="/explore" search={{ expr: rule.expr } as never} title={rule.expr.slice(0, 2000)}>
        {rule.expr.replace(/\s+/g, ' ').slice(0, 300)}
      </Link>
    ),
  },
  {
    id: 'active',
    title: 'Active',
    width: '58px',
    right: true,
    cell: ({ rule }) => <span className="num">{rule.kind === 'alert' ? (rule.active ?? 0) : ''}</span>,
  },
  {
    id: 'evaluated',
    title: 'Evaluated',
    width: '104px',
    right: true,
    cell: ({ rule }) => (rule.evaluated ? <When at={rule.evaluated} style="ago" /> : 'not yet'),
  },
  {
    id: 'took',
    title: 'Took',
    width: '76px',
    right: true,
    cell: ({ rule }) => <span className="num">{rule.took_ns ? duration(rule.took_ns) : ''}</span>,
  },
];

function Details({ row: { rule, group }, onClose }: { row: Row; onClose: () => void }) {
  return (
    <Dock title={rule.name} onClose={onClose}>
      <div className="stack">
        {rule.error && (
          <div className="note err" role="alert">
            <div>
              <b>Its last evaluation failed.</b>
              <div className="foreign">{rule.error}</div>
            </div>
          </div>
        )}
        <div className="al-actions">
          <Link className="btn" to="/explore" search={{ expr: rule.expr } as never}>
            Open in Metrics
          </Link>
          {rule.kind === 'alert' && (
            <Link className="btn" to="/alerts" search={{ view: 'replay', rule: rule.name } as never}>
              Replay
            </Link>
          )}
          {rule.kind === 'alert' && (
            <Link className="btn" to="/alerts" search={{ view: 'history', q: rule.name } as never}>
              History
            </Link>
          )}
          <Follow className="btn" address={rule.annotations?.runbook_url}>
            Runbook
          </Follow>
        </div>
        <Snippet text={rule.expr} />
        <dl className="facts">
          <dt>Kind</dt>
          <dd>{rule.kind}</dd>
          {rule.state && (
            <>
              <dt>State</dt>
              <dd>
                {rule.state}
                {rule.active ? `, ${plural(rule.active, 'alert')}` : ''}
              </dd>
            </>
          )}
          <dt>Health</dt>
          <dd>{rule.health}</dd>
          {rule.for_ns ? (
            <>
              <dt>For</dt>
              <dd>{duration(rule.for_ns)}</dd>
            </>
          ) : null}
          {rule.keep_firing_for_ns ? (
            <>
              <dt>Keeps firing for</dt>
              <dd>{duration(rule.keep_firing_for_ns)}</dd>
            </>
          ) : null}
          <dt>Evaluated</dt>
          <dd>
            {rule.evaluated ? <When at={rule.evaluated} style="full" /> : 'not yet'}
            {rule.took_ns ? `, took ${duration(rule.took_ns)}` : ''}
          </dd>
          <dt>Group</dt>
          <dd className="foreign">
            {group.name}, every {duration(group.interval_ns)}
          </dd>
          <dt>File</dt>
          <dd className="foreign mono">{group.file}</dd>
        </dl>
        {Object.entries({ ...rule.labels, ...rule.annotations }).length > 0 && (
          <section>
            <h3>Labels and annotations</h3>
            <dl className="facts">
              {Object.entries({ ...rule.labels, ...rule.annotations }).map(([n, v]) => (
                <Pair key={n} name={n} value={v} />
              ))}
            </dl>
          </section>
        )}
        <section>
          <h3>As a file</h3>
          <Snippet text={ruleFile(rule)} />
        </section>
      </div>
    </Dock>
  );
}

const Pair = ({ name, value }: { name: string; value: string }) => (
  <>
    <dt className="foreign-line">{name}</dt>
    <dd className="foreign">{value}</dd>
  </>
);
