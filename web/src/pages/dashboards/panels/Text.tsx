// Text of a dashboard: Markdown as elements, never as HTML.
import type { ReactNode } from 'react';
import { useBoard, type Board } from '../context';
import { fillIn, targetOf } from '../links';
import { parseMarkdown, type Block, type Inline } from '../markdown';
import type { Panel } from '../model';

export function Text({ panel }: { panel: Panel }) {
  const board = useBoard();
  const scope = { chosen: board.chosen, range: board.range };
  const content = fillIn(panel.options.content ?? '', scope);
  if (panel.options.mode === 'code' || panel.options.mode === 'plain')
    return (
      <pre className="md foreign" tabIndex={0}>
        {content}
      </pre>
    );
  return (
    <div className="md foreign" tabIndex={0} role="region" aria-label={panel.title || 'Text'}>
      {parseMarkdown(content).map((b, i) => block(b, i, board))}
    </div>
  );
}

function block(b: Block, key: number, board: Board): ReactNode {
  const inner = (list: Inline[]) => list.map((each, i) => inline(each, i, board));
  switch (b.kind) {
    case 'heading':
      return (
        <div key={key} role="heading" aria-level={Math.min(6, b.level + 2)} className={`md-h${Math.min(b.level, 4)}`}>
          {inner(b.inner)}
        </div>
      );
    case 'paragraph':
      return <p key={key}>{inner(b.inner)}</p>;
    case 'quote':
      return <blockquote key={key}>{inner(b.inner)}</blockquote>;
    case 'list': {
      const items = b.items.map((one, i) => <li key={i}>{inner(one)}</li>);
      return b.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
    }
    case 'table':
      return (
        <table key={key} className="plain">
          <tbody>
            {b.rows.map((row, r) => (
              <tr key={r}>
                {row.map((cell, c) => (r === 0 ? <th key={c}>{inner(cell)}</th> : <td key={c}>{inner(cell)}</td>))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    case 'code':
      return (
        <pre key={key} tabIndex={0}>
          {b.text}
        </pre>
      );
    case 'rule':
      return <hr key={key} />;
  }
}

function inline(part: Inline, key: number, board: Board): ReactNode {
  const inner = (list: Inline[]) => list.map((each, i) => inline(each, i, board));
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'code':
      return <code key={key}>{part.text}</code>;
    case 'strong':
      return <strong key={key}>{inner(part.inner)}</strong>;
    case 'em':
      return <em key={key}>{inner(part.inner)}</em>;
    case 'link': {
      const href = targetOf({ url: part.url }, { chosen: board.chosen, range: board.range });
      if (href === null) return <span key={key}>{inner(part.inner)}</span>;
      return (
        <a key={key} href={href} {...(/^https?:/i.test(href) ? { target: '_blank', rel: 'noreferrer' } : {})}>
          {inner(part.inner)}
        </a>
      );
    }
  }
}
