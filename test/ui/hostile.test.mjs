// What strangers sent is shown as text: nothing of it runs, nothing is fetched for it, and it can be read whole.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sizes, withPage } from './lib/browser.mjs';
import { site } from './lib/site.mjs';
import { attack, request, session, strange, traces } from './seed/hostile.mjs';

const q = encodeURIComponent;
const call = `${traces.attack}/c000000000000001`;
const markup = ['<script>window.__xss=1', 'onerror="window.__xss=1"', '<svg onload='];

const stored = [
  { name: 'calls', path: '/calls?from=-1h&q=service:hostile' },
  {
    name: 'calls with details',
    path: `/calls?from=-1h&q=service:hostile&sel=${traces.attack}:c000000000000001`,
  },
  { name: 'a call', path: `/calls/${call}`, shows: markup },
  {
    name: 'two calls',
    path: `/calls/compare?a=${call.replace('/', ':')}&b=${traces.strange}:c000000000000002`,
    shows: markup,
  },
  {
    name: 'sessions',
    path: `/sessions?from=-1h&q=service:hostile`,
    shows: [session],
  },
  {
    name: 'a session',
    path: `/sessions/${session}?from=-1h`,
    shows: markup.slice(0, 1),
  },
  { name: 'traces', path: '/traces?from=-1h&q=service:hostile' },
  {
    name: 'a trace',
    path: `/traces/${traces.attack}`,
    shows: ['<script>window.__xss=1'],
  },
  {
    name: 'a span',
    path: `/traces/${traces.attack}?span=b000000000000001`,
    shows: markup,
  },
  {
    name: 'strange text',
    path: `/traces/${traces.strange}?span=b000000000000002`,
    shows: ['שלום עולם', 'مرحبا', 'gnp.exe'],
  },
  {
    name: 'a huge attribute',
    path: `/traces/${traces.huge}?span=b000000000000003`,
    shows: ['ten megabytes', 'xxxxxxxxxx'],
  },
  {
    name: 'five hundred attributes',
    path: `/traces/${traces.wide}?span=b000000000000004`,
    shows: ['attribute.number.0', 'attribute.number.499'],
  },
  {
    name: 'clock skew',
    path: `/traces/${traces.skew}`,
    shows: ['two hours behind', 'ends before it begins', 'clock skew'],
  },
  {
    name: 'missing parents',
    path: `/traces/${traces.orphans}`,
    shows: ['first orphan', 'second orphan', 'child of the second'],
  },
  {
    name: 'a cycle',
    path: `/traces/${traces.cycle}`,
    shows: ['hen', 'egg', 'its own parent'],
  },
  {
    name: 'logs',
    path: '/logs?from=-1h&q=service:hostile',
    shows: ['<script>window.__xss=1'],
  },
  { name: 'errors', path: '/errors?from=-1h&q=service:hostile' },
  {
    name: 'a request',
    path: `/r/${request}?from=-1h`,
    shows: ['<script>window.__xss=1'],
  },
  {
    name: 'metrics',
    path: '/explore?from=-15m&expr=last_over_time(hostile_gauge[1h])',
    shows: ['<script>'],
  },
];

const addresses = [
  '/calls?q=',
  '/traces?q=',
  '/logs?q=',
  '/errors?q=',
  '/sessions?q=',
  '/explore?expr=',
  '/r/',
  '/sessions/',
  '/traces/',
  '/dashboards/',
  '/calls/x/',
  '/calls?sel=',
  '/calls?cols=',
  '/logs?cols=',
  '/status?from=',
  '/alerts?view=',
  '/?theme=',
];

