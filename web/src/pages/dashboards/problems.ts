// Problems belong to the panel whose JSON they are in.
import type { Panel, Problem } from './model';

interface Node {
  [member: string]: unknown;
}

const steps = (path: string) => path.split(/[.[\]]+/).filter((s) => s !== '');

/** The JSON of the panel that a path leads into, and the panel's own path. */
export function panelAt(raw: unknown, path: string): { node: Node; path: string } | null {
  const root = raw as Node | undefined;
  for (const top of [root, root?.dashboard, root?.spec]) {
    const found = walk(top, steps(path));
    if (found) return found;
  }
  return null;
}

function walk(top: unknown, names: string[]): { node: Node; path: string } | null {
  let at = top,
    found: Node | null = null,
    path = '',
    foundPath = '';
  for (let i = 0; i < names.length; i++) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, names[i]!)) break;
    at = (at as Node)[names[i]!];
    path += /^\d+$/.test(names[i]!) ? `[${names[i]}]` : `${path && '.'}${names[i]}`;
    if (names[i - 1] === 'panels' && at !== null && typeof at === 'object') {
      found = at as Node;
      foundPath = path;
    }
  }
  return found && { node: found, path: foundPath };
}

const isOf = (panel: Panel, node: Node) =>
  typeof node.id === 'number'
    ? node.id === panel.id
    : node.title === panel.title || (node.title === undefined && panel.title === '');

/** Problems by id of their panel; those of the dashboard are under null. */
export function problemsByPanel(problems: Problem[], panels: Panel[], raw: unknown): Map<number | null, Problem[]> {
  const out = new Map<number | null, Problem[]>();
  for (const problem of problems) {
    const named = /^panel (\d+)$/.exec(problem.path);
    const node = named ? null : panelAt(raw, problem.path)?.node;
    const panel = named ? panels.find((p) => p.id === Number(named[1])) : node && panels.find((p) => isOf(p, node));
    const key = panel?.id ?? null;
    out.set(key, [...(out.get(key) ?? []), problem]);
  }
  return out;
}

/** The JSON of a panel as it is in the file. */
export function jsonOf(panel: Panel, raw: unknown): unknown {
  const found: Node[] = [];
  const look = (n: unknown, parent: string) => {
    if (Array.isArray(n)) n.forEach((each) => look(each, parent));
    else if (n !== null && typeof n === 'object') {
      if (parent === 'panels') found.push(n as Node);
      for (const [name, value] of Object.entries(n))
        if (['panels', 'rows', 'dashboard', 'spec'].includes(name)) look(value, name);
    }
  };
  look(raw, '');
  return found.find((n) => n.id === panel.id && n.type !== 'row') ?? found.find((n) => isOf(panel, n)) ?? panel;
}
