// Tools that the call offered to its model.
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import { LongText } from '@/components/LongText';
import { plural } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { toolsOf, type Tool } from './tools';

export function Tools({ attributes, called }: { attributes: Record<string, string> | undefined; called: Set<string> }) {
  const { tools, unread } = useMemo(() => toolsOf(attributes), [attributes]);
  const [open, setOpen] = useState(false);
  if (tools.length === 0 && unread.length === 0) return null;
  const used = tools.filter((t) => called.has(t.name)).length;
  return (
    <article className="conv-part" data-role="tools" aria-label="Tools">
      <header>
        <button className="conv-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />}
          <b>{plural(tools.length, 'tool')} offered</b>
        </button>
        <span className="muted ellipsis">
          {used > 0 ? `${used} called · ` : ''}
          {tools
            .slice(0, 8)
            .map((t) => visible(t.name, 40))
            .join(', ')}
          {tools.length > 8 ? ', …' : ''}
        </span>
      </header>
      {open && tools.slice(0, 200).map((t, i) => <ToolDefinition key={i} tool={t} called={called.has(t.name)} />)}
      {open && tools.length > 200 && <p className="muted">{tools.length - 200} more in the attributes.</p>}
      {unread.map((key) => (
        <p key={key} className="muted">
          What <span className="mono">{visible(key, 80)}</span> holds is no list of tools; the raw view has it.
        </p>
      ))}
    </article>
  );
}

function ToolDefinition({ tool, called }: { tool: Tool; called: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="conv-tool-def">
      <button className="conv-fold" aria-expanded={open} disabled={!tool.schema} onClick={() => setOpen(!open)}>
        {tool.schema ? open ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden /> : null}
        <b className="mono foreign-line">{visible(tool.name, 120)}</b>
        {called && <span className="tag">called</span>}
      </button>
      {tool.description && <LongText text={tool.description} most={400} lines={4} copy={false} />}
      {open && <LongText text={tool.schema} mono most={4000} copy="Copy the schema" />}
    </div>
  );
}
