// Every page, as links and people reach it, and what has to be seen there.
import { traces as hostile } from './seed/hostile.mjs';
import { large } from './seed/seed.mjs';

/** name, path, and texts that have to be on the page. */
export function pages(site) {
  const chat = site.visit('chat'),
    research = site.visit('research');
  const [a, b] = site.calls;
  const call = ({ trace_id, span_id }) => `${trace_id}:${span_id}`;
  return [
    { name: 'overview', path: '/', shows: ['chat-api'] },
    {
      name: 'calls',
      path: '/calls?from=-2h',
      shows: ['gpt-4o-mini', 'openai'],
    },
    {
      name: 'calls-docked',
      path: `/calls?from=-2h&q=service:chat-api&sel=${call(a)}`,
      shows: ['gpt-4o'],
    },
    {
      name: 'call',
      path: `/calls/${a.trace_id}/${a.span_id}?from=-2h`,
      shows: ['helpful clerk', 'assistant'],
    },
    {
      name: 'calls-compare',
      path: `/calls/compare?a=${call(a)}&b=${call(b)}&from=-2h`,
      shows: ['tokens a second', 'output tokens'],
    },
    { name: 'sessions', path: '/sessions?from=-2h', shows: ['user-007'] },
    {
      name: 'session',
      path: `/sessions/${chat.session}?from=-2h`,
      shows: [chat.session],
    },
    {
      name: 'traces',
      path: '/traces?from=-2h',
      shows: ['chat-api', '/v1/chat'],
    },
    {
      name: 'trace',
      path: `/traces/${research.trace}?from=-2h`,
      shows: ['researcher', 'POST /v1/research'],
    },
    {
      name: 'trace-10k',
      path: `/traces/${large.spans10k}?from=-2h`,
      shows: ['invoke_agent batch'],
    },
    {
      name: 'trace-30k',
      path: `/traces/${large.spans30k}?from=-2h`,
      shows: ['invoke_agent batch'],
    },
    {
      name: 'trace-orphans',
      path: `/traces/${hostile.orphans}?from=-2h`,
      shows: ['first orphan', 'child of the second'],
    },
    {
      name: 'request',
      path: `/r/${research.request}?from=-2h`,
      shows: ['request received'],
    },
    { name: 'logs', path: '/logs?from=-2h', shows: ['embed-worker'] },
    { name: 'errors', path: '/errors?from=-2h', shows: ['rate_limit'] },
    {
      name: 'explore',
      path: '/explore?from=-1h&expr=sum+by+(region)+(shop_basket_size)',
      shows: ['apac'],
    },
    {
      name: 'dashboards',
      path: '/dashboards',
      shows: ['Service overview', 'Cost'],
    },
    { name: 'alerts', path: '/alerts', shows: ['SeedFires'] },
    { name: 'status', path: '/status', shows: ['Received'] },
    {
      name: 'not-found',
      path: '/status/no/such/page',
      shows: ['There is no page'],
    },
  ];
}

/** Pages over a time in which there was nothing: each says how to fill it. */
export const empty = ['/calls', '/sessions', '/traces', '/logs', '/errors'].map((path) => ({
  name: `empty${path.replace('/', '-')}`,
  path: `${path}?from=2020-01-01&to=2020-01-02`,
}));
