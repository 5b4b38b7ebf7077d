// What was said in a call, from the JSON of the GenAI conventions and from what providers and clients write in its place.
import { prettyJSON } from '@/lib/json';
import { parsePartial } from './partial';

export type Part =
  | { kind: 'text' | 'reasoning'; text: string }
  | { kind: 'call'; id?: string; name: string; text: string }
  | { kind: 'result'; id?: string; name?: string; text: string; media?: Media[] }
  | Media
  | { kind: 'gap'; messages?: number; bytes?: number } // what was left out; neither: how much is not known
  | { kind: 'other'; type: string; text: string };

/** data: a data: URI; attachment: the id of a picture that is kept beside the messages. */
export type Media = {
  kind: 'media';
  modality: string;
  mime?: string;
  size?: number;
  uri?: string;
  data?: string;
  attachment?: string;
};

export interface Message {
  role: string;
  parts: Part[];
  finish?: string;
  name?: string;
}

/** whole: all of it. cut: the end or the oldest messages are missing. text: no JSON. hash: only a fingerprint was kept. none: nothing. */
export type State = 'whole' | 'cut' | 'text' | 'hash' | 'none';

export interface Content {
  state: State;
  messages: Message[];
  hash?: string;
  missing?: number; // bytes of older messages that were left out when it was captured
  gaps?: boolean; // messages stand for others that were left out
}

const fingerprint = /^sha256:[0-9a-f]{64}$/;
const cutMark = /…\[cut (\d+) bytes\]$/;

