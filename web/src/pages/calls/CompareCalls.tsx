// Two calls side by side: facts with what differs marked, messages with what changed in them.
import { Link } from '@tanstack/react-router';
import { ArrowLeftRight } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import type { Span } from '@/api/client';
import { parseInstructions, parseMessages, plainText } from '@/components/conversation/messages';
import { Empty } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { LongText } from '@/components/LongText';
import { When } from '@/components/When';
import { count, duration, figures, percent, plural, unknown, usd } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { useUrlState } from '@/lib/search';
import { useCall } from './CallDetails';
import { cachedShare, speed } from './columns';
import { alignMessages, diffTexts, type Piece, type Said } from './diff';
import { parametersOf } from './usage';
import './compare.css';

export default function CompareCalls() {
  const [search, set] = useUrlState();
  const [ta = '', sa = ''] = (search.a ?? '').split(':');
  const [tb = '', sb = ''] = (search.b ?? '').split(':');
  const a = useCall(ta, sa, sa !== ''),
    b = useCall(tb, sb, sb !== '');
  if (!sa || !sb)
    return (
      <Empty title="Two calls are needed to compare">
        <p>
          Choose two in <Link to="/calls">the list of calls</Link>: with <kbd>c</kbd> or their boxes.
        </p>
      </Empty>
    );
  return (
    <div className="page stack">
      <div className="pair-head">
        <Head span={a.data} trace={ta} id={sa} name="A" />
        <button
          className="btn"
          onClick={() => set({ a: search.b, b: search.a }, true)}
          aria-label="Swap the two"
          title="Swap the two"
        >
          <ArrowLeftRight aria-hidden />
        </button>
        <Head span={b.data} trace={tb} id={sb} name="B" />
      </div>
      {[a, b].map((q, i) => q.isError && <ErrorNote key={i} error={q.error} retry={() => void q.refetch()} />)}
      {a.data && b.data ? (
        <>
          <FactsOfTwo a={a.data} b={b.data} />
          <MessagesOfTwo a={a.data} b={b.data} />
        </>
      ) : (
        !a.isError && !b.isError && <Loading />
      )}
    </div>
  );
}

function Head({ span, trace, id, name }: { span?: Span; trace: string; id: string; name: string }) {
  return (
    <div className="pair-name">
      <span className="tag accent">{name}</span>
      <Link to="/calls/$trace/$span" params={{ trace, span: id } as never} className="foreign-line">
        {span ? visible(span.genai?.model ?? span.name ?? id, 120) : id}
      </Link>
      {span && (
        <span className="muted">
          <When at={span.time} style="full" />
        </span>
      )}
    </div>
  );
}

interface Row {
  title: string;
  of: (s: Span) => string | undefined;
  number?: (s: Span) => number | undefined; // for how much more
}

const facts: Row[] = [
  { title: 'Status', of: (s) => (s.error_type ? `${s.status}: ${s.error_type}` : s.status) },
  { title: 'Duration', of: (s) => duration(s.duration_ns), number: (s) => s.duration_ns },
  { title: 'Time to first token', of: (s) => duration(s.genai?.ttft_ns), number: (s) => s.genai?.ttft_ns },
  { title: 'Tokens a second', of: (s) => (speed(s) === undefined ? unknown : figures(speed(s)!)), number: speed },
  {
    title: 'Input tokens',
    of: (s) => count(s.genai?.usage?.input_tokens),
    number: (s) => s.genai?.usage?.input_tokens,
  },
  { title: 'Cached', of: (s) => percent(cachedShare(s)) },
  {
    title: 'Output tokens',
    of: (s) => count(s.genai?.usage?.output_tokens),
    number: (s) => s.genai?.usage?.output_tokens,
  },
  {
    title: 'Reasoning tokens',
    of: (s) => count(s.genai?.usage?.reasoning_tokens),
    number: (s) => s.genai?.usage?.reasoning_tokens,
  },
  {
    title: 'Cost',
    of: (s) => usd(s.genai?.cost_usd),
    number: (s) => (s.genai?.cost_usd === undefined ? undefined : Number(s.genai.cost_usd)),
  },
  { title: 'Price', of: (s) => s.genai?.price_version },
  { title: 'Finish', of: (s) => s.genai?.finish_reasons?.join(', ') },
  { title: 'Provider', of: (s) => s.genai?.provider },
  { title: 'Model', of: (s) => s.genai?.model },
  { title: 'Answered by', of: (s) => s.genai?.response_model },
  { title: 'Operation', of: (s) => s.genai?.operation },
  { title: 'Streamed', of: (s) => (s.genai?.streaming ? 'yes' : undefined) },
  {
    title: 'Prompt template',
    of: (s) => s.genai?.prompt_name && `${s.genai.prompt_name} ${s.genai.prompt_version ?? ''}`.trim(),
  },
  { title: 'Agent', of: (s) => s.genai?.agent },
  { title: 'Service', of: (s) => s.service },
  { title: 'Environment', of: (s) => s.environment },
  { title: 'User', of: (s) => s.user_id },
  { title: 'Session', of: (s) => s.session_id },
  { title: 'Tenant', of: (s) => s.tenant_id },
  { title: 'Key', of: (s) => s.key_id },
  { title: 'Library', of: (s) => s.scope && `${s.scope} ${s.scope_version ?? ''}`.trim() },
];

