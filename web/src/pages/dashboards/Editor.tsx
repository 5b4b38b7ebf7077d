// A dashboard as JSON: checked while one writes, shown beside, saved when it is right.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { ask, write, type Schemas } from '@/api/client';
import { zoneOf } from '@/components/chart/zone';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { Modal } from '@/components/Modal';
import { Tabs } from '@/components/Tabs';
import { useRange } from '@/lib/search';
import { isLive } from '@/lib/range';
import type { Place } from '@/pages/explore/editor/JSONEditor';
import '@/pages/explore/explore.css';
import { BoardContext, type Board } from './context';
import { askDraft, defaultsOf } from './draft';
import { panelKey, type Dashboard, type Panel, type Problem } from './model';
import { jsonOf, problemsByPanel } from './problems';
import { Sections } from './Sections';

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
    queryFn: ({ signal }) => write('post', '/api/v1/dashboards/check', undefined, settled, signal),
    enabled: settled.trim() !== '' && settled.length <= most, placeholderData: keepPreviousData, gcTime: 10_000, staleTime: Infinity,
  });
  const problems = useMemo(() => check.data?.problems ?? [], [check.data]);
  const draft = check.data?.dashboard;
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
      await client.invalidateQueries({ predicate: (q) => ['/api/v1/dashboards', '/api/v1/dashboards/{uid}', 'panel', 'variables'].includes(String(q.queryKey[0])) });
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
        <button className="btn bare" onClick={() => (dirty ? setLeaving(true) : onClose())}>Cancel</button>
        <h2 className="foreign-line">{draft?.title ?? record?.title ?? 'New dashboard'}</h2>
        {uid
          ? <span className="muted mono">{uid}</span>
          : <label className="variable"><span className="muted">Address</span><input className="input mono" value={own || draft?.uid || ''} aria-invalid={target !== '' && !address.test(target)} onChange={(e) => setOwn(e.target.value)} /></label>}
        {record && !record.own && <span className="tag" title="The shipped one is there again when your copy is deleted.">saved as your own copy</span>}
        <span className="space" />
        <span className={errors > 0 ? 'err' : 'muted'} role="status">{text.length > most ? 'Too long to be edited here' : !fresh ? 'Checking…' : errors > 0 ? (errors === 1 ? '1 error: it cannot be saved' : `${errors} errors: it cannot be saved`) : problems.length > 0 ? `${problems.length} not supported` : 'Right'}</span>
        <button className="btn" onClick={pretty}>Format</button>
        {record?.own && <DeleteButton record={record} />}
        <button className="btn primary" disabled={busy || !fresh || !check.data?.valid || !address.test(target)} onClick={() => void save()}>{busy ? 'Saving…' : 'Save'}</button>
      </div>
      {failed && <ErrorNote error={failed} />}
      <div className="split edit-split">
        <div className="edit-text"><Suspense fallback={<Loading what="Loading the editor" />}><JSONEditor label="JSON of the dashboard" value={text} onChange={setText} problems={problems} goTo={goTo} /></Suspense></div>
        <div className="edit-side">
          <Tabs id="edit" label="Beside the JSON" value={tab} onChange={setTab} tabs={[{ value: 'preview', title: 'Preview' }, { value: 'problems', title: problems.length > 0 ? `Problems ${problems.length}` : 'Problems' }]} />
          <div id="edit-panel" role="tabpanel" aria-labelledby={`edit-${tab}`} className="edit-panel" tabIndex={0}>
            {check.isError && <ErrorNote error={check.error} retry={() => void check.refetch()} />}
            {tab === 'problems'
              ? <ProblemList problems={problems} onGo={(p) => setGoTo({ line: p.line, column: p.column })} />
              : draft ? <Preview draft={draft} problems={problems} text={settled} saved={uid} record={record} /> : check.data ? <ProblemList problems={problems} onGo={(p) => setGoTo({ line: p.line, column: p.column })} /> : <Loading what="Checking" />}
          </div>
        </div>
      </div>
      {leaving && (
        <Modal title="Leave without saving?" onClose={() => setLeaving(false)}>
          <p>What you changed is lost.</p>
          <div className="board-bar"><button className="btn danger" onClick={onClose}>Leave</button> <button className="btn" onClick={() => setLeaving(false)}>Stay</button></div>
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
            <span className={p.severity === 'error' ? 'tag err' : 'tag warn'}>{p.severity === 'error' ? 'error' : 'not supported'}</span> <span className="foreign">{p.message}</span>
            {p.hint && <span className="muted foreign"> {p.hint}</span>}
            <code className="muted foreign">{p.path} · {p.line}:{p.column}</code>
          </button>
        </li>
      ))}
    </ul>
  );
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const same = (a: Panel, b: Panel | undefined) => b !== undefined && JSON.stringify([a.targets, a.transformations, a.field, a.overrides, a.options]) === JSON.stringify([b.targets, b.transformations, b.field, b.overrides, b.options]);

