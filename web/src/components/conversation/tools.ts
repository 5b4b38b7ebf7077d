// Tools that a call offered to its model, wherever its client wrote them.

export interface Tool {
  name: string;
  description: string;
  schema: string; // of the arguments, indented; '' where there is none
}

type Obj = Record<string, unknown>;

const isObject = (v: unknown): v is Obj => typeof v === 'object' && v !== null && !Array.isArray(v);

const whole = [
  'gen_ai.tool.definitions',
  'ai.prompt.tools',
  'gen_ai.request.tools',
  'langfuse.observation.metadata.tools',
  'llm.request.tools',
  'tools',
];
const numbered = [
  /^llm\.tools\.(\d+)\.tool\.json_schema$/,
  /^llm\.request\.functions\.(\d+)\.(name|description|parameters)$/,
];

/** The tools in the attributes of a span. unread is what should hold tools and could not be read. */
export function toolsOf(attributes: Record<string, string> | undefined): { tools: Tool[]; unread: string[] } {
  const tools: Tool[] = [];
  const unread: string[] = [];
  if (!attributes) return { tools, unread };
  for (const key of whole) {
    const text = attributes[key];
    if (!text || tools.length > 0) continue;
    const found = read(text);
    if (found.length > 0) tools.push(...found);
    else if (text !== '[]' && key !== 'tools') unread.push(key);
  }
  if (tools.length > 0) return { tools, unread };
  const byNumber = new Map<number, Obj>();
  for (const [key, value] of Object.entries(attributes)) {
    const schema = numbered[0]!.exec(key);
    if (schema) {
      const parsed = parse(value);
      if (isObject(parsed)) byNumber.set(Number(schema[1]), parsed);
      else unread.push(key);
    }
    const part = numbered[1]!.exec(key);
    if (part) {
      const at = Number(part[1]);
      byNumber.set(at, { ...byNumber.get(at), [part[2]!]: part[2] === 'parameters' ? parse(value) : value });
    }
  }
  for (const at of [...byNumber.keys()].sort((a, b) => a - b)) tools.push(...one(byNumber.get(at)));
  return { tools, unread };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function read(text: string): Tool[] {
  const v = parse(text);
  if (Array.isArray(v)) return v.flatMap((e: unknown) => one(typeof e === 'string' ? parse(e) : e));
  if (!isObject(v)) return [];
  const listed = one(v);
  // a map of names to tools
  return listed.length > 0
    ? listed
    : Object.entries(v).flatMap(([name, e]) => (isObject(e) ? one({ name, ...e }) : []));
}

function one(v: unknown): Tool[] {
  if (!isObject(v)) return [];
  if (Array.isArray(v.functionDeclarations)) return v.functionDeclarations.flatMap((e) => one(e)); // Gemini
  const f = isObject(v.function) ? v.function : v;
  const name =
    typeof f.name === 'string' ? f.name : typeof v.type === 'string' && v.type !== 'function' ? v.type : undefined;
  if (name === undefined) return [];
  const schema = [f.parameters, f.inputSchema, f.input_schema, f.schema, f.arguments].find(
    (s) => s !== undefined && s !== null,
  );
  return [
    {
      name,
      description: typeof f.description === 'string' ? f.description : '',
      schema: schema === undefined ? '' : typeof schema === 'string' ? schema : JSON.stringify(schema, null, 2),
    },
  ];
}
