// The sections of a dashboard and the places of their panels: 24 columns, one on a narrow screen.
import { ChevronDown, ChevronRight } from 'lucide-react';
import { panelKey, type Section } from './model';
import { PanelFrame } from './PanelFrame';

export const sectionKey = (s: Section, sections: Section[]) =>
  `${s.id}${sections.filter((o) => o.id === s.id).indexOf(s) || ''}`;

interface Props {
  sections: Section[];
  turned: ReadonlySet<string>; // keys of sections that are not as the dashboard has them
  onTurn: (key: string) => void;
}

export function Sections({ sections, turned, onTurn }: Props) {
  return sections.map((s) => {
    const key = sectionKey(s, sections);
    const open = !s.title || s.collapsed === turned.has(key);
    return (
      <section key={key} className="board-section" aria-label={s.title || undefined}>
        {s.title && (
          <h2>
            <button aria-expanded={open} onClick={() => onTurn(key)}>
              {open ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />}
              <span className="foreign-line">{s.title}</span>
              {!open && (
                <span className="muted">{s.panels.length === 1 ? '1 panel' : `${s.panels.length} panels`}</span>
              )}
            </button>
          </h2>
        )}
        {open && (
          <div className="board-grid">
            {s.panels.map((p) => (
              <div
                key={panelKey(p)}
                className="board-cell"
                data-kind={p.kind}
                style={{
                  ['--across' as string]: `${p.grid.x + 1} / span ${p.grid.w}`,
                  ['--down' as string]: `${p.grid.y + 1} / span ${p.grid.h}`,
                  ['--high' as string]: p.grid.h,
                }}
              >
                <PanelFrame panel={p} />
              </div>
            ))}
          </div>
        )}
      </section>
    );
  });
}
