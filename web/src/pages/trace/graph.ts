// The agent graph: who called whom, with all spans of one agent, model, tool or service as one node.
import type { Kind } from '@/lib/spans';
import { isMissing, type TraceTree } from './tree';

export interface GraphNode {
  key: string;
  kind: Kind;
  title: string;
  count: number; // spans
  errors: number;
  tokens: number;
  cost: number;
  time: number; // ns, its spans that are not within another of its spans
  rounds: number; // how often it called itself: the steps of an agent
  first: number; // place of its first span
  filter: string; // of the waterfall: shows its spans
}

export interface GraphEdge {
  from: string;
  to: string;
  count: number;
  errors: number;
  back: boolean; // leads back to one that came before: a loop
}

export interface AgentGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  nodeOf: Int32Array; // by place: its node, or that of the nearest span above that has one; -1 for none
  left: number; // nodes that did not fit
}

const most = 80; // nodes: more cannot be read

/** What a span is in the graph, or null where it is a step within what is above it. */
function identity(tree: TraceTree, i: number): { kind: Kind; title: string; filter: string } | null {
  const span = tree.spans[i]!;
  const kind = tree.kind[i]!;
  const g = span.genai;
  const name = span.name ?? '';
  switch (kind) {
    case 'agent': {
      const agent = g?.agent ?? g?.workflow;
      return agent
        ? { kind, title: agent, filter: `kind:agent agent:${quoted(agent)}` }
        : {
            kind,
            title: withoutNumbers(name),
            filter: `kind:agent ${quoted(withoutNumbers(name).replace(/ ?#.*/, ''))}`,
          };
    }
    case 'llm':
      return {
        kind,
        title: g?.model ?? name,
        filter: g?.model ? `kind:llm model:${quoted(g.model)}` : `name:${quoted(name)}`,
      };
    case 'tool':
      return { kind, title: g?.tool ?? name, filter: g?.tool ? `tool:${quoted(g.tool)}` : `name:${quoted(name)}` };
    case 'retrieval':
      return { kind, title: name, filter: `name:${quoted(name)}` };
    case 'db':
      return { kind, title: withoutNumbers(name), filter: `kind:db name:${quoted(name)}` };
  }
  // a service is a node where it is entered
  const p = tree.parent[i]!;
  if (span.service && (p < 0 || tree.spans[p]!.service !== span.service))
    return { kind: kind === 'http' ? 'http' : 'other', title: span.service, filter: `service:${quoted(span.service)}` };
  return null;
}

const quoted = (text: string) => (/[\s":]/.test(text) ? `"${text.replaceAll('"', '')}"` : text);

const withoutNumbers = (name: string) => name.replace(/\d+/g, '#');

/** Whether agents, models or tools are in a trace: then services and databases are beside the point. */
export const hasAgents = (tree: TraceTree): boolean =>
  tree.kind.some((k) => k === 'agent' || k === 'llm' || k === 'tool');

/** The graph of a trace; all has services and databases as well. */
export function agentGraph(tree: TraceTree, all = true): AgentGraph {
  const byKey = new Map<string, number>();
  const nodes: GraphNode[] = [];
  const nodeOf = new Int32Array(tree.spans.length).fill(-1);
  const edges = new Map<string, GraphEdge>();
  for (let i = 0; i < tree.spans.length; i++) {
    const p = tree.parent[i]!;
    const above = p < 0 ? -1 : nodeOf[p]!;
    const beside = !all && (tree.kind[i] === 'http' || tree.kind[i] === 'db' || tree.kind[i] === 'other');
    const who = beside || isMissing(tree, i) ? null : identity(tree, i);
    if (!who) {
      nodeOf[i] = above;
      continue;
    }
    const key = `${who.kind === 'http' || who.kind === 'other' ? 'service' : who.kind} ${who.title}`;
    let at = byKey.get(key);
    if (at === undefined) {
      at = nodes.length;
      byKey.set(key, at);
      nodes.push({
        key,
        kind: who.kind,
        title: who.title,
        filter: who.filter,
        first: i,
        count: 0,
        errors: 0,
        tokens: 0,
        cost: 0,
        time: 0,
        rounds: 0,
      });
    }
    nodeOf[i] = at;
    const node = nodes[at]!;
    node.count++;
    node.errors += tree.failed[i]!;
    if (tree.tokens[i]! > 0) node.tokens += tree.tokens[i]!;
    if (tree.cost[i]! > 0) node.cost += tree.cost[i]!;
    if (above === at) {
      node.rounds++;
      continue;
    }
    node.time += tree.length[i]!;
    if (above < 0) continue;
    const id = `${above}>${at}`;
    const edge = edges.get(id);
    if (edge) {
      edge.count++;
      edge.errors += tree.failed[i]!;
    } else {
      edges.set(id, { from: nodes[above]!.key, to: key, count: 1, errors: tree.failed[i]!, back: false });
    }
  }
  return trim(nodes, [...edges.values()], nodeOf);
}

// trim leaves the nodes with the most spans where there are more than can be read, and marks the edges that close a loop.
function trim(all: GraphNode[], edges: GraphEdge[], nodeOf: Int32Array): AgentGraph {
  const rank = (n: GraphNode) => (n.kind === 'agent' ? 1e9 : 0) + n.errors * 1000 + n.count;
  const nodes = all.length <= most ? all : [...all].sort((a, b) => rank(b) - rank(a)).slice(0, most);
  const shown = new Map(nodes.map((n) => [n.key, n]));
  const kept = edges.filter((e) => shown.has(e.from) && shown.has(e.to));
  markLoops(nodes, kept);
  return { nodes, edges: kept, nodeOf, left: all.length - nodes.length };
}

function markLoops(nodes: GraphNode[], edges: GraphEdge[]) {
  const out = new Map<string, GraphEdge[]>(nodes.map((n) => [n.key, []]));
  for (const e of edges) out.get(e.from)!.push(e);
  const state = new Map<string, 'open' | 'done'>();
  for (const root of nodes) {
    if (state.has(root.key)) continue;
    const path: { key: string; next: number }[] = [{ key: root.key, next: 0 }];
    state.set(root.key, 'open');
    while (path.length > 0) {
      const top = path.at(-1)!;
      const edge = out.get(top.key)![top.next++];
      if (!edge) {
        state.set(top.key, 'done');
        path.pop();
      } else if (state.get(edge.to) === 'open') {
        edge.back = true;
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'open');
        path.push({ key: edge.to, next: 0 });
      }
    }
  }
}