function FactsOfTwo({ a, b }: { a: Span; b: Span }) {
  const [all, setAll] = useState(false);
  const rows = useMemo(() => {
    const parameters = [parametersOf(a), parametersOf(b)].map((p) => new Map(p));
    const names = [...new Set(parameters.flatMap((p) => [...p.keys()]))].slice(0, 40);
    const listed = [...facts, ...names.map((n): Row => ({ title: n, of: (s) => parameters[s === a ? 0 : 1]!.get(n) }))];
    return listed
      .map((r) => ({
        title: r.title,
        a: r.of(a) ?? unknown,
        b: r.of(b) ?? unknown,
        more: difference(r.number?.(a), r.number?.(b)),
      }))
      .filter((r) => r.a !== unknown || r.b !== unknown);
  }, [a, b]);
  const shown = all ? rows : rows.filter((r) => r.a !== r.b);
  const same = rows.length - rows.filter((r) => r.a !== r.b).length;
  return (
    <section className="panel" aria-label="Facts">
      {shown.length > 0 && (
        <div className="pair-scroll" tabIndex={0} role="group" aria-label="Facts of both">
          <table className="plain pair-facts">
            <thead>
              <tr>
                <th scope="col">Fact</th>
                <th scope="col">A</th>
                <th scope="col">B</th>
                <th scope="col">B to A</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((r) => (
                <tr key={r.title} data-differs={r.a !== r.b}>
                  <th scope="row" className="foreign">
                    {visible(r.title, 60)}
                  </th>
                  <td className="foreign">{visible(r.a, 300)}</td>
                  <td className="foreign">{visible(r.b, 300)}</td>
                  <td className="num">
                    {r.more ??
                      (r.a !== r.b ? <span className="muted">differs</span> : <span className="muted">same</span>)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length === 0 && <p className="pair-none muted">No fact differs.</p>}
      {same > 0 && (
        <button className="btn bare small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Only what differs' : `Show ${count(same)} more that are the same`}
        </button>
      )}
    </section>
  );
}

// difference is how much more b is than a.
function difference(a: number | undefined, b: number | undefined): string | undefined {
  if (a === undefined || b === undefined || a === b) return undefined;
  if (a === 0) return undefined;
  const times = b / a;
  return times >= 10 || times <= 0.1 ? `× ${figures(times)}` : `${b > a ? '+' : '−'}${percent(Math.abs(times - 1))}`;
}

const most = 400; // messages of each that are compared

function saidIn(s: Span): Said[] {
  const g = s.genai;
  const all = [
    ...parseInstructions(g?.system_instructions).messages.map((m) => ({
      role: 'system instructions',
      text: plainText(m.parts),
    })),
    ...parseMessages(g?.input_messages, 'user').messages.map((m) => ({ role: m.role, text: plainText(m.parts) })),
    ...parseMessages(g?.output_messages, 'assistant').messages.map((m) => ({
      role: 'answer',
      text: plainText(m.parts),
    })),
  ];
  return all.slice(-most);
}

function MessagesOfTwo({ a, b }: { a: Span; b: Span }) {
  const rows = useMemo(() => alignMessages(saidIn(a), saidIn(b)), [a, b]);
  const [all, setAll] = useState(false);
  const same = rows.filter(([x, y]) => x && y && x.text === y.text).length;
  const shown = all ? rows : rows.filter(([x, y]) => !x || !y || x.text !== y.text);
  if (rows.length === 0) return <p className="muted">Neither has messages that were kept.</p>;
  return (
    <section className="panel pair-messages" aria-label="Messages">
      {same > 0 && (
        <button className="btn bare small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Only what differs' : `${plural(same, 'message is', 'messages are')} the same in both: show`}
        </button>
      )}
      {shown.length === 0 && <p className="pair-none muted">Every message is the same.</p>}
      {shown.map(([x, y], i) => (
        <PairView key={`${all}${i}`} a={x} b={y} />
      ))}
    </section>
  );
}

function PairView({ a, b }: { a?: Said; b?: Said }) {
  const pieces = useMemo(() => (a && b && a.text !== b.text ? diffTexts(a.text, b.text) : null), [a, b]);
  const unmarked = a && b && a.text !== b.text && pieces === null;
  const side = (m: Said | undefined, kind: 'gone' | 'new'): ReactNode => {
    if (!m) return <span className="muted">no such message</span>;
    if (pieces && m.text.length < 200_000)
      return <Marked pieces={pieces.filter((p) => p.kind === 'same' || p.kind === kind)} />;
    return <LongText text={m.text} />;
  };
  return (
    <article className="pair" aria-label={visible((a ?? b)!.role, 40)}>
      <h2>
        {visible((a ?? b)!.role, 40)}
        {a && b && a.text === b.text && <span className="muted"> the same</span>}
        {unmarked && <span className="muted"> too long and too different to mark what changed</span>}
      </h2>
      <div className="pair-sides">
        <div data-side="A" tabIndex={0} role="group" aria-label="A">
          {side(a, 'gone')}
        </div>
        <div data-side="B" tabIndex={0} role="group" aria-label="B">
          {side(b, 'new')}
        </div>
      </div>
    </article>
  );
}

function Marked({ pieces }: { pieces: Piece[] }) {
  return (
    <div className="foreign" dir="auto">
      {pieces.map((p, i) =>
        p.kind === 'same' ? (
          <span key={i}>{visible(p.text)}</span>
        ) : p.kind === 'gone' ? (
          <del key={i}>{visible(p.text)}</del>
        ) : (
          <ins key={i}>{visible(p.text)}</ins>
        ),
      )}
    </div>
  );
}
