// What was said in a call: instructions, tools, messages, answer. All of it came from outside: it is text, never HTML.
import { useMemo, useState } from 'react';
import type { Span } from '@/api/client';
import { Cut, Fingerprint, NothingKept } from '@/components/conversation/Kept';
import { lengthOf, pairTools, shares } from '@/components/conversation/estimate';
import {
  parseInstructions,
  parseMessages,
  plainText,
  readable,
  type Content,
  type Message,
} from '@/components/conversation/messages';
import { Pictures, picturesOf } from '@/components/conversation/captured';
import { PartView, type Pairs } from '@/components/conversation/Parts';
import { Tools } from '@/components/conversation/Tools';
import { LongText } from '@/components/LongText';
import { Copy } from '@/components/Copy';
import { count, plural } from '@/lib/format';
import { visible } from '@/lib/foreign';
import '@/components/conversation.css';

export interface ConversationProps {
  span: Span;
  preview?: boolean; // the span is a row of a list, whose texts are cut: no word about what is missing
}

/** The messages of a span of a model, or arguments and result of a tool. */
export function Conversation({ span, preview = false }: ConversationProps) {
  const g = span.genai;
  const input = useMemo(() => parseMessages(g?.input_messages, 'user'), [g?.input_messages]);
  const output = useMemo(() => parseMessages(g?.output_messages, 'assistant'), [g?.output_messages]);
  const system = useMemo(() => parseInstructions(g?.system_instructions), [g?.system_instructions]);
  const pairs = useMemo(() => pairTools([...input.messages, ...output.messages]), [input, output]);
  const called = useMemo(() => new Set(pairs.names.values()), [pairs]);
  const estimates = useMemo(
    () => estimate(span, system, input, output, preview),
    [span, system, input, output, preview],
  );
  const pictures = useMemo(() => picturesOf(span), [span]);
  const said = g?.tool_arguments !== undefined || g?.tool_result !== undefined;

  if (!g) return null;
  if (said) return <ToolRun span={span} />;
  if (input.state === 'none' && output.state === 'none' && system.state === 'none')
    return preview ? null : <NothingKept />;
  return (
    <Pictures.Provider value={pictures}>
      <div className="conv">
        {system.state === 'hash' && <Fingerprint hash={system.hash!} what="the system instructions" />}
        {system.messages.length > 0 && <Instructions content={system} tokens={estimates.system} />}
        {!preview && <Tools attributes={span.attributes} called={called} />}
        {input.state === 'hash' && <Fingerprint hash={input.hash!} what="the prompt" />}
        {!preview && <Cut content={input} what="The prompt" />}
        <Messages messages={input.messages} pairs={pairs} tokens={estimates.input} />
        {output.state === 'hash' && <Fingerprint hash={output.hash!} what="the answer" />}
        {!preview && <Cut content={output} what="The answer" />}
        {output.messages.map((m, i) => (
          <MessageView key={i} message={m} pairs={pairs} tokens={estimates.output[i]} answer />
        ))}
        {!preview && output.state === 'none' && <NoAnswer span={span} />}
      </div>
    </Pictures.Provider>
  );
}

function NoAnswer({ span }: { span: Span }) {
  const why =
    span.genai?.operation === 'embeddings'
      ? 'The answer is vectors, which are not kept.'
      : span.status === 'error'
        ? 'The call failed: there is no answer.'
        : 'The answer was not kept, or the client did not send it.';
  return <div className="conv-note">{why}</div>;
}

// estimate spreads input tokens over instructions and messages. Tools take part where they are known.
function estimate(span: Span, system: Content, input: Content, output: Content, off: boolean) {
  const usage = span.genai?.usage;
  const known = !off && input.state === 'whole' && input.messages.length > 1;
  const tools = Object.entries(span.attributes ?? {}).reduce(
    (n, [k, v]) => (/tool\.definitions|prompt\.tools|llm\.tools/.test(k) ? n + v.length : n),
    0,
  );
  const lengths = [system.messages.reduce((n, m) => n + lengthOf(m), 0), tools, ...input.messages.map(lengthOf)];
  const [forSystem, , ...forInput] = shares(lengths, known ? usage?.input_tokens : undefined);
  const visibleOutput =
    usage?.output_tokens === undefined ? undefined : usage.output_tokens - (usage.reasoning_tokens ?? 0);
  const forOutput = shares(
    output.messages.map(lengthOf),
    !off && output.state === 'whole' && output.messages.length > 1 ? visibleOutput : undefined,
  );
  return { system: forSystem ?? null, input: forInput, output: forOutput };
}

