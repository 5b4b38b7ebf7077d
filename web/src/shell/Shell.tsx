// The frame of every page: navigation, title, range, palette, keys.
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { Menu, Moon, Search as SearchIcon, Sun } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ask, type Schemas } from '@/api/client';
import icon from '@/assets/icon.svg';
import { TimePicker } from '@/components/TimePicker';
import { Loading } from '@/components/Loading';
import { chooseTheme, useTheme } from '@/lib/theme';
import { useUrlState } from '@/lib/search';
import { useKeys } from '@/lib/keys';
import { useGoKeys } from '@/shell/goKeys';
import { placeOf, places } from '@/shell/places';

const Palette = lazy(() => import('@/shell/Palette'));
const KeyHelp = lazy(() => import('@/shell/KeyHelp'));

export function Shell() {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const place = placeOf(path);
  const title = place?.title ?? (path.startsWith('/r/') ? 'Request' : 'Telltale');
  const [navOpen, setNavOpen] = useState(false);
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null);

  useGoKeys();
  useKeys({ 'mod+k': () => setOpen('palette'), '?': () => setOpen('keys') });
  useEffect(() => {
    document.title = place?.to === '/' ? 'Telltale' : `${title} · Telltale`;
  }, [title, place]);
  useEffect(() => setNavOpen(false), [path]);

  return (
    <div className="shell" data-nav={navOpen ? 'open' : undefined}>
      <a className="skip" href="#content">Skip to content</a>
      <Side />
      <main>
        <header className="bar">
          <button className="btn bare menu-button" aria-label="Menu" aria-expanded={navOpen} onClick={() => setNavOpen(!navOpen)}><Menu aria-hidden /></button>
          <h1>{title}</h1>
          <span className="space" />
          <button className="btn" onClick={() => setOpen('palette')} aria-label={`Jump to ${mod} K: a page or an id`}><SearchIcon aria-hidden /><span className="wide">Jump to <kbd>{mod} K</kbd></span></button>
          <Live />
          <TimePicker />
          <ThemeSwitch />
        </header>
        <div className="content" id="content" tabIndex={-1}>
          <Suspense fallback={<Loading />}><Outlet /></Suspense>
        </div>
      </main>
      <Suspense>
        {open === 'palette' && <Palette onClose={() => setOpen(null)} />}
        {open === 'keys' && <KeyHelp onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}

const mod = /Mac|iP(hone|ad)/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

const useStatus = () => useQuery({ ...ask('/api/v1/status', undefined, { refresh: 10_000 }) });

function Side() {
  const status = useStatus();
  const alerts = useQuery(ask('/api/v1/alerts', undefined, { refresh: 10_000 }));
  return (
    <nav className="side" aria-label="Main">
      <Link to="/" className="brand"><img src={icon} alt="" />Telltale</Link>
      {places.map(({ group, places }) => (
        <div key={group}>
          {group && <div className="group">{group}</div>}
          {places.map((p) => (
            <Link key={p.to} to={p.to} className="place" activeOptions={{ exact: p.to === '/', includeSearch: false }}>
              <p.icon aria-hidden />{p.title}
              {p.to === '/alerts' && badge(alerts.data)}
            </Link>
          ))}
        </div>
      ))}
      <div className="foot">{status.data ? `Telltale ${status.data.version}` : ''}</div>
    </nav>
  );
}

function badge(alerts: Schemas['AlertList'] | undefined) {
  const loud = (alerts?.firing ?? 0) - (alerts?.silenced ?? 0) - (alerts?.inhibited ?? 0);
  return loud > 0 ? <span className="badge" aria-label={`${loud} firing`}>{loud}</span> : null;
}

function Live() {
  const status = useStatus();
  if (status.isError || status.failureCount > 0) return <span className="live" data-state="lost" role="status"><i />No connection</span>;
  if (!status.data) return <span className="live" data-state="paused" role="status"><i />Connecting</span>;
  if (status.data.problems.length > 0) return <Link to="/status" className="live" data-state="lost"><i />{status.data.problems.length === 1 ? '1 problem' : `${status.data.problems.length} problems`}</Link>;
  return <span className="live" role="status"><i />Live</span>;
}

function ThemeSwitch() {
  const theme = useTheme();
  const [search, set] = useUrlState();
  const other = theme === 'dark' ? 'light' : 'dark';
  const change = () => {
    chooseTheme(other);
    if (search.theme) set({ theme: other }, true);
  };
  return <button className="btn" onClick={change} aria-label={`Use the ${other} theme`} title={`Use the ${other} theme`}>{theme === 'dark' ? <Sun aria-hidden /> : <Moon aria-hidden />}</button>;
}
