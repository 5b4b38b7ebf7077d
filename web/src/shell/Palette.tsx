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
  return (
    <Command.Dialog open onOpenChange={(open) => !open && onClose()} label="Jump to" loop overlayClassName="overlay" contentClassName="palette">
      <Command.Input value={text} onValueChange={setText} placeholder="Page, trace id, request id, session, query" autoFocus />
      <Command.List>
        <Command.Empty>Nothing by this name. Paste a trace or request id, or type a query.</Command.Empty>
        <Command.Group heading="Pages">
          {allPlaces.map((p) => (
            <Command.Item key={p.to} value={`${p.title} ${p.words ?? ''}`} onSelect={() => go(p.to)}>
              <p.icon aria-hidden />{p.title}<kbd>g {p.key}</kbd>
            </Command.Item>
          ))}
        </Command.Group>
        <Command.Group heading="Dashboards">
          {boards.data?.dashboards.map((d) => (
            <Command.Item key={d.uid} value={`dashboard ${d.title} ${d.uid}`} onSelect={() => go(`/dashboards/${d.uid}`)}>{d.title}</Command.Item>
          ))}
        </Command.Group>
        {id !== '' && <Found id={id} go={go} />}
      </Command.List>
    </Command.Dialog>
  );
}

// Found comes after pages of that name: the values of its items match nothing that is typed.
function Found({ id, go }: { id: string; go: (to: string, search?: Record<string, string>) => void }) {
  const trace = /^[0-9a-f]{32}$/i.test(id);
  const span = /^[0-9a-f]{16}$/i.test(id);
  const request = /^[\w.-]{1,128}$/.test(id);
  return (
    <Command.Group heading="This text" forceMount>
      {trace && <Command.Item forceMount value="=trace" onSelect={() => go(`/traces/${id.toLowerCase()}`)}>Open trace <span className="mono">{id}</span></Command.Item>}
      {span && <Command.Item forceMount value="=span" onSelect={() => go('/traces', { q: `span:${id.toLowerCase()}`, from: '-30d' })}>Find span <span className="mono">{id}</span></Command.Item>}
      {request && !span && <Command.Item forceMount value="=request" onSelect={() => go(`/r/${encodeURIComponent(id)}`)}>Open request <span className="mono">{id}</span></Command.Item>}
      <Command.Item forceMount value="=calls" onSelect={() => go('/calls', { q: id })}>Find in LLM calls: <span className="mono">{id}</span></Command.Item>
      <Command.Item forceMount value="=traces" onSelect={() => go('/traces', { q: id })}>Find in traces: <span className="mono">{id}</span></Command.Item>
      <Command.Item forceMount value="=logs" onSelect={() => go('/logs', { q: id })}>Find in logs: <span className="mono">{id}</span></Command.Item>
    </Command.Group>
  );
}
