// Every id is a link with a copy button.
import { Link } from '@tanstack/react-router';
import { Copy } from '@/components/Copy';

const of = {
  trace: (id: string) => ({ to: `/traces/${id}` }),
  request: (id: string) => ({ to: `/r/${encodeURIComponent(id)}` }),
  session: (id: string) => ({ to: `/sessions/${encodeURIComponent(id)}` }),
  user: (id: string) => ({ to: '/calls', search: { q: `user:${quote(id)}` } }),
  tenant: (id: string) => ({ to: '/calls', search: { q: `tenant:${quote(id)}` } }),
  key: (id: string) => ({ to: '/calls', search: { q: `key:${quote(id)}` } }),
  response: (id: string) => ({ to: '/calls', search: { q: `response:${quote(id)}` } }),
};

/** A value as the query language writes it. */
export function quote(value: string): string {
  return /^[\p{L}\p{N}_.@/-]+$/u.test(value) && !/^(AND|OR|NOT)$/.test(value)
    ? value
    : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

export function Id({
  kind,
  id,
  span,
  short,
}: {
  kind: keyof typeof of | 'span';
  id: string;
  span?: string;
  short?: boolean;
}) {
  const target: { to: string; search?: Record<string, string> } =
    kind === 'span' ? { to: `/traces/${id}`, search: { span: span! } } : of[kind](id);
  if (kind === 'trace' && span) target.search = { span };
  const text = kind === 'span' ? span! : id;
  return (
    <span className="id">
      <Link to={target.to} search={target.search as never} title={text} onClick={(e) => e.stopPropagation()}>
        {short ? text.slice(0, 8) : text}
      </Link>
      <Copy
        text={text}
        what={`Copy the ${kind === 'key' ? 'key id' : kind === 'user' || kind === 'tenant' ? kind : `${kind} id`}`}
      />
    </span>
  );
}
