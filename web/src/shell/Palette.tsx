// Finds pages, and takes ids: of a trace, a span, a request, a session.
import { useNavigate } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { useState } from 'react';
import { ask } from '@/api/client';
import { allPlaces } from '@/shell/places';
import '@/shell/palette.css';

export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const navigate = useNavigate();
  const boards = useQuery(ask('/api/v1/dashboards'));
  const go = (to: string, search?: Record<string, string>) => {
    onClose();
    void navigate({ to, search: search as never });
  };
  const id = text.trim();
  const pages = matching(allPlaces, id, (p) => `${p.title} ${p.words ?? ''}`);
  const dashboards = matching(boards.data?.dashboards ?? [], id, (d) => `${d.title} ${d.uid} dashboard`);
  const found = id !== '' && <Found id={id} go={go} />;
  return (
    <Command.Dialog
      open
      shouldFilter={false}
      onOpenChange={(open) => !open && onClose()}
      label="Jump to"
      loop
      overlayClassName="overlay"
      contentClassName="palette"
    >
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Page, trace id, request id, session, query"
        autoFocus
      />
      <Command.List>
        {isId(id) && found}
        {pages.length > 0 && (
          <Command.Group heading="Pages">
            {pages.map((p) => (
              <Command.Item key={p.to} value={p.to} onSelect={() => go(p.to)}>
                <p.icon aria-hidden />
                {p.title}
                <kbd>g {p.key}</kbd>
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {dashboards.length > 0 && (
          <Command.Group heading="Dashboards">
            {dashboards.map((d) => (
              <Command.Item key={d.uid} value={`/dashboards/${d.uid}`} onSelect={() => go(`/dashboards/${d.uid}`)}>
                {d.title}
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {!isId(id) && found}
      </Command.List>
    </Command.Dialog>
  );
}

// matching are those whose words begin with what is typed first, then those that hold it.
function matching<T>(list: T[], text: string, words: (one: T) => string): T[] {
  const wanted = text.toLowerCase();
  const begins = (one: T) => (` ${words(one)}`.toLowerCase().includes(` ${wanted}`) ? 0 : 1);
  return list.filter((one) => words(one).toLowerCase().includes(wanted)).sort((a, b) => begins(a) - begins(b));
}

// What looks like an id is more likely one than the name of a page.
const isId = (text: string) => /^(?=.*\d)[\w.-]{8,128}$/.test(text);

function Found({ id, go }: { id: string; go: (to: string, search?: Record<string, string>) => void }) {
  const trace = /^[0-9a-f]{32}$/i.test(id);
  const span = /^[0-9a-f]{16}$/i.test(id);
  const request = /^[\w.-]{1,128}$/.test(id);
  return (
    <Command.Group heading="This text">
      {trace && (
        <Command.Item value="=trace" onSelect={() => go(`/traces/${id.toLowerCase()}`)}>
          Open trace <span className="mono">{id}</span>
        </Command.Item>
      )}
      {span && (
        <Command.Item value="=span" onSelect={() => go('/traces', { q: `span:${id.toLowerCase()}`, from: '-30d' })}>
          Find span <span className="mono">{id}</span>
        </Command.Item>
      )}
      {request && !span && (
        <Command.Item value="=request" onSelect={() => go(`/r/${encodeURIComponent(id)}`)}>
          Open request <span className="mono">{id}</span>
        </Command.Item>
      )}
      <Command.Item value="=calls" onSelect={() => go('/calls', { q: id })}>
        Find in LLM calls: <span className="mono">{id}</span>
      </Command.Item>
      <Command.Item value="=traces" onSelect={() => go('/traces', { q: id })}>
        Find in traces: <span className="mono">{id}</span>
      </Command.Item>
      <Command.Item value="=logs" onSelect={() => go('/logs', { q: id })}>
        Find in logs: <span className="mono">{id}</span>
      </Command.Item>
    </Command.Group>
  );
}
