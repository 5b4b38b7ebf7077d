// A panel in its frame: asked only while in sight, its errors and problems on it, its menu.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CircleAlert, EllipsisVertical, ExternalLink, Info, TriangleAlert } from 'lucide-react';
import { DropdownMenu, Popover } from 'radix-ui';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { save, toCSV } from '@/components/Export';
import { Modal } from '@/components/Modal';
import { Snippet } from '@/components/Copy';
import { useBoard } from './context';
import { rowsOf } from './csv';
import { targetOf, fillIn } from './links';
import type { Answer, Panel, Problem } from './model';
import { Bars } from './panels/Bars';
import { Gauge } from './panels/Gauge';
import { Heatmap } from './panels/Heatmap';
import { Stat } from './panels/Stat';
import { TablePanel } from './panels/TablePanel';
import { Text } from './panels/Text';
import { TimeSeries } from './panels/TimeSeries';

/** Whether an element is in sight, or nearly. */
function useInSight() {
  const ref = useRef<HTMLElement>(null);
  const [inSight, setInSight] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver((seen) => setInSight(seen.at(-1)!.isIntersecting), { rootMargin: '160px' });
    watch.observe(ref.current!);
    return () => watch.disconnect();
  }, []);
  return [ref, inSight] as const;
}

const idle = { text: true, unsupported: true } as Record<string, boolean>;

export function PanelFrame({ panel, alone }: { panel: Panel; alone?: boolean }) {
  const board = useBoard();
  const [box, inSight] = useInSight();
  const points = pointsOf(panel, alone);
  const query = useQuery({
    queryKey: [...board.keyOf(panel), board.range, points],
    queryFn: ({ signal }) => board.ask(panel, { from: board.range.from, to: board.range.to, points }, signal),
    enabled: inSight && !idle[panel.kind],
    placeholderData: keepPreviousData,
    refetchInterval: board.refresh > 0 ? board.refresh : false,
    staleTime: Math.max(2_000, board.refresh - 500),
  });
  const answer = query.data;
  const errors = answer?.targets.filter((t) => t.error) ?? [];
  const problems = board.problemsOf(panel);
  return (
    <section
      className="panel board-panel"
      role="group"
      data-kind={panel.kind}
      data-clear={panel.transparent}
      ref={box}
      aria-label={panel.title || `Panel ${panel.id}`}
      aria-busy={query.isFetching && !answer}
    >
      <header>
        <h3 className="foreign-line" title={panel.title}>
          {panel.title}
        </h3>
        {panel.field.axis_label && <span className="unit foreign-line">{panel.field.axis_label}</span>}
        {panel.description && (
          <Note icon={<Info aria-hidden />} label={`About ${panel.title}`}>
            <p className="foreign">{panel.description}</p>
          </Note>
        )}
        {problems.length > 0 && panel.kind !== 'unsupported' && (
          <Note
            icon={<TriangleAlert aria-hidden />}
            label={`Problems of ${panel.title}: ${problems.length}`}
            tone="warn"
          >
            <Problems problems={problems} />
          </Note>
        )}
        {errors.length > 0 && answer!.series.length + (answer!.table?.rows ?? 0) > 0 && (
          <Note icon={<CircleAlert aria-hidden />} label={`Errors of ${panel.title}`} tone="err">
            <Errors errors={errors} />
          </Note>
        )}
        <span className="space" />
        <PanelLinks panel={panel} />
        <PanelMenu panel={panel} answer={answer} alone={alone} />
      </header>
      <div className="board-body">
        {panel.kind === 'unsupported' ? (
          <Unsupported panel={panel} problems={problems} />
        ) : panel.kind === 'text' ? (
          <Text panel={panel} />
        ) : query.isError && !answer ? (
          <div className="panel-none">
            <b className="err foreign">{query.error.message}</b>
            <button className="btn small" onClick={() => void query.refetch()}>
              Try again
            </button>
          </div>
        ) : !answer ? (
          <p className="panel-none muted" role="status">
            {inSight ? 'Loading…' : ''}
          </p>
        ) : errors.length > 0 && answer.series.length + (answer.table?.rows ?? 0) === 0 ? (
          <div className="panel-none" role="alert" tabIndex={0}>
            <Errors errors={errors} />
          </div>
        ) : (
          <Body panel={panel} answer={answer} />
        )}
      </div>
    </section>
  );
}

// Points that a panel of its width shows; few sizes, so that a smaller window asks the same.
function pointsOf(panel: Panel, alone?: boolean): number {
  const share = alone ? 1 : panel.grid.w / 24;
  const px = Math.max(320, innerWidth - 240) * (innerWidth < 760 ? 1 : share);
  const points = Math.min(1200, Math.max(100, Math.ceil(px / 250) * 125));
  return panel.max_points ? Math.min(points, panel.max_points) : points;
}

function Body({ panel, answer }: { panel: Panel; answer: Answer }) {
  const board = useBoard();
  switch (panel.kind) {
    case 'stat':
      return <Stat panel={panel} answer={answer} />;
    case 'gauge':
      return <Gauge panel={panel} answer={answer} />;
    case 'bar':
      return <Bars panel={panel} answer={answer} />;
    case 'table':
      return <TablePanel panel={panel} answer={answer} />;
    case 'heatmap':
      return (
        <Heatmap
          label={panel.title}
          times={answer.times}
          series={answer.series}
          range={{ from: Date.parse(answer.from), to: Date.parse(answer.to) }}
          unit={panel.options.y_unit}
          decimals={panel.options.y_decimals}
          countUnit={panel.field.unit}
          scheme={panel.options.scheme}
          timezone={board.timezone}
          onSelect={board.onZoom}
        />
      );
    default:
      return <TimeSeries panel={panel} answer={answer} />;
  }
}

