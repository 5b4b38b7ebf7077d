// Metrics: PromQL with completion, its answers as chart or table.
import { BookOpen, Plus } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Loading } from '@/components/Loading';
import { Tabs } from '@/components/Tabs';
import { useKeys } from '@/lib/keys';
import { useRange, useUrlState, useZoom } from '@/lib/search';
import { refreshOf } from '@/pages/dashboards/model';
import { duration } from '@/lib/format';
import { letterAt, most, queriesOf, searchOf, type Query } from './address';
import { Browser } from './Browser';
import { examples } from './metrics';
import { QueryRow } from './QueryRow';
import { Charts, Values } from './Results';
import { stepOf, useAnswers, type Asked } from './useAnswers';
import '@/pages/dashboards/dashboards.css';
import './explore.css';

const steps = ['5s', '15s', '30s', '1m', '5m', '15m', '1h'];
const units: [string, string][] = [
  ['none', 'number'],
  ['short', '1.2k'],
  ['percentunit', '% of 1'],
  ['percent', '%'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['bytes', 'bytes'],
  ['binBps', 'bytes/s'],
  ['reqps', 'req/s'],
  ['currencyUSD', '$'],
];

interface Draft extends Query {
  id: number; // so that an editor keeps its text while others go
}

let drafts = 0;
const draft = (q: Query): Draft => ({ ...q, id: drafts++ });

/** Why there is nothing to show. */
const nothing = (asked: Asked[]) =>
  asked.some((a) => a.error)
    ? 'Nothing to show: what is wrong stands below the query.'
    : asked.every((a) => a.off)
      ? 'Nothing to show: every query is switched off.'
      : 'Nothing to show yet.';

export default function Explore() {
  const [search, set] = useUrlState();
  const [range] = useRange();
  const zoom = useZoom();
  const queries = useMemo(() => queriesOf(search), [search]);
  const [rows, setRows] = useDrafts(queries);
  const table = search.view === 'table';
  const step = search.step ? refreshOf(search.step) || null : null;
  const exemplars = search.exemplars !== '0';
  const asked = useAnswers(queries, { range, step, instant: table, exemplars });
  const browsing = search.browse === '1';

  const run = (next: Draft[] = rows) => {
    const change = searchOf(next);
    set(change);
    if (queriesOf(change as typeof search).every((q, i) => q.expr === queries[i]?.expr))
      asked.forEach((a) => !a.off && a.expr && a.retry());
  };
  const update = (id: number, change: Partial<Query>) => rows.map((r) => (r.id === id ? { ...r, ...change } : r));
  const take = (expr: string) => {
    // What is chosen goes into the last query that is still empty, else it is one more.
    const empty = rows.findLast((r) => r.expr.trim() === '');
    const next = empty
      ? update(empty.id, { expr })
      : rows.length === 1 && rows[0]!.expr === ''
        ? [draft({ expr, off: false })]
        : [...rows, draft({ expr, off: false })].slice(-most);
    setRows(next);
    run(next);
  };
  const remove = (id: number) => {
    const next = rows.filter((r) => r.id !== id);
    setRows(next.length > 0 ? next : [draft({ expr: '', off: false })]);
    run(next);
  };
  const quantile = (a: Asked) => {
    const next = rows.map((r) =>
      r.expr.trim() === a.expr
        ? {
            ...r,
            expr: `histogram_quantile(0.95, sum(${/\b(rate|increase|irate|delta)\s*\(/.test(a.expr) ? a.expr : `rate(${a.expr}[5m])`}))`,
          }
        : r,
    );
    setRows(next);
    run(next);
  };
  useKeys({ 'mod+enter': () => run() });

  const auto = stepOf(range, null);
  return (
    <div className="split">
      <div className="main">
        <div className="page explore">
          <div className="explore-queries">
            {rows.map((r, i) => (
              <QueryRow
                key={r.id}
                letter={letterAt(i)}
                draft={r}
                asked={queries[i]?.expr === r.expr.trim() ? asked[i] : undefined}
                changed={r.expr.trim() !== (queries[i]?.expr ?? '')}
                alone={rows.length === 1}
                onChange={(expr) => setRows(update(r.id, { expr }))}
                onRun={() => run()}
                onRemove={() => remove(r.id)}
                onSwitch={() => {
                  const next = update(r.id, { off: !r.off });
                  setRows(next);
                  run(next);
                }}
              />
            ))}
          </div>
          <div className="explore-bar">
            <button className="btn primary" onClick={() => run()} title="Ctrl or Shift and Enter">
              Run
            </button>
            <button
              className="btn"
              disabled={rows.length >= most}
              onClick={() => setRows([...rows, draft({ expr: '', off: false })])}
            >
              <Plus aria-hidden />
              Add a query
            </button>
            <button className="btn" aria-pressed={browsing} onClick={() => set({ browse: browsing ? undefined : '1' })}>
              <BookOpen aria-hidden />
              Metrics
            </button>
            <span className="space" />
            {!table && (
              <label className="muted">
                Step{' '}
                <select className="input" value={search.step ?? ''} onChange={(e) => set({ step: e.target.value })}>
                  <option value="">auto ({duration(auto * 1e6)})</option>
                  {[...new Set([...steps, ...(search.step ? [search.step] : [])])].map((s) => (
                    <option key={s}>{s}</option>
                  ))}
                </select>
              </label>
            )}
            <label className="muted">
              Unit{' '}
              <select className="input" value={search.unit ?? ''} onChange={(e) => set({ unit: e.target.value })}>
                <option value="">by name</option>
                {[
                  ...units,
                  ...(search.unit && !units.some(([u]) => u === search.unit)
                    ? [[search.unit, search.unit] as [string, string]]
                    : []),
                ].map(([u, text]) => (
                  <option key={u} value={u}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
            {!table && (
              <label className="board-check">
                <input
                  type="checkbox"
                  checked={search.stack === '1'}
                  onChange={() => set({ stack: search.stack === '1' ? undefined : '1' })}
                />
                Stack
              </label>
            )}
            {!table && (
              <label className="board-check">
                <input
                  type="checkbox"
                  checked={exemplars}
                  onChange={() => set({ exemplars: exemplars ? '0' : undefined })}
                />
                Traces
              </label>
            )}
          </div>
          {queries.length === 0 ? (
            <Examples onTake={take} />
          ) : (
            <>
              <Tabs
                id="explore"
                label="Result"
                tabs={[
                  { value: 'chart', title: 'Chart' },
                  { value: 'table', title: 'Table' },
                ]}
                value={table ? 'table' : 'chart'}
                onChange={(v) => set({ view: v === 'table' ? 'table' : undefined })}
              />
              <div
                id="explore-panel"
                role="tabpanel"
                aria-labelledby={`explore-${table ? 'table' : 'chart'}`}
                className="explore-result"
              >
                {!asked.some((a) => !a.off && a.results) ? (
                  asked.some((a) => a.fetching) ? (
                    <Loading what="Asking" />
                  ) : (
                    <p className="explore-none muted">{nothing(asked)}</p>
                  )
                ) : table ? (
                  <Values asked={asked} unit={search.unit} />
                ) : (
                  <Charts
                    asked={asked}
                    range={range}
                    unit={search.unit}
                    stack={search.stack === '1'}
                    onZoom={zoom}
                    onQuantile={quantile}
                  />
                )}
              </div>
            </>
          )}
        </div>
      </div>
      {browsing && <Browser onTake={take} onClose={() => set({ browse: undefined })} />}
    </div>
  );
}

// useDrafts keeps what is being written; where the address changes by itself, such as by going back, it is taken from there.
function useDrafts(queries: Query[]): [Draft[], (rows: Draft[]) => void] {
  const [rows, setRows] = useState<Draft[]>(() =>
    (queries.length > 0 ? queries : [{ expr: '', off: false }]).map(draft),
  );
  const text = JSON.stringify(queries);
  useEffect(() => {
    setRows((old) => {
      const written = old.filter((r) => r.expr.trim() !== '').map((r) => ({ expr: r.expr.trim(), off: r.off }));
      if (JSON.stringify(written) === text) return old;
      const next = queries.map((q, i) => (old[i] ? { ...old[i], ...q } : draft(q)));
      return next.length > 0 ? next : [draft({ expr: '', off: false })];
    });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
  return [rows, setRows];
}

function Examples({ onTake }: { onTake: (expr: string) => void }) {
  return (
    <section className="explore-examples" aria-label="Examples">
      <h2>Ask in PromQL, or begin with one of these</h2>
      <ul>
        {examples.map((e) => (
          <li key={e.title}>
            <button onClick={() => onTake(e.expr)}>
              <b>{e.title}</b>
              <span className="muted">{e.about}</span>
              <code>{e.expr}</code>
            </button>
          </li>
        ))}
      </ul>
      <p className="muted">
        “Metrics” lists all that are stored, with their meaning. Spans and model calls become metrics by themselves;
        others arrive by OTLP, scraping and remote write.
      </p>
    </section>
  );
}