function Preview({ draft, problems, text, saved, record }: { draft: Dashboard; problems: Problem[]; text: string; saved: string | undefined; record: Props['record'] }) {
  const [range] = useRange();
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const shown = useDeferredValue(draft);
  const board = useMemo((): Board => {
    const chosen = defaultsOf(shown);
    const panels = shown.sections.flatMap((s) => s.panels);
    const old = record?.dashboard?.sections.flatMap((s) => s.panels) ?? [];
    const raw = parsed(text);
    const byPanel = problemsByPanel(problems, panels, raw);
    const asSaved = (p: Panel) => saved !== undefined && same(p, old.find((o) => o.id === p.id)) && JSON.stringify(shown.variables) === JSON.stringify(record?.dashboard?.variables);
    return {
      uid: shown.uid, title: shown.title, range, refresh: isLive(range) ? 30_000 : 0, chosen, shown: chosen, marks: [], crosshair: shown.crosshair, timezone: zoneOf(shown.timezone),
      ask: (p, q, signal) => (asSaved(p) ? write('post', '/api/v1/dashboards/{uid}/panels/{panel}/query', { path: { uid: saved!, panel: p.id } }, { from: q.from, to: q.to, max_points: q.points }, signal) : askDraft(p, q, chosen, signal)),
      keyOf: (p) => ['draft', panelKey(p), asSaved(p) ? saved : JSON.stringify(p), JSON.stringify(chosen)],
      problemsOf: (p) => byPanel.get(p.id) ?? [],
      jsonOf: (p) => jsonOf(p, raw),
    };
  }, [shown, problems, text, range, saved, record]);
  const turn = (key: string) => setTurned((old) => { const next = new Set(old); if (!next.delete(key)) next.add(key); return next; });
  return <BoardContext value={board}><div className="board preview"><Sections sections={shown.sections} turned={turned} onTurn={turn} /></div></BoardContext>;
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
      await navigate({ to: gone.restored ? `/dashboards/${record.uid}` : '/dashboards', search: ((old: Record<string, unknown>) => ({ ...old, edit: undefined })) as never });
      if (!gone.restored) client.removeQueries({ queryKey: ask('/api/v1/dashboards/{uid}', { path: { uid: record.uid } }).queryKey });
      await client.invalidateQueries({ predicate: (q) => ['/api/v1/dashboards', '/api/v1/dashboards/{uid}', 'panel', 'variables'].includes(String(q.queryKey[0])) });
    } catch (e) {
      setError(e as Error);
    }
  };
  return (
    <>
      <button className="btn danger" onClick={() => setOpen(true)}>Delete</button>
      {open && (
        <Modal title={`Delete “${record.title}”?`} onClose={() => setOpen(false)}>
          <p>{record.overrides ? 'The shipped dashboard of this address is there again then.' : 'Its file is removed from the folder.'}</p>
          {error && <ErrorNote error={error} />}
          <button className="btn danger" onClick={() => void remove()}>Delete</button>
        </Modal>
      )}
    </>
  );
}