function Unsupported({ panel, problems }: { panel: Panel; problems: Problem[] }) {
  return (
    <div className="panel-none" tabIndex={0} role="group" aria-label={`${panel.title || 'Panel'}: not supported`}>
      {problems.length > 0 ? <Problems problems={problems} /> : <p>This kind of panel is not supported.</p>}
    </div>
  );
}

export function Problems({ problems }: { problems: Problem[] }) {
  return (
    <ul className="problems">
      {problems.map((p, i) => (
        <li key={i}>
          <span className={p.severity === 'error' ? 'tag err' : 'tag warn'}>
            {p.severity === 'error' ? 'error' : 'not supported'}
          </span>{' '}
          <span className="foreign">{p.message}</span>
          {p.hint && <span className="muted foreign"> {p.hint}</span>}
          <code className="muted foreign">
            {p.path} · line {p.line}
          </code>
        </li>
      ))}
    </ul>
  );
}

function Errors({ errors }: { errors: Answer['targets'] }) {
  return (
    <ul className="problems">
      {errors.map((t) => (
        <li key={t.ref}>
          <b className="err">{t.ref}</b> <span className="foreign">{t.error}</span>
          {t.line ? (
            <span className="muted">
              {' '}
              at {t.line}:{t.column}
            </span>
          ) : null}
          <code className="foreign">{marked(t.expr, t.line, t.column)}</code>
        </li>
      ))}
    </ul>
  );
}

// marked shows an expression with its wrong place; columns count bytes from 1.
function marked(expr: string, line?: number, column?: number): ReactNode {
  if (!line || !column) return expr;
  const lines = expr.split('\n');
  const bytes = new TextEncoder().encode(lines[line - 1] ?? '');
  const at =
    lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0) +
    new TextDecoder().decode(bytes.slice(0, column - 1)).length;
  return (
    <>
      {expr.slice(0, at)}
      <mark>{expr[at] ?? ' '}</mark>
      {expr.slice(at + 1)}
    </>
  );
}

function Note({
  icon,
  label,
  tone,
  children,
}: {
  icon: ReactNode;
  label: string;
  tone?: 'warn' | 'err';
  children: ReactNode;
}) {
  return (
    <Popover.Root>
      <Popover.Trigger className={`icon ${tone ?? ''}`} aria-label={label} title={label}>
        {icon}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="menu board-note"
          aria-label={label}
          align="start"
          sideOffset={4}
          collisionPadding={8}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function PanelLinks({ panel }: { panel: Panel }) {
  const board = useBoard();
  return panel.links.map((link, i) => {
    const scope = { chosen: board.chosen, range: board.range };
    const href = targetOf(link, scope);
    const title = fillIn(link.title, scope) || 'Link';
    return (
      href && (
        <a
          key={i}
          className="icon"
          href={href}
          title={title}
          aria-label={title}
          {...(link.new_tab ? { target: '_blank', rel: 'noreferrer' } : {})}
        >
          <ExternalLink aria-hidden />
        </a>
      )
    );
  });
}

function PanelMenu({ panel, answer, alone }: { panel: Panel; answer: Answer | undefined; alone?: boolean }) {
  const board = useBoard();
  const navigate = useNavigate();
  const [json, setJSON] = useState(false);
  const exprs = answer?.targets.map((t) => t.expr).filter(Boolean) ?? [];
  const explore = () => {
    const search = Object.fromEntries(exprs.slice(0, 8).map((e, i) => [i === 0 ? 'expr' : `expr${i + 1}`, e]));
    const instant = panel.targets.length > 0 && panel.targets.every((t) => t.instant);
    void navigate({
      to: '/explore',
      search: {
        ...search,
        from: board.range.from,
        to: board.range.to === 'now' ? undefined : board.range.to,
        view: instant ? 'table' : undefined,
        unit: panel.field.unit,
      } as never,
    });
  };
  const name = (panel.title || `panel ${panel.id}`).replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60);
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="icon menu-of" aria-label={`Menu of ${panel.title || `panel ${panel.id}`}`}>
          <EllipsisVertical aria-hidden />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal container={document.getElementById('content')}>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            {board.view && (
              <DropdownMenu.Item onSelect={() => board.view!(alone ? null : panel)}>
                {alone ? 'Back to the dashboard' : 'View alone'}
              </DropdownMenu.Item>
            )}
            {exprs.length > 0 && <DropdownMenu.Item onSelect={explore}>Explore</DropdownMenu.Item>}
            <DropdownMenu.Item onSelect={() => setJSON(true)}>Show JSON</DropdownMenu.Item>
            {answer && (
              <DropdownMenu.Item onSelect={() => save(`${name}.csv`, 'text/csv', toCSV(rowsOf(answer)))}>
                Export CSV
              </DropdownMenu.Item>
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {json && (
        <Modal title={panel.title || `Panel ${panel.id}`} onClose={() => setJSON(false)}>
          <Snippet text={JSON.stringify(board.jsonOf(panel), null, 2)} />
        </Modal>
      )}
    </>
  );
}
