// The API is slow, or fails: no page is ever blank, what was seen stays, what is said helps, and it goes on by itself.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withPage } from './lib/browser.mjs';
import { eventually } from './lib/server.mjs';
import { site } from './lib/site.mjs';
import { pages } from './pages.mjs';

const api = /\/(api\/v1|prometheus\/api|alertmanager\/api)\//;
const meant = /status of (500|429|503)|ERR_CONNECTION_REFUSED|ERR_FAILED|response: (500|429|503)|net::/;

const failures = {
  500: (route) =>
    route.fulfill({
      status: 500,
      contentType: 'application/json',
      body: '{"error":{"code":"internal","message":"something broke","hint":"the log of the server says why"}}',
    }),
  429: (route) =>
    route.fulfill({
      status: 429,
      headers: { 'Retry-After': '1' },
      contentType: 'application/json',
      body: '{"error":{"code":"too_many_queries","message":"too many questions at once","hint":"try again in a moment"}}',
    }),
  'no JSON': (route) =>
    route.fulfill({
      status: 200,
      contentType: 'application/json',
      body: '<html>a proxy in between',
    }),
  refused: (route) => route.abort('connectionrefused'),
};

const shown = async (visit) => (await visit.page.locator('#content').innerText()).trim();
const words = /something broke|too many questions|not what the server writes|does not answer/;
const told = (visit) => visit.page.locator('#content').getByText(words).first();

describe('a slow API', { concurrency: 3 }, () => {
  for (const { name, path } of pages(site).filter(
    (p) => !['not-found', 'trace-30k', 'trace-orphans', 'calls-docked'].includes(p.name),
  )) {
    test(
      name,
      withPage(site, {}, async (visit) => {
        await visit.page.route(api, async (route) => {
          await sleep(3000);
          await route.continue().catch(() => undefined); // the page may have gone
        });
        await visit.page.goto(site.base + path, { waitUntil: 'load' });
        await sleep(1200);
        assert.notEqual(await shown(visit), '', 'something is said while nothing is there');
        await visit.page.unroute(api);
        await visit.settled(30_000);
        assert.notEqual(await shown(visit), '');
        await visit.clean();
      }),
    );
  }

  test(
    'what is there stays while more is asked for',
    withPage(site, { path: '/calls?from=-2h&q=service:chat-api' }, async (visit) => {
      const rows = visit.page.locator('[role=grid] .tr');
      assert.ok((await rows.count()) > 10);
      await visit.page.route(api, async (route) => {
        await sleep(3000);
        await route.continue().catch(() => undefined);
      });
      await visit.page.getByRole('combobox', { name: 'Filter' }).fill('service:chat-api status:error');
      await visit.press('Enter');
      for (let i = 0; i < 10; i++) {
        assert.ok((await rows.count()) > 2, 'the rows stay');
        await sleep(200);
      }
      await eventually(async () => (await visit.page.locator('[role=grid] .tr:not(.bad)').count()) === 0);
    }),
  );
});

describe('a failing API', { concurrency: 3 }, () => {
  for (const [kind, fail] of Object.entries(failures)) {
    const all = pages(site).filter(
      (p) => !['not-found', 'trace-30k', 'trace-10k', 'trace-orphans', 'calls-docked'].includes(p.name),
    );
    for (const { name, path, shows } of kind === '500'
      ? all
      : all.filter((p) => ['calls', 'trace', 'overview', 'dashboards', 'explore'].includes(p.name))) {
      test(
        `${name}: ${kind}`,
        withPage(site, {}, async (visit) => {
          await visit.page.route(api, fail);
          await visit.page.goto(site.base + path, { waitUntil: 'load' });
          await sleep(kind === 'refused' || kind === '429' ? 2500 : 800);
          assert.ok((await shown(visit)).length > 10, 'the page is not blank');
          if (kind !== '429' && kind !== 'refused') {
            await told(visit).waitFor();
          }
          await visit.screenshot(`fault-${name}-${kind.replace(' ', '-')}`);
          await visit.page.unroute(api);
          const again = visit.page.getByRole('button', { name: 'Try again' });
          await eventually(
            async () => {
              if (await again.first().isVisible()) await again.first().click();
              const text = (await visit.page.locator('main').innerText()).toLowerCase();
              return shows.every((s) => text.includes(s.toLowerCase()));
            },
            15_000,
            300,
          );
          await eventually(async () => (await told(visit).count()) === 0, 15_000, 300);
          await visit.clean(meant);
        }),
      );
    }
  }

  test(
    'what is there stays when the next answer fails',
    withPage(site, { path: '/calls?from=-2h&q=service:chat-api' }, async (visit) => {
      const rows = visit.page.locator('[role=grid] .tr');
      const before = await rows.first().innerText();
      await visit.page.route(api, failures['500']);
      await eventually(
        async () => (await visit.page.locator('.live').getAttribute('data-state')) === 'lost',
        20_000,
        200,
      );
      assert.equal(await rows.first().innerText(), before);
      await visit.page.unroute(api);
      await eventually(
        async () =>
          (await visit.page.locator('.live[data-state=lost]').count()) === 0 ||
          /problem/.test(await visit.page.locator('.live').innerText()),
        20_000,
        200,
      );
      await visit.clean(meant);
    }),
  );
});