/** Messages as they are stored. role is whose they are where they do not say. */
export function parseMessages(text: string | undefined, role: string): Content {
  if (!text) return { state: 'none', messages: [] };
  if (fingerprint.test(text)) return { state: 'hash', messages: [], hash: text.slice(7) };
  const parsed = parsePartial(text);
  if (parsed === null || typeof parsed.value !== 'object' || parsed.value === null) {
    const said = typeof parsed?.value === 'string' ? parsed.value : text;
    return {
      state: parsed ? 'whole' : cutMark.test(text) ? 'cut' : 'text',
      messages: [{ role, parts: [{ kind: 'text', text: said }] }],
    };
  }
  const messages = readMessages(parsed.value, role);
  const only = messages.length === 1 && messages[0]!.parts.length === 1 ? messages[0]!.parts[0]! : undefined;
  // A sender that keeps fingerprints only: its text was made a message.
  if (only?.kind === 'text' && fingerprint.test(only.text))
    return { state: 'hash', messages: [], hash: only.text.slice(7) };
  // Messages that were cut before they were stored are no JSON, so they are one text then: this is what is in it.
  if (only?.kind === 'text' && /^\s*\[\s*\{\s*"(role|parts|content)"/.test(only.text)) {
    const inner = parsePartial(only.text.replace(cutMark, ''));
    if (Array.isArray(inner?.value))
      return { state: inner.cut ? 'cut' : 'whole', messages: readMessages(inner.value, role) };
  }
  const gone = missingBefore(messages[0]);
  if (gone !== undefined) messages.shift();
  const gaps = markGaps(messages);
  return { state: parsed.cut || gaps || gone !== undefined ? 'cut' : 'whole', messages, missing: gone, gaps };
}

// A first message that is nothing but the mark of a cut stands for older ones.
function missingBefore(m: Message | undefined): number | undefined {
  const only = m?.role === 'system' && m.parts.length === 1 ? m.parts[0]! : undefined;
  if (only?.kind !== 'text') return undefined;
  const mark = /^…\[cut (\d+) bytes\]$/.exec(only.text);
  return mark ? Number(mark[1]) : undefined;
}

// Messages that stand for others become gaps: "…[left out 12 messages, 3456 bytes]", "…[cut 3456 bytes]", "…[the rest is missing]".
function markGaps(messages: Message[]): true | undefined {
  let found: true | undefined;
  for (const m of messages) {
    const only = m.role === 'system' && m.parts.length === 1 ? m.parts[0]! : undefined;
    if (only?.kind !== 'text' || !only.text.startsWith('…[')) continue;
    const mark = /^…\[(?:left out (\d+) messages, (\d+) bytes|cut (\d+) bytes|the rest is missing)\]$/.exec(only.text);
    if (!mark) continue;
    const bytes = mark[2] ?? mark[3];
    m.parts = [
      {
        kind: 'gap',
        messages: mark[1] === undefined ? undefined : Number(mark[1]),
        bytes: bytes === undefined ? undefined : Number(bytes),
      },
    ];
    found = true;
  }
  return found;
}

type Obj = Record<string, unknown>;

const isObject = (v: unknown): v is Obj => typeof v === 'object' && v !== null && !Array.isArray(v);

const text = (v: unknown): string | undefined => (typeof v === 'string' ? v : undefined);

const first = (o: Obj, ...keys: string[]): unknown => keys.map((k) => o[k]).find((v) => v !== undefined && v !== null);

/** A JSON value for people: texts as they are, all else indented. */
export function readable(v: unknown): string {
  if (typeof v === 'string') return prettyJSON(v) ?? v;
  if (v === undefined) return '';
  return JSON.stringify(v, null, 2);
}

function readMessages(v: unknown, role: string): Message[] {
  if (Array.isArray(v)) {
    const out: Message[] = [];
    let loose: Part[] | null = null;
    for (const e of v as unknown[]) {
      if (isObject(e) && isMessage(e)) {
        loose = null;
        out.push(readMessage(e, role));
      } else {
        const parts = readParts(e);
        if (loose) loose.push(...parts);
        else if (parts.length > 0) out.push({ role, parts: (loose = parts) });
      }
    }
    return out;
  }
  if (isObject(v)) {
    for (const key of ['messages', 'contents', 'output', 'choices', 'candidates'])
      if (Array.isArray(v[key])) return readMessages(v[key], role);
    if (isMessage(v)) return [readMessage(v, role)];
  }
  return [{ role, parts: readParts(v) }];
}

const isMessage = (o: Obj): boolean =>
  typeof o.role === 'string' || isObject(o.message) || (isObject(o.content) && Array.isArray(o.content.parts));

function readMessage(o: Obj, role: string): Message {
  if (isObject(o.message))
    return { ...readMessage(o.message, role), finish: text(first(o, 'finish_reason', 'finishReason')) || undefined };
  const inner = isObject(o.content) && Array.isArray(o.content.parts) ? o.content : o;
  const says = text(o.role) || text(inner.role) || role;
  const m: Message = {
    role: says === 'model' ? 'assistant' : says,
    parts: [],
    finish: text(first(o, 'finish_reason', 'finishReason')) || undefined,
    name: text(o.name),
  };
  const answered = text(first(o, 'tool_call_id', 'toolCallId'));
  const reasoning = text(first(inner, 'reasoning_content', 'reasoning'));
  if (reasoning) m.parts.push({ kind: 'reasoning', text: reasoning });
  if (answered !== undefined && !Array.isArray(inner.content)) {
    m.parts.push({ kind: 'result', id: answered, text: readable(inner.content) });
  } else {
    for (const key of ['parts', 'content']) if (inner[key] != null) m.parts.push(...readParts(inner[key]));
  }
  for (const key of ['tool_calls', 'toolCalls'])
    if (Array.isArray(inner[key])) m.parts.push(...inner[key].flatMap((c) => readCall(c)));
  return m;
}

/** Parts of a message, or of system instructions: a text, one part, or a list. */
export function readParts(v: unknown): Part[] {
  if (v === null || v === undefined) return [];
  if (typeof v === 'string') return v === '' ? [] : [{ kind: 'text', text: v }];
  if (Array.isArray(v)) return v.flatMap((e) => readParts(e));
  if (!isObject(v)) return [{ kind: 'text', text: JSON.stringify(v) }];
  return [readPart(v)];
}

function readPart(o: Obj): Part {
  const type = text(o.type) ?? '';
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
    case 'summary_text':
    case 'refusal': {
      const said = first(o, 'content', 'text', 'refusal');
      return { kind: 'text', text: typeof said === 'string' ? said : readable(said) };
    }
    case 'reasoning':
    case 'thinking':
      return { kind: 'reasoning', text: readable(first(o, 'content', 'text', 'thinking', 'summary')) };
    case 'tool_call':
    case 'tool-call':
    case 'tool_use':
    case 'function_call':
    case 'function':
    case 'server_tool_call':
      return readCall(o)[0]!;
    case 'tool_call_response':
    case 'tool_result':
    case 'tool-result':
    case 'function_call_output':
    case 'server_tool_call_response':
      return readResult(o, first(o, 'response', 'result', 'output', 'content'));
    case 'uri':
    case 'blob':
    case 'file':
    case 'image':
    case 'image_url':
    case 'input_image':
    case 'input_audio':
    case 'input_file':
    case 'audio':
    case 'video':
    case 'document':
      return readMedia(o, type);
  }
  if (type === '') {
    const call = first(o, 'functionCall', 'function_call');
    if (isObject(call)) return readCall(call)[0]!;
    const response = first(o, 'functionResponse', 'function_response');
    if (isObject(response))
      return { kind: 'result', id: text(response.id), name: text(response.name), text: readable(response.response) };
    const inline = first(o, 'inlineData', 'inline_data', 'fileData', 'file_data');
    if (isObject(inline)) return readMedia(inline, '');
    if (typeof o.text === 'string') return { kind: o.thought === true ? 'reasoning' : 'text', text: o.text };
    if (typeof o.content === 'string') return { kind: 'text', text: o.content };
  }
  return { kind: 'other', type: type || 'unknown', text: readable(o) };
}

// A tool may answer with parts, pictures among them: a screenshot, a chart.
function readResult(o: Obj, answer: unknown): Part {
  const parts = Array.isArray(answer) ? (answer as unknown[]).filter((e): e is Obj => isObject(e)) : [];
  const media = parts
    .filter((e) => e.type === 'blob' || e.type === 'uri' || e.type === 'image' || e.type === 'image_url')
    .map((e) => readMedia(e, String(e.type)));
  const result: Part = {
    kind: 'result',
    id: text(first(o, 'id', 'tool_call_id', 'tool_use_id', 'toolCallId', 'call_id')),
    name: text(first(o, 'name', 'toolName')),
    text: readable(answer),
  };
  if (media.length === 0) return result;
  const said = parts.filter((e) => e.type === 'text').map((e) => text(first(e, 'content', 'text')) ?? '');
  return { ...result, text: said.length + media.length === parts.length ? said.join('\n') : result.text, media };
}

function readCall(v: unknown): Part[] {
  if (!isObject(v)) return [];
  const f = isObject(v.function) ? v.function : v;
  return [
    {
      kind: 'call',
      id: text(first(v, 'call_id', 'id', 'toolCallId', 'tool_call_id')),
      name: text(first(f, 'name', 'toolName', 'tool_name')) ?? 'a tool without a name',
      text: readable(first(f, 'arguments', 'input', 'args')),
    },
  ];
}

// Only such pictures are shown, from the page itself: an SVG is a document.
const picture = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$/;

function readMedia(o: Obj, type: string): Media {
  const source = isObject(o.source)
    ? o.source
    : isObject(o.image_url)
      ? o.image_url
      : isObject(o.input_audio)
        ? o.input_audio
        : isObject(o.file)
          ? o.file
          : o;
  const mime =
    text(first(o, 'mime_type', 'mimeType', 'media_type', 'mediaType')) ??
    text(first(source, 'media_type', 'mime_type'));
  const from = text(first(source, 'uri', 'url', 'image_url', 'fileUri', 'file_uri', 'data', 'content', 'file_data'));
  const said = text(o.modality);
  const modality = said ?? ['image', 'audio', 'video'].find((m) => type.includes(m) || mime?.startsWith(m)) ?? 'file';
  const part: Media = { kind: 'media', modality, mime, size: typeof o.size === 'number' ? o.size : undefined };
  if (typeof o.attachment === 'string') part.attachment = o.attachment;
  if (from === undefined) return part;
  if (from.startsWith('data:')) {
    part.mime ??= /^data:([^;,]+)/.exec(from)?.[1];
    part.size ??= Math.floor(((from.length - from.indexOf(',') - 1) * 3) / 4);
    if (picture.test(from)) part.data = from;
  } else if (from.length <= 4096 && /^[a-z][a-z0-9+.-]*:/i.test(from)) {
    part.uri = from;
  } else {
    part.size ??= Math.floor((from.length * 3) / 4);
    const uri = `data:${mime};base64,${from}`;
    if (mime && picture.test(uri)) part.data = uri;
  }
  return part;
}

/** System instructions: parts, messages, or a text. */
export const parseInstructions = (stored: string | undefined): Content => parseMessages(stored, 'system');

/** Texts of a message in one, as one would copy it. */
export function plainText(parts: Part[]): string {
  return parts
    .map((p) => {
      switch (p.kind) {
        case 'call':
          return `${p.name}(${p.text})`;
        case 'media':
          return `[${p.modality}${p.uri ? ` ${p.uri}` : ''}]`;
        case 'gap':
          return '';
        case 'result':
          return [p.text, ...(p.media ?? []).map((e) => `[${e.modality}]`)].filter(Boolean).join('\n');
        default:
          return p.text;
      }
    })
    .join('\n');
}

/** The first words that were said, for a row: those of the user where there are any. Takes a text that was cut. */
export function preview(stored: string | undefined, role: string, most = 200): string {
  const { state, messages, hash } = parseMessages(stored, role);
  if (state === 'none') return '';
  if (hash) return `sha256:${hash.slice(0, 12)}…`;
  const said =
    messages.find((m) => m.role === 'user' && m.parts.length > 0) ?? messages.find((m) => m.parts.length > 0);
  if (!said) return '';
  const line = plainText(said.parts).replace(/\s+/g, ' ').trim();
  return line.length > most ? line.slice(0, most) + '…' : line;
}
