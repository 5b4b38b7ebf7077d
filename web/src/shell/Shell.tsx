// The frame of every page: navigation, title, range, palette, keys.
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Menu, Moon, Search as SearchIcon, Sun } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import icon from '@/assets/icon.svg';
import { TimePicker } from '@/components/TimePicker';
import { Loading } from '@/components/Loading';
import { When } from '@/components/When';
import { plural } from '@/lib/format';
import { chooseTheme, followTheme, useTheme } from '@/lib/theme';
import { useUrlState } from '@/lib/search';
import { useKeys } from '@/lib/keys';
import { useGoKeys } from '@/shell/goKeys';
import { hasRange, places } from '@/shell/places';
import { isLost, loud, useAlerts, useRecovery, useStatus, type StatusQuery } from '@/shell/server';
import { titleOf } from '@/shell/titles';
import { useFocusOnNavigation } from '@/shell/focus';

const Palette = lazy(() => import('@/shell/Palette'));
const KeyHelp = lazy(() => import('@/shell/KeyHelp'));

export function Shell() {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const theme = useRouterState({ select: (s) => (s.location.search as { theme?: string }).theme });
  const ranged = useRouterState({ select: (s) => hasRange(s.location.pathname, s.location.search) });
  const [navOpen, setNavOpen] = useState(false);
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null);
  const status = useStatus();
  const firing = loud(useAlerts().data);
  const title = titleOf(path);

  useGoKeys();
  useKeys({
    'mod+k': () => setOpen('palette'),
    '?': () => setOpen('keys'),
    ...(navOpen ? { Escape: () => setNavOpen(false) } : {}),
  });
  useEffect(() => {
    document.title = `${firing > 0 ? `(${firing}) ` : ''}${path === '/' ? 'Telltale' : `${title} · Telltale`}`;
  }, [title, path, firing]);
  useEffect(() => setNavOpen(false), [path]);
  useEffect(followTheme, [theme]);
  useFocusOnNavigation(path);
  useRecovery(status);

  return (
    <div className="shell" data-nav={navOpen ? 'open' : undefined}>
      <a className="skip" href="#content" onClick={skip}>
        Skip to content
      </a>
      <Side open={navOpen} />
      {navOpen && <button className="scrim" aria-label="Close the menu" onClick={() => setNavOpen(false)} />}
      <main>
        <header className="bar">
          <button
            className="btn bare menu-button"
            aria-label="Menu"
            aria-expanded={navOpen}
            onClick={() => setNavOpen(!navOpen)}
          >
            <Menu aria-hidden />
          </button>
          <h1 tabIndex={-1} id="title">
            {title}
          </h1>
          <span className="space" />
          <button className="btn" onClick={() => setOpen('palette')} aria-label={`Jump to ${mod} K: a page or an id`}>
            <SearchIcon aria-hidden />
            <span className="wide">
              Jump to <kbd>{mod} K</kbd>
            </span>
          </button>
          <Live status={status} />
          {ranged && <TimePicker />}
          <ThemeSwitch />
        </header>
        <Lost status={status} />
        <div className="content" id="content" tabIndex={-1}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <Suspense>
        {open === 'palette' && <Palette onClose={() => setOpen(null)} />}
        {open === 'keys' && <KeyHelp onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}

// The router would take the anchor for a place to scroll to; what is wanted is the focus.
function skip(e: React.MouseEvent) {
  e.preventDefault();
  document.getElementById('content')?.focus();
}

const mod = /Mac|iP(hone|ad)/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

function Side({ open }: { open: boolean }) {
  const status = useStatus();
  const firing = loud(useAlerts().data);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (open) box.current?.querySelector('a')?.focus();
  }, [open]);
  return (
    <nav className="side" aria-label="Main" ref={box}>
      <Link to="/" className="brand">
        <img src={icon} alt="" />
        Telltale
      </Link>
      {places.map(({ group, places }) => (
        <div key={group}>
          {group && <div className="group">{group}</div>}
          {places.map((p) => (
            <Link key={p.to} to={p.to} className="place" activeOptions={{ exact: p.to === '/', includeSearch: false }}>
              <p.icon aria-hidden />
              {p.title}
              {p.to === '/alerts' && firing > 0 && (
                <span className="badge" aria-label={`${firing} firing`}>
                  {firing}
                </span>
              )}
            </Link>
          ))}
        </div>
      ))}
      <div className="foot">{status.data ? `Telltale ${status.data.version}` : ''}</div>
    </nav>
  );
}

function Live({ status }: { status: StatusQuery }) {
  if (isLost(status))
    return (
      <span className="live" data-state="lost">
        <i />
        No connection
      </span>
    );
  if (!status.data)
    return (
      <span className="live" data-state="paused" role="status">
        <i />
        Connecting
      </span>
    );
  if (status.data.problems.length > 0)
    return (
      <Link to="/status" className="live" data-state="lost">
        <i />
        {plural(status.data.problems.length, 'problem')}
      </Link>
    );
  return (
    <span className="live" role="status">
      <i />
      Live
    </span>
  );
}

// Lost says what is still true while the server does not answer.
function Lost({ status }: { status: StatusQuery }) {
  if (!isLost(status)) return null;
  const since = status.dataUpdatedAt > 0 ? new Date(status.dataUpdatedAt) : null;
  return (
    <div className="lost" role="alert">
      The server does not answer
      {since && (
        <>
          ; what is shown is from <When at={since} /> or before
        </>
      )}
      . This page goes on by itself as soon as it is back.
    </div>
  );
}

function ThemeSwitch() {
  const theme = useTheme();
  const [search, set] = useUrlState();
  const other = theme === 'dark' ? 'light' : 'dark';
  const change = () => {
    chooseTheme(other);
    if (search.theme) set({ theme: other }, true);
  };
  return (
    <button className="btn" onClick={change} aria-label={`Use the ${other} theme`} title={`Use the ${other} theme`}>
      {theme === 'dark' ? <Sun aria-hidden /> : <Moon aria-hidden />}
    </button>
  );
}
