// A dashboard as JSON: checked while one writes, shown beside, saved when it is right.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { ask, write, type Schemas } from '@/api/client';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { Modal } from '@/components/Modal';
import { Tabs } from '@/components/Tabs';
import type { Place } from '@/pages/explore/editor/JSONEditor';
import '@/pages/explore/explore.css';
import type { Problem } from './model';
import { Preview, type Checked } from './Preview';

const JSONEditor = lazy(() => import('@/pages/explore/editor/JSONEditor'));

const most = 2 << 20; // characters that are edited here

interface Props {
  uid?: string; // of what is edited; absent for a new one
  record?: Schemas['DashboardRecord'];
  text?: string; // at first
  onClose: () => void;
}

const address = /^[\w-]{1,64}$/;

export default function Editor({ uid, record, text: given, onClose }: Props) {
  const [first, setFirst] = useState(() => given ?? (record?.raw ? JSON.stringify(record.raw, null, 2) : ''));
  const [text, setText] = useState(first);
  const [own, setOwn] = useState(''); // address of a new one, where the reader wrote it
  const [tab, setTab] = useState<'preview' | 'problems'>('preview');
  const [goTo, setGoTo] = useState<Place | null>(null);
  const [failed, setFailed] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const settled = useSettled(text, 350);
  const check = useQuery({
    queryKey: ['check', settled],
    queryFn: async ({ signal }) => ({
      ...(await write('post', '/api/v1/dashboards/check', undefined, settled, signal)),
      text: settled,
    }),
    enabled: settled.trim() !== '' && settled.length <= most,
    placeholderData: keepPreviousData,
    gcTime: 10_000,
    staleTime: Infinity,
  });
  const problems = useMemo(() => check.data?.problems ?? [], [check.data]);
  const draft = check.data?.dashboard;
  const checked = useMemo(
    (): Checked | null =>
      check.data?.dashboard
        ? { draft: check.data.dashboard, problems: check.data.problems, text: check.data.text }
        : null,
    [check.data],
  );
  const target = uid ?? (own || (draft?.uid ?? ''));
  const fresh = settled === text && !check.isPlaceholderData && !check.isFetching;
  const errors = problems.filter((p) => p.severity === 'error').length;
  const dirty = text !== first;
  useEffect(() => {
    if (!dirty) return;
    const ask = (e: BeforeUnloadEvent) => e.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [dirty]);

  const save = async () => {
    setBusy(true);
    setFailed(null);
    try {
      const saved = await write('put', '/api/v1/dashboards/{uid}', { path: { uid: target } }, text);
      setFirst(text);
      await client.invalidateQueries({
        predicate: (q) =>
          ['/api/v1/dashboards', '/api/v1/dashboards/{uid}', 'panel', 'variables'].includes(String(q.queryKey[0])),
      });
      if (uid) onClose();
      else void navigate({ to: `/dashboards/${saved.uid}` });
    } catch (e) {
      setFailed(e as Error);
    } finally {
      setBusy(false);
    }
  };
  const pretty = () => {
    try {
      setText(JSON.stringify(JSON.parse(text), null, 2));
    } catch {
      setTab('problems'); // the place is told there
    }
  };

  return (
    <>
      <div className="toolbar board-bar">
        <button className="btn bare" onClick={() => (dirty ? setLeaving(true) : onClose())}>
          Cancel
        </button>
        <h2 className="foreign-line">{draft?.title ?? record?.title ?? 'New dashboard'}</h2>
        {uid ? (
          <span className="muted mono">{uid}</span>
        ) : (
          <label className="variable">
            <span className="muted">Address</span>
            <input
              className="input mono"
              value={own || draft?.uid || ''}
              aria-invalid={target !== '' && !address.test(target)}
              onChange={(e) => setOwn(e.target.value)}
            />
          </label>
        )}
        {record && !record.own && (
          <span className="tag" title="The shipped one is there again when your copy is deleted.">
            saved as your own copy
          </span>
        )}
        <span className="space" />
        <span className={errors > 0 ? 'err' : 'muted'} role="status">
          {text.length > most
            ? 'Too long to be edited here'
            : !fresh
              ? 'Checking…'
              : errors > 0
                ? errors === 1
                  ? '1 error: it cannot be saved'
                  : `${errors} errors: it cannot be saved`
                : problems.length > 0
                  ? `${problems.length} not supported`
                  : 'Right'}
        </span>
        <button className="btn" onClick={pretty}>
          Format
        </button>
        {record?.own && <DeleteButton record={record} />}
        <button
          className="btn primary"
          disabled={busy || !fresh || !check.data?.valid || !address.test(target)}
          onClick={() => void save()}
        >
          {busy ? 'Saving…' : 'Save'}
        </button>
      </div>
      {failed && <ErrorNote error={failed} />}
      <div className="split edit-split">
        <div className="edit-text">
          <Suspense fallback={<Loading what="Loading the editor" />}>
            <JSONEditor label="JSON of the dashboard" value={text} onChange={setText} problems={problems} goTo={goTo} />
          </Suspense>
        </div>
        <div className="edit-side">
          <Tabs
            id="edit"
            label="Beside the JSON"
            value={tab}
            onChange={setTab}
            tabs={[
              { value: 'preview', title: 'Preview' },
              { value: 'problems', title: problems.length > 0 ? `Problems ${problems.length}` : 'Problems' },
            ]}
          />
          <div id="edit-panel" role="tabpanel" aria-labelledby={`edit-${tab}`} className="edit-panel" tabIndex={0}>
            {check.isError && <ErrorNote error={check.error} retry={() => void check.refetch()} />}
            {tab === 'problems' ? (
              <ProblemList problems={problems} onGo={(p) => setGoTo({ line: p.line, column: p.column })} />
            ) : checked ? (
              <Preview checked={checked} uid={uid} />
            ) : check.data ? (
              <ProblemList problems={problems} onGo={(p) => setGoTo({ line: p.line, column: p.column })} />
            ) : (
              <Loading what="Checking" />
            )}
          </div>
        </div>
      </div>
      {leaving && (
        <Modal title="Leave without saving?" onClose={() => setLeaving(false)}>
          <p>What you changed is lost.</p>
          <div className="board-bar">
            <button className="btn danger" onClick={onClose}>
              Leave
            </button>{' '}
            <button className="btn" onClick={() => setLeaving(false)}>
              Stay
            </button>
          </div>
        </Modal>
      )}
    </>
  );
}

function useSettled(text: string, ms: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return settled;
}

function ProblemList({ problems, onGo }: { problems: Problem[]; onGo: (p: Problem) => void }) {
  if (problems.length === 0) return <p className="muted">No problems: everything in this dashboard is understood.</p>;
  return (
    <ul className="problems">
      {problems.map((p, i) => (
        <li key={i}>
          <button className="problem" onClick={() => onGo(p)}>
            <span className={p.severity === 'error' ? 'tag err' : 'tag warn'}>
              {p.severity === 'error' ? 'error' : 'not supported'}
            </span>{' '}
            <span className="foreign">{p.message}</span>
            {p.hint && <span className="muted foreign"> {p.hint}</span>}
            <code className="muted foreign">
              {p.path} · {p.line}:{p.column}
            </code>
          </button>
        </li>
      ))}
    </ul>
  );
}

function DeleteButton({ record }: { record: Schemas['DashboardRecord'] }) {
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = async () => {
    try {
      const gone = await write('delete', '/api/v1/dashboards/{uid}', { path: { uid: record.uid } });
      // The page is left first: what it shows is asked for no more.
      await navigate({
        to: gone.restored ? `/dashboards/${record.uid}` : '/dashboards',
        search: ((old: Record<string, unknown>) => ({ ...old, edit: undefined })) as never,
      });
      if (!gone.restored)
        client.removeQueries({ queryKey: ask('/api/v1/dashboards/{uid}', { path: { uid: record.uid } }).queryKey });
      await client.invalidateQueries({
        predicate: (q) =>
          ['/api/v1/dashboards', '/api/v1/dashboards/{uid}', 'panel', 'variables'].includes(String(q.queryKey[0])),
      });
    } catch (e) {
      setError(e as Error);
    }
  };
  return (
    <>
      <button className="btn danger" onClick={() => setOpen(true)}>
        Delete
      </button>
      {open && (
        <Modal title={`Delete “${record.title}”?`} onClose={() => setOpen(false)}>
          <p>
            {record.overrides
              ? 'The shipped dashboard of this address is there again then.'
              : 'Its file is removed from the folder.'}
          </p>
          {error && <ErrorNote error={error} />}
          <button className="btn danger" onClick={() => void remove()}>
            Delete
          </button>
        </Modal>
      )}
    </>
  );
}
