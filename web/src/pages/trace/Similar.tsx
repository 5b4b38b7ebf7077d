// Questions about spans like this one.
import { Link } from '@tanstack/react-router';
import type { Span } from '@/api/client';
import { quote } from '@/components/Id';
import { duration } from '@/lib/format';
import { visible } from '@/lib/foreign';

export function Similar({ span }: { span: Span }) {
  const links: { title: string; q: string; to: string }[] = [];
  const name = span.name ? `name:${quote(span.name)}` : '';
  const service = span.service ? `service:${quote(span.service)}` : '';
  const same = [service, name].filter(Boolean).join(' ');
  if (name) links.push({ title: 'same name', q: same, to: '/traces' });
  if (name && span.duration_ns > 1e6)
    links.push({
      title: `longer than ${duration(span.duration_ns)}`,
      q: `${same} duration:>${Math.floor(span.duration_ns / 1e6)}ms`,
      to: '/traces',
    });
  if (span.status === 'error')
    links.push({
      title: 'failed the same way',
      q: span.error_type ? `error:${quote(span.error_type)}` : `${same} status:error`,
      to: '/traces',
    });
  if (span.genai?.model && span.genai.call)
    links.push({
      title: `calls of ${visible(span.genai.model, 40)}`,
      q: `model:${quote(span.genai.model)}`,
      to: '/calls',
    });
  if (span.genai?.tool)
    links.push({
      title: `uses of ${visible(span.genai.tool, 40)}`,
      q: `tool:${quote(span.genai.tool)}`,
      to: '/traces',
    });
  if (links.length === 0) return null;
  return (
    <nav className="similar" aria-label="Find similar spans">
      <span className="muted">Find:</span>
      {links.map((l) => (
        <Link key={l.title} to={l.to} search={{ q: l.q } as never}>
          {l.title}
        </Link>
      ))}
    </nav>
  );
}
