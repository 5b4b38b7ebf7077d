// What stands above a dashboard: its name, variables, annotations, links, refresh.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowLeft, ChevronDown, Code, ExternalLink, RefreshCw } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { ask, type Schemas } from '@/api/client';
import { zoneOf } from '@/components/chart/zone';
import { useRange } from '@/lib/search';
import { fillIn, targetOf } from './links';
import type { Chosen, Dashboard, DashboardLink } from './model';
import { Variables } from './Variables';

interface Props {
  record: Schemas['DashboardRecord'];
  dashboard: Dashboard;
  values: Schemas['PanelValues'][];
  chosen: Chosen;
  off: ReadonlySet<string>; // annotations that are not as the dashboard has them
  refresh: string;
  alone: boolean;
  onVariable: (v: Schemas['DashboardVariable'], values: string[]) => void;
  onAnnotation: (name: string) => void;
  onRefresh: (text: string) => void;
  onEdit: () => void;
  onBack: () => void;
}

export function Toolbar({
  record,
  dashboard,
  values,
  chosen,
  off,
  refresh,
  alone,
  onVariable,
  onAnnotation,
  onRefresh,
  onEdit,
  onBack,
}: Props) {
  const zone = zoneOf(dashboard.timezone);
  return (
    <div className="toolbar board-bar">
      {alone ? (
        <button className="btn bare" onClick={onBack} title="Esc">
          <ArrowLeft aria-hidden />
          Back
        </button>
      ) : (
        <Link to="/dashboards" className="btn bare" aria-label="All dashboards">
          <ArrowLeft aria-hidden />
        </Link>
      )}
      <h2 className="foreign-line" title={dashboard.description}>
        {dashboard.title}
      </h2>
      {record.overrides && (
        <span
          className="tag accent"
          title="It stands before a shipped one; delete it, and the shipped one is there again."
        >
          own copy
        </span>
      )}
      {zone && (
        <span className="tag" title="The dashboard shows its times in this zone.">
          {zone}
        </span>
      )}
      <Variables variables={dashboard.variables} values={values} onChange={onVariable} />
      {dashboard.annotations
        .filter((a) => !a.hidden)
        .map((a) => (
          <label key={a.name} className="board-check">
            <input type="checkbox" checked={a.enabled !== off.has(a.name)} onChange={() => onAnnotation(a.name)} />
            <span className="foreign-line">{a.name}</span>
          </label>
        ))}
      <span className="space" />
      {dashboard.links.map((link, i) => (
        <BoardLink key={i} link={link} chosen={chosen} uid={dashboard.uid} />
      ))}
      <RefreshSelect value={refresh} onChange={onRefresh} />
      <button className="btn" onClick={onEdit}>
        <Code aria-hidden />
        Edit
      </button>
    </div>
  );
}

const refreshes = ['5s', '10s', '30s', '1m', '5m', '15m', '1h'];

function RefreshSelect({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const options = value && !refreshes.includes(value) && value !== 'off' ? [value, ...refreshes] : refreshes;
  return (
    <span className="board-refresh">
      <RefreshCw aria-hidden />
      <select
        className="input"
        aria-label="Refresh every"
        value={value || 'off'}
        onChange={(e) => onChange(e.target.value)}
      >
        <option value="off">off</option>
        {options.map((o) => (
          <option key={o} value={o}>
            {o}
          </option>
        ))}
      </select>
    </span>
  );
}

function BoardLink({ link, chosen, uid }: { link: DashboardLink; chosen: Chosen; uid: string }) {
  const [range] = useRange();
  const scope = { chosen, range };
  if (link.tags) return <TagLinks link={link} chosen={chosen} uid={uid} />;
  const href = targetOf(link, scope);
  return (
    href && (
      <a
        className="btn bare"
        href={href}
        title={link.tooltip}
        {...(link.new_tab ? { target: '_blank', rel: 'noreferrer' } : {})}
      >
        {fillIn(link.title, scope) || 'Link'}
        <ExternalLink aria-hidden />
      </a>
    )
  );
}

// TagLinks leads to all dashboards that have the tags of a link.
function TagLinks({ link, chosen, uid }: { link: DashboardLink; chosen: Chosen; uid: string }) {
  const [range] = useRange();
  const [open, setOpen] = useState(false);
  const list = useQuery(ask('/api/v1/dashboards', undefined, { enabled: open || !link.as_dropdown }));
  const found = (list.data?.dashboards ?? []).filter(
    (d) => d.uid !== uid && link.tags!.every((t) => d.tags.includes(t)),
  );
  const href = (id: string) => targetOf({ ...link, url: `/dashboards/${id}` }, { chosen, range })!;
  if (!link.as_dropdown)
    return found.slice(0, 12).map((d) => (
      <a key={d.uid} className="btn bare" href={href(d.uid)}>
        {d.title}
      </a>
    ));
  return (
    <DropdownMenu.Root open={open} onOpenChange={setOpen} modal={false}>
      <DropdownMenu.Trigger className="btn bare">
        {link.title || 'Dashboards'}
        <ChevronDown aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.getElementById('content')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {found.map((d) => (
            <DropdownMenu.Item key={d.uid} asChild>
              <a href={href(d.uid)} className="foreign-line">
                {d.title}
              </a>
            </DropdownMenu.Item>
          ))}
          {found.length === 0 && (
            <div className="item muted">{list.data ? 'No other dashboard has these tags' : 'Loading…'}</div>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
