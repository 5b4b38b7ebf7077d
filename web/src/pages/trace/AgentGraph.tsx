// The agent graph, drawn. Loaded when it is looked at: the library for it is large.
import '@xyflow/react/dist/base.css';
import { Graph as Layout, layout } from '@dagrejs/dagre';
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { useMemo, useState } from 'react';
import { Dock } from '@/components/Dock';
import { Empty } from '@/components/Empty';
import { count, duration, plural, short, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { useUrlState } from '@/lib/search';
import { kindName, type Kind } from '@/lib/spans';
import { agentGraph, hasAgents, type AgentGraph as Graph, type GraphEdge, type GraphNode } from './graph';
import type { TraceTree } from './tree';

const width = 228,
  height = 62;

type Shown = Node<{ node: GraphNode }, 'part'>;

export default function AgentGraph({
  tree,
  onShow,
}: {
  tree: TraceTree;
  onShow: (filter: string, at?: number) => void;
}) {
  const [search, set] = useUrlState();
  const agents = useMemo(() => hasAgents(tree), [tree]);
  const all = !agents || search.all === '1';
  const graph = useMemo(() => agentGraph(tree, all), [tree, all]);
  const places = useMemo(() => arrange(graph), [graph]);
  const [key, setKey] = useState<string | null>(null);
  const chosen = graph.nodes.find((n) => n.key === key);
  const nodes = useMemo(
    () =>
      graph.nodes.map((node): Shown => ({
        id: node.key,
        type: 'part',
        position: places.get(node.key)!,
        data: { node },
        width,
        height,
        selected: node.key === key,
        draggable: false,
        connectable: false,
        ariaLabel: `${kindOfNode(node)} ${visible(node.title, 80)}: ${plural(node.count, 'span')}${node.errors ? `, ${plural(node.errors, 'error')}` : ''}`,
      })),
    [graph, places, key],
  );
  const edges = useMemo(() => graph.edges.map((e) => draw(e, key)), [graph, key]);
  if (graph.nodes.length === 0)
    return (
      <Empty title="Nothing to draw">
        <p>No span of this trace tells its service, agent, model or tool.</p>
      </Empty>
    );
  return (
    <div className="graph">
      <div className="graph-canvas">
        {agents && (
          <label className="graph-all">
            <input
              type="checkbox"
              checked={all}
              onChange={(e) => set({ all: e.target.checked ? '1' : undefined }, true)}
            />{' '}
            Services and databases too
          </label>
        )}
        <ReactFlow
          key={all ? 'all' : 'agents'}
          nodes={nodes}
          edges={edges}
          nodeTypes={types}
          fitView
          fitViewOptions={{ padding: 0.12, maxZoom: 1.1 }}
          minZoom={0.1}
          maxZoom={2}
          nodesDraggable={false}
          nodesConnectable={false}
          edgesFocusable={false}
          deleteKeyCode={null}
          onNodeClick={(_, n) => setKey(n.id)}
          onNodeDoubleClick={(_, n) => onShow(n.data.node.filter, n.data.node.first)}
          onPaneClick={() => setKey(null)}
          onNodesChange={(changes) => {
            for (const c of changes) if (c.type === 'select' && c.selected) setKey(c.id);
          }}
        >
          <Background gap={24} />
          <Controls showInteractive={false} position="bottom-left" />
        </ReactFlow>
        {graph.left > 0 && (
          <p className="graph-note">
            {plural(graph.left, 'more part')} with few spans {graph.left === 1 ? 'is' : 'are'} left out.
          </p>
        )}
      </div>
      {chosen && <NodeDock graph={graph} node={chosen} onClose={() => setKey(null)} onShow={onShow} onNode={setKey} />}
    </div>
  );
}

const kindOfNode = (n: GraphNode): string => (n.key.startsWith('service ') ? 'service' : kindName[n.kind]);

const types = { part: Part };

function Part({ data: { node }, selected }: NodeProps<Shown>) {
  const facts = [
    node.tokens > 0 ? `${short(node.tokens)} tok` : '',
    node.cost > 0 ? usd(node.cost) : '',
    duration(node.time),
  ].filter(Boolean);
  return (
    <div
      className={selected ? 'graph-node selected' : 'graph-node'}
      style={{ borderLeftColor: `var(--k-${node.kind})` }}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div className="graph-title">
        <b className="foreign-line">{visible(node.title, 80)}</b>
        <span className="num">×{count(node.count)}</span>
      </div>
      <div className="graph-facts num">{facts.join(' · ')}</div>
      <div className="graph-facts">
        <span>{kindOfNode(node)}</span>
        {node.rounds > 0 && (
          <span className="num" title="Calls of itself: its steps">
            ↻ {count(node.rounds)}
          </span>
        )}
        {node.errors > 0 && <span className="err num">✕ {plural(node.errors, 'error')}</span>}
      </div>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

function draw(e: GraphEdge, chosen: string | null): Edge {
  const color = e.errors > 0 ? 'var(--err)' : e.back ? 'var(--accent)' : 'var(--muted)';
  const near = chosen === null || e.from === chosen || e.to === chosen;
  return {
    id: `${e.from}→${e.to}`,
    source: e.from,
    target: e.to,
    label: `${e.back ? '↩ ' : ''}×${count(e.count)}${e.errors > 0 ? ` ✕${count(e.errors)}` : ''}`,
    style: {
      stroke: color,
      strokeWidth: Math.min(4, 1 + Math.log10(e.count)),
      strokeDasharray: e.back ? '6 4' : undefined,
      opacity: near ? 1 : 0.2,
    },
    labelStyle: { fill: 'var(--text)', fontSize: 11, opacity: near ? 1 : 0.3 },
    labelBgStyle: { fill: 'var(--bg)' },
    labelBgPadding: [3, 1],
    markerEnd: { type: MarkerType.ArrowClosed, color, width: 14, height: 14 },
  };
}

function arrange(graph: Graph): Map<string, { x: number; y: number }> {
  const g = new Layout();
  g.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 90 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of graph.nodes) g.setNode(n.key, { width, height });
  for (const e of graph.edges) if (!e.back) g.setEdge(e.from, e.to);
  layout(g);
  return new Map(
    graph.nodes.map((n) => {
      const at = g.node(n.key) as { x: number; y: number };
      return [n.key, { x: at.x - width / 2, y: at.y - height / 2 }];
    }),
  );
}

function NodeDock({
  graph,
  node,
  onClose,
  onShow,
  onNode,
}: {
  graph: Graph;
  node: GraphNode;
  onClose: () => void;
  onShow: (filter: string, at?: number) => void;
  onNode: (key: string) => void;
}) {
  const kind: Kind = node.kind;
  const byKey = new Map(graph.nodes.map((n) => [n.key, n]));
  const list = (title: string, edges: GraphEdge[], end: 'from' | 'to') =>
    edges.length > 0 && (
      <section className="span-section">
        <h3>{title}</h3>
        {edges
          .sort((a, b) => b.count - a.count)
          .map((e) => (
            <div key={e[end]} className="graph-edge">
              <i className="swatch" style={{ background: `var(--k-${byKey.get(e[end])!.kind})` }} />
              <button className="link foreign-line" onClick={() => onNode(e[end])}>
                {visible(byKey.get(e[end])!.title, 80)}
              </button>
              {e.back && <span className="muted">loop</span>}
              <span className="end num">
                ×{count(e.count)}
                {e.errors > 0 && <span className="err"> ✕{count(e.errors)}</span>}
              </span>
            </div>
          ))}
      </section>
    );
  return (
    <Dock title={visible(node.title, 120)} onClose={onClose}>
      <div className="stack span-details">
        <dl className="facts">
          <dt>Kind</dt>
          <dd>
            <i className="swatch" style={{ background: `var(--k-${kind})` }} /> {kindOfNode(node)}
          </dd>
          <dt>Spans</dt>
          <dd className="num">{count(node.count)}</dd>
          {node.rounds > 0 && (
            <>
              <dt>Within itself</dt>
              <dd className="num">{count(node.rounds)}</dd>
            </>
          )}
          <dt>Errors</dt>
          <dd className={node.errors > 0 ? 'num err' : 'num'}>{count(node.errors)}</dd>
          <dt>Time</dt>
          <dd className="num">{duration(node.time)}</dd>
          {node.tokens > 0 && (
            <>
              <dt>Tokens</dt>
              <dd className="num">{count(node.tokens)}</dd>
            </>
          )}
          {node.cost > 0 && (
            <>
              <dt>Cost</dt>
              <dd className="num">{usd(node.cost)}</dd>
            </>
          )}
        </dl>
        <div>
          <button className="btn primary" onClick={() => onShow(node.filter, node.first)}>
            Show its spans
          </button>
        </div>
        {list(
          'Called by',
          graph.edges.filter((e) => e.to === node.key),
          'from',
        )}
        {list(
          'Calls',
          graph.edges.filter((e) => e.from === node.key),
          'to',
        )}
      </div>
    </Dock>
  );
}
