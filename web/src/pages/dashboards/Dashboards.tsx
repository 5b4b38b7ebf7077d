// All dashboards, and the way new ones come in.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FileUp, Plus } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { ask, type Schemas } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { When } from '@/components/When';
import { useKeys } from '@/lib/keys';
import { useUrlState } from '@/lib/search';
import './dashboards.css';

const Editor = lazy(() => import('./Editor'));

type Entry = Schemas['DashboardEntry'];

const template = JSON.stringify(
  {
    title: 'My dashboard',
    tags: ['mine'],
    panels: [
      {
        title: 'Requests',
        type: 'timeseries',
        unit: 'reqps',
        targets: [{ expr: 'sum by (job) (rate(http_requests_total[$__rate_interval]))', legendFormat: '{{job}}' }],
      },
      {
        title: 'p95',
        type: 'stat',
        unit: 's',
        thresholds: '1,5',
        targets: [
          {
            expr: 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[$__rate_interval])))',
          },
        ],
      },
    ],
  },
  null,
  2,
);

const longest = 2 << 20; // bytes of a file

/** Whether all words are in what an entry shows. */
export function fits(d: Entry, text: string): boolean {
  const all = [d.title, d.uid, d.description ?? '', ...d.tags].join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((w) => all.includes(w));
}

export default function Dashboards() {
  const [search, set] = useUrlState();
  const list = useQuery(ask('/api/v1/dashboards', undefined, { refresh: 10_000 }));
  const [file, setFile] = useState<{ text: string } | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const find = useRef<HTMLInputElement>(null);
  const choose = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => find.current?.focus() });
  useEffect(() => {
    if (search.new === undefined) setFile(null); // by going back
  }, [search.new]);

  const read = async (files: FileList | null) => {
    setOver(false);
    const one = files?.[0];
    if (!one) return;
    if (one.size > longest)
      return setWrong(
        `${one.name} has ${Math.round(one.size / 1024)} KiB; dashboards have up to ${longest >> 10} KiB.`,
      );
    setWrong(null);
    setFile({ text: await one.text() });
    set({ new: '1' });
  };
  if (search.new !== undefined) {
    return (
      <Suspense fallback={<Loading what="Loading the editor" />}>
        <Editor key={file?.text ?? ''} text={file?.text ?? template} onClose={() => set({ new: undefined })} />
      </Suspense>
    );
  }
  const found = (list.data?.dashboards ?? []).filter((d) => fits(d, search.q ?? ''));
  const drop = {
    onDragOver: (e: React.DragEvent) => {
      if (e.dataTransfer.types.includes('Files')) {
        e.preventDefault();
        setOver(true);
      }
    },
    onDragLeave: (e: React.DragEvent) => {
      if (!e.currentTarget.contains(e.relatedTarget as Node | null)) setOver(false);
    },
    onDrop: (e: React.DragEvent) => {
      e.preventDefault();
      void read(e.dataTransfer.files);
    },
  };
  return (
    <div className="drop" data-over={over} {...drop}>
      <div className="toolbar">
        <input
          ref={find}
          className="input boards-find"
          placeholder="Find by title, tag or address"
          aria-label="Find a dashboard"
          value={search.q ?? ''}
          onChange={(e) => set({ q: e.target.value }, true)}
        />
        <span className="muted">
          {list.data &&
            (found.length === list.data.dashboards.length
              ? `${found.length} dashboards`
              : `${found.length} of ${list.data.dashboards.length}`)}
        </span>
        <span className="boards-space" />
        <input
          ref={choose}
          type="file"
          accept=".json,application/json"
          hidden
          aria-label="File of a dashboard"
          onChange={(e) => {
            void read(e.target.files);
            e.target.value = '';
          }}
        />
        <button className="btn" onClick={() => choose.current?.click()}>
          <FileUp aria-hidden />
          Import a file
        </button>
        <button className="btn primary" onClick={() => set({ new: '1' })}>
          <Plus aria-hidden />
          New from JSON
        </button>
      </div>
      <div className="page stack">
        {wrong && (
          <div className="note err" role="alert">
            {wrong}
          </div>
        )}
        {list.isError && <ErrorNote error={list.error} retry={() => void list.refetch()} />}
        {list.isPending && <Loading />}
        {list.data &&
          (found.length > 0 ? (
            <List found={found} onTag={(tag) => set({ q: tag })} />
          ) : (
            <p className="muted">No dashboard has these words.</p>
          ))}
        <p className="muted boards-hint">
          A file of Grafana works as it is: choose it, drop it here, or put it into the folder of dashboards. What is
          not supported is named before it is saved.
        </p>
      </div>
      {over && <div className="drop-note">Drop the JSON of a dashboard</div>}
    </div>
  );
}

function List({ found, onTag }: { found: Entry[]; onTag: (tag: string) => void }) {
  return (
    <div className="panel boards-list" tabIndex={0} role="region" aria-label="Dashboards">
      <table className="plain">
        <thead>
          <tr>
            <th>Title</th>
            <th className="boards-wide">Tags</th>
            <th className="right">Panels</th>
            <th>From</th>
            <th>Problems</th>
            <th className="boards-wide">Changed</th>
          </tr>
        </thead>
        <tbody>
          {found.map((d) => (
            <tr key={d.uid}>
              <td>
                <Link to="/dashboards/$uid" params={{ uid: d.uid }} search={{}} className="foreign">
                  <b>{d.title || d.uid}</b>
                </Link>
                {d.description && <div className="muted foreign">{d.description}</div>}
              </td>
              <td className="boards-wide">
                <span className="boards-tags">
                  {d.tags.slice(0, 8).map((t) => (
                    <button key={t} className="tag foreign-line" onClick={() => onTag(t)}>
                      {t}
                    </button>
                  ))}
                </span>
              </td>
              <td className="right num">{d.panels}</td>
              <td>
                {d.overrides ? (
                  <span className="tag accent" title="It stands before a shipped one">
                    own copy
                  </span>
                ) : d.own ? (
                  <span className="tag accent" title={d.file}>
                    own
                  </span>
                ) : (
                  <span className="tag">shipped</span>
                )}
              </td>
              <td>
                <Told d={d} />
              </td>
              <td className="boards-wide">
                {d.changed ? <When at={d.changed} style="full" /> : <span className="muted">–</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Told({ d }: { d: Entry }) {
  const errors = d.problems.filter((p) => p.severity === 'error').length;
  if (d.stale)
    return (
      <span className="tag err" title={d.problems[0]?.message}>
        file is wrong, shown as before
      </span>
    );
  if (errors > 0)
    return (
      <span className="tag err" title={d.problems.map((p) => p.message).join('\n')}>
        {errors === 1 ? '1 error' : `${errors} errors`}
      </span>
    );
  if (d.problems.length > 0)
    return (
      <span className="tag warn" title={d.problems.map((p) => p.message).join('\n')}>
        {d.problems.length} not supported
      </span>
    );
  return <span className="muted">none</span>;
}