function Instructions({ content, tokens }: { content: Content; tokens: number | null }) {
  const parts = content.messages.flatMap((m) => m.parts);
  const none = useMemo(() => ({ names: new Map<string, string>(), answered: new Set<string>() }), []);
  return (
    <article className="conv-part" data-role="system" aria-label="System instructions">
      <header>
        <b>system</b>
        <Estimate tokens={tokens} />
        <span className="end">
          <Copy text={plainText(parts)} what="Copy the instructions" />
        </span>
      </header>
      {parts.map((p, i) =>
        p.kind === 'text' ? (
          <LongText key={i} text={p.text} most={900} lines={8} copy={false} />
        ) : (
          <PartView key={i} part={p} pairs={none} />
        ),
      )}
    </article>
  );
}

const lastOnes = 12;
const step = 100;

// Messages shows the last ones of a long history at once, and earlier ones on demand.
function Messages({ messages, pairs, tokens }: { messages: Message[]; pairs: Pairs; tokens: (number | null)[] }) {
  const [more, setMore] = useState(0);
  const from = Math.max(0, messages.length - lastOnes - more);
  const hidden = from <= 2 ? 0 : from;
  // What was left out is said also while the messages around it are folded away.
  const gaps = messages.slice(0, hidden).filter((m) => m.parts[0]?.kind === 'gap');
  return (
    <>
      {gaps.map((m, i) => (
        <MessageView key={`gap${i}`} message={m} pairs={pairs} />
      ))}
      {hidden > 0 && (
        <button className="conv-earlier" onClick={() => setMore(more + step)}>
          Show {hidden > step ? `${step} of ${count(hidden)}` : plural(hidden, 'earlier message')}
          {hidden > step ? ' earlier messages' : ''}
        </button>
      )}
      {messages.slice(hidden).map((m, i) => (
        <MessageView key={hidden + i} message={m} pairs={pairs} tokens={tokens[hidden + i]} />
      ))}
    </>
  );
}

/** One message with its parts. */
export function MessageView({
  message,
  pairs,
  tokens,
  answer = false,
}: {
  message: Message;
  pairs: Pairs;
  tokens?: number | null;
  answer?: boolean;
}) {
  const role = message.role.toLowerCase();
  const only = message.parts.length === 1 ? message.parts[0]! : undefined;
  if (only?.kind === 'gap') return <PartView part={only} pairs={pairs} />;
  return (
    <article
      className="conv-part"
      data-role={role}
      data-answer={answer || undefined}
      aria-label={`${visible(message.role, 40)}${answer ? ', the answer' : ''}`}
    >
      <header>
        <b className="foreign-line">{visible(message.role, 40)}</b>
        {message.name && <span className="muted foreign-line">{visible(message.name, 60)}</span>}
        {answer && <span className="tag">answer</span>}
        {message.finish && (
          <span className={badFinish(message.finish) ? 'tag warn' : 'tag'}>{visible(message.finish, 40)}</span>
        )}
        <Estimate tokens={tokens ?? null} />
        <span className="end">
          <Copy text={plainText(message.parts)} what="Copy the message" />
        </span>
      </header>
      {message.parts.length === 0 ? (
        <span className="muted">says nothing</span>
      ) : (
        message.parts.map((p, i) => <PartView key={i} part={p} pairs={pairs} />)
      )}
    </article>
  );
}

/** Reasons that mean an answer is not what was asked for. */
export const badFinish = (reason: string): boolean =>
  !['stop', 'tool_call', 'tool_calls', 'end_turn', 'tool_use', 'STOP'].includes(reason);

function Estimate({ tokens }: { tokens: number | null }) {
  if (tokens === null) return null;
  return (
    <span className="muted num" title="Estimated by length: providers report the sum of a call only">
      ≈ {count(tokens)} tokens
    </span>
  );
}

// ToolRun shows what a tool was given and what it gave.
function ToolRun({ span }: { span: Span }) {
  const g = span.genai!;
  const hash = (s: string | undefined) => (s && /^sha256:[0-9a-f]{64}$/.test(s) ? s.slice(7) : undefined);
  return (
    <div className="conv">
      {[
        { title: 'Arguments', text: g.tool_arguments, what: 'the arguments' },
        { title: 'Result', text: g.tool_result, what: 'the result' },
      ].map(({ title, text, what }) =>
        hash(text) ? (
          <Fingerprint key={title} hash={hash(text)!} what={what} />
        ) : (
          <article key={title} className="conv-part" data-role="tool" aria-label={title}>
            <header>
              <b>{title}</b>
            </header>
            {text ? (
              <LongText text={readable(text)} mono />
            ) : (
              <span className="muted">
                {title === 'Result' && span.status === 'error' ? 'The tool failed.' : 'Nothing was kept.'}
              </span>
            )}
          </article>
        ),
      )}
    </div>
  );
}
