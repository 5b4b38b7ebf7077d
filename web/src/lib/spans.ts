// What a span is about: one kind each, with a color of its own in every chart and row.
import type { Span } from '@/api/client';

export const kinds = ['agent', 'llm', 'tool', 'retrieval', 'http', 'db', 'other'] as const;
export type Kind = (typeof kinds)[number];

/** What people call a kind. */
export const kindName: Record<Kind, string> = {
  agent: 'agent',
  llm: 'model',
  tool: 'tool',
  retrieval: 'retrieval',
  http: 'HTTP',
  db: 'database',
  other: 'other',
};

/** The variable of the theme with the color of a kind: var(${kindColor(k)}). */
export const kindColor = (kind: Kind): string => `--k-${kind}`;

const operations: Record<string, Kind> = {
  chat: 'llm',
  generate_content: 'llm',
  text_completion: 'llm',
  embeddings: 'llm',
  speech: 'llm',
  transcription: 'llm',
  image_generation: 'llm',
  invoke_agent: 'agent',
  create_agent: 'agent',
  plan: 'agent',
  invoke_workflow: 'agent',
  handoff: 'agent',
  execute_tool: 'tool',
  retrieval: 'retrieval',
  rerank: 'retrieval',
  search_memory: 'retrieval',
};

// How other conventions say it: OpenInference, OpenLLMetry, Langfuse.
const foreignKinds: Record<string, Kind> = {
  llm: 'llm',
  embedding: 'llm',
  generation: 'llm',
  agent: 'agent',
  workflow: 'agent',
  task: 'agent',
  chain: 'agent',
  tool: 'tool',
  retriever: 'retrieval',
  reranker: 'retrieval',
};

/** The kind of a span, from its operation, or from what its attributes tell. */
export function kindOf(span: Pick<Span, 'genai' | 'attributes' | 'http_method' | 'kind'>): Kind {
  const genai = span.genai;
  if (genai) {
    const known = genai.operation ? operations[genai.operation] : undefined;
    if (known) return known;
    if (genai.call) return 'llm';
    if (genai.tool) return 'tool';
  }
  const a = span.attributes;
  if (a) {
    const said = a['openinference.span.kind'] ?? a['traceloop.span.kind'] ?? a['langfuse.observation.type'];
    const known = said ? foreignKinds[said.toLowerCase()] : undefined;
    if (known) return known;
    if (a['mcp.method.name'] !== undefined) return 'tool';
    if (
      a['db.system.name'] !== undefined ||
      a['db.system'] !== undefined ||
      a['db.query.text'] !== undefined ||
      a['db.statement'] !== undefined
    )
      return 'db';
  }
  if (span.http_method) return 'http';
  if (
    a &&
    (a['http.request.method'] !== undefined ||
      a['http.method'] !== undefined ||
      a['rpc.system'] !== undefined ||
      a['rpc.system.name'] !== undefined)
  )
    return 'http';
  if (genai?.agent || genai?.workflow) return 'agent';
  return 'other';
}

/** Input and output tokens of a span; null where it tells none. */
export function tokensOf(span: Pick<Span, 'genai'>): number | null {
  const usage = span.genai?.usage;
  if (!usage || (usage.input_tokens === undefined && usage.output_tokens === undefined)) return null;
  return (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
}

/** Whether a span failed. */
export const failed = (span: Pick<Span, 'status'>): boolean => span.status === 'error';