describe('hostile data', { concurrency: 3 }, () => {
  for (const { name, path, shows = [] } of stored) {
    test(
      name,
      withPage(site, { path }, async (visit) => {
        const tabs = visit.page.locator('#content [role=tab]');
        const check = async () => {
          const text = await visit.page.locator('main').textContent(); // also of what is not drawn before it is scrolled to
          await visit.screenshot(`hostile-${name.replaceAll(' ', '-')}`);
          return text;
        };
        const whole = visit.page.getByRole('button', { name: /^Show all \d/ }).first(); // long lists and texts are cut at first
        if (shows.length > 0 && (await whole.isVisible())) await whole.click();
        const text = await check();
        assert.deepEqual(
          shows.filter((s) => !text.includes(s)),
          [],
          text.slice(0, 3000),
        );
        assert.equal(
          await visit.page.evaluate(
            () =>
              document.documentElement.scrollWidth <= innerWidth &&
              document.documentElement.scrollHeight <= innerHeight + 1,
          ),
          true,
          'nothing spills out of the page',
        );
        await visit.accessible();
        for (let i = 0; i < (await tabs.count()); i++) {
          // every view
          await tabs.nth(i).click();
          await visit.settled();
        }
        await visit.clean();
      }),
    );
  }

  test(
    'on a phone',
    withPage(site, { path: `/calls/${call}`, size: sizes.phone }, async (visit) => {
      assert.equal(await visit.page.evaluate(() => document.documentElement.scrollWidth), sizes.phone.width);
      await visit.go(`/traces/${traces.strange}`);
      assert.equal(await visit.page.evaluate(() => document.documentElement.scrollWidth), sizes.phone.width);
      await visit.clean();
    }),
  );

  for (const address of addresses) {
    test(
      `in the address ${address}`,
      withPage(site, {}, async (visit) => {
        for (const text of [
          attack[0] + attack[1] + strange.replaceAll('\0', ''),
          '%00%ff../../..' + 'x'.repeat(5000),
        ]) {
          await visit.go(address + q(text));
          assert.ok((await visit.text()).trim().length > 5, 'the page is not blank');
        }
        await visit.clean(/status of 4\d\d|response: 4\d\d/);
      }),
    );
  }

  test(
    'typed into the palette and the filter',
    withPage(site, { path: '/calls' }, async (visit) => {
      for (const text of [attack[0], attack[1], strange]) {
        await visit.press('Control+k');
        await visit.page.getByPlaceholder('trace id').fill(text);
        await visit.settled();
        await visit.press('Escape');
        await visit.page.getByRole('combobox', { name: 'Filter' }).fill(text);
        await visit.press('Escape', 'Enter');
        await visit.settled();
      }
      await visit.clean(/status of 400|response: 400/);
    }),
  );

  test(
    'a dashboard of strangers',
    withPage(site, {}, async (visit) => {
      const board = {
        title: attack[0],
        panels: [
          {
            title: attack[1],
            type: 'text',
            content: attack.join('\n\n'),
            mode: 'html',
          },
          {
            title: attack[2],
            type: 'text',
            content: attack.join('\n\n'),
            mode: 'markdown',
          },
          {
            title: strange,
            type: 'graph',
            targets: [{ expr: 'hostile_gauge', legendFormat: '{{label}}' }],
          },
          {
            title: 'names',
            type: 'table',
            targets: [{ expr: 'hostile_gauge', instant: true }],
          },
          { title: attack[5], type: attack[0], targets: [{ expr: 'up' }] },
          {
            title: 'links',
            type: 'stat',
            links: [{ title: attack[0], url: 'javascript:window.__xss=1' }],
            targets: [{ expr: 'vector(1)' }],
          },
        ],
      };
      const save = () =>
        fetch(`${site.server.url}/api/v1/dashboards/hostile`, {
          method: 'PUT',
          body: JSON.stringify(board),
        });
      assert.equal((await save()).status, 422, 'a link that runs a script is refused');
      board.panels.at(-1).links = [{ title: attack[0], url: '/d/${__from}//evil.test' }];
      const saved = await save();
      assert.ok(saved.ok, await saved.text());
      await visit.go('/dashboards/hostile');
      for (const link of await visit.page.locator('main a').all())
        assert.doesNotMatch((await link.getAttribute('href')) ?? '', /^\s*(javascript|data|vbscript):/i);
      assert.match(await visit.page.locator('main').innerText(), /<script>window\.__xss=1/);
      await visit.screenshot('hostile-dashboard');
      await visit.accessible();
      await visit.clean();
    }),
  );
});
