// A dashboard that is not saved yet, as it would be: the server answers its panels from the JSON that is sent along.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { write } from '@/api/client';
import { zoneOf } from '@/components/chart/zone';
import { ErrorNote } from '@/components/ErrorNote';
import { isLive } from '@/lib/range';
import { useRange } from '@/lib/search';
import { BoardContext, type Board } from './context';
import { panelKey, type Dashboard, type Problem } from './model';
import { jsonOf, problemsByPanel } from './problems';
import { Sections } from './Sections';

/** What was checked: text is the JSON that draft was read from. */
export interface Checked {
  draft: Dashboard;
  problems: Problem[];
  text: string;
}

export function Preview({ checked, uid = 'draft' }: { checked: Checked; uid?: string }) {
  const [range] = useRange();
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const { draft, problems, text } = useDeferredValue(checked);
  const variables = JSON.stringify(draft.variables);
  const ends = { from: range.from, to: range.to };
  const resolved = useQuery({
    // Copies of panels that repeat have all that their panels have.
    queryKey: ['draft', 'variables', uid, ends, draft.variables.length > 0 ? text : variables],
    queryFn: ({ signal }) =>
      write('post', '/api/v1/dashboards/{uid}/variables', { path: { uid } }, { ...ends, draft: text }, signal),
    enabled: draft.variables.length > 0,
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  });
  const selected = JSON.stringify(
    Object.fromEntries((resolved.data?.variables ?? []).map((v) => [v.name, v.selected])),
  );
  const board = useMemo((): Board => {
    const chosen = JSON.parse(selected) as Board['chosen'];
    const raw = parsed(text);
    const byPanel = problemsByPanel(
      problems,
      draft.sections.flatMap((s) => s.panels),
      raw,
    );
    return {
      uid: draft.uid,
      title: draft.title,
      range,
      refresh: isLive(range) ? 30_000 : 0,
      chosen,
      shown: chosen,
      marks: [],
      crosshair: draft.crosshair,
      timezone: zoneOf(draft.timezone),
      ask: (p, q, signal) =>
        write(
          'post',
          '/api/v1/dashboards/{uid}/panels/{panel}/query',
          { path: { uid, panel: p.id } },
          {
            from: q.from,
            to: q.to,
            max_points: q.points,
            draft: text,
            variables: {
              ...chosen,
              ...Object.fromEntries(Object.entries(p.repeated ?? {}).map(([name, value]) => [name, [value]])),
            },
          },
          signal,
        ),
      // A panel that nothing was changed of is not asked again.
      keyOf: (p) => ['draft', uid, panelKey(p), JSON.stringify(p), variables, selected],
      problemsOf: (p) => byPanel.get(p.id) ?? [],
      jsonOf: (p) => jsonOf(p, raw),
    };
  }, [draft, problems, text, range, uid, variables, selected]);
  const turn = (key: string) =>
    setTurned((old) => {
      const next = new Set(old);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  return (
    <BoardContext value={board}>
      <div className="board preview">
        {resolved.isError && <ErrorNote error={resolved.error} retry={() => void resolved.refetch()} />}
        <Sections
          sections={(draft.variables.length > 0 && resolved.data?.sections) || draft.sections}
          turned={turned}
          onTurn={turn}
        />
      </div>
    </BoardContext>
  );
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
