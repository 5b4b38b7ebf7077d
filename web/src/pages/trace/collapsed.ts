// Which spans of the waterfall are collapsed. A level is in the address; what was opened and closed by hand is not.
import { useCallback, useMemo, useState } from 'react';
import { collapseBelow } from './layout';
import type { TraceTree } from './tree';

interface ByHand {
  level: string | undefined;
  keys: ReadonlySet<string>; // of spans that are the other way than the level has them: places change while a trace grows
}

const none: ReadonlySet<string> = new Set();

export function useCollapsed(
  tree: TraceTree,
  level: string | undefined,
  setLevel: (level: string | undefined) => void,
) {
  const [byHand, setByHand] = useState<ByHand>({ level, keys: none });
  const keys = byHand.level === level ? byHand.keys : none;
  const collapsed = useMemo((): ReadonlySet<number> => {
    const set = level !== undefined && /^\d{1,4}$/.test(level) ? collapseBelow(tree, Number(level)) : new Set<number>();
    for (const key of keys) {
      const at = tree.at.get(key);
      if (at === undefined) continue;
      if (!set.delete(at)) set.add(at);
    }
    return set;
  }, [tree, level, keys]);
  const change = useCallback(
    (places: number[]) =>
      setByHand((old) => {
        const next = new Set(old.level === level ? old.keys : none);
        for (const at of places) if (!next.delete(tree.keys[at]!)) next.add(tree.keys[at]!);
        return { level, keys: next };
      }),
    [tree, level],
  );
  const toggle = useCallback((at: number) => change([at]), [change]);
  const open = useCallback((places: number[]) => change(places.filter((at) => collapsed.has(at))), [change, collapsed]);
  const close = useCallback(
    (places: number[]) => change(places.filter((at) => !collapsed.has(at))),
    [change, collapsed],
  );
  return { collapsed, toggle, open, close, level, setLevel };
}

/** The collapsed spans that hide a span, itself among them where what is wanted is below it. */
export function ancestorsClosed(
  tree: TraceTree,
  at: number,
  collapsed: ReadonlySet<number>,
  itself: boolean,
): number[] {
  const out: number[] = [];
  for (let p = itself ? at : (tree.parent[at] ?? -1); p >= 0; p = tree.parent[p]!) if (collapsed.has(p)) out.push(p);
  return out;
}
