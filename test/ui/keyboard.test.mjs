// The main paths without a mouse.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withPage } from './lib/browser.mjs';
import { eventually } from './lib/server.mjs';
import { site } from './lib/site.mjs';
import { traces as hostile } from './seed/hostile.mjs';

const selected = (visit) => visit.page.locator('[role=grid] [role=row][aria-selected=true]').first().innerText();
// A key has done its work when the page is drawn again.
const selects = (visit, wanted) =>
  eventually(async () => {
    const row = await selected(visit);
    return wanted(row) && row;
  });
const focused = (visit) =>
  visit.page.evaluate(
    () =>
      `${document.activeElement?.getAttribute('role') ?? document.activeElement?.tagName} ${document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim().slice(0, 40)}`,
  );

describe('keyboard', { concurrency: 3 }, () => {
  test(
    'palette: a page, a trace, a request',
    withPage(site, { path: '/' }, async (visit) => {
      const { page } = visit;
      const jump = async (text, item) => {
        await visit.press('Control+k');
        await page.getByPlaceholder('trace id').waitFor();
        await page.keyboard.type(text);
        await page.locator('[cmdk-item][data-selected=true]', { hasText: item }).waitFor();
        await visit.press('Enter');
      };
      await jump('logs', /^Logs/);
      await page.waitForURL(/\/logs/);
      await jump(hostile.orphans, 'Open trace');
      await page.waitForURL(new RegExp(`/traces/${hostile.orphans}`));
      const { request } = site.visit('ask');
      await jump(request, 'Open request');
      await page.waitForURL(new RegExp(`/r/${request}`));
      await jump('telltale itself', /^Telltale itself/i);
      await page.waitForURL(/\/dashboards\/telltale-self/);
      await visit.press('Control+k');
      await page.getByPlaceholder('trace id').waitFor();
      await visit.press('Escape');
      await page.getByPlaceholder('trace id').waitFor({ state: 'detached' });
      await visit.clean();
    }),
  );

  test(
    'g and a letter, and the help',
    withPage(site, { path: '/status' }, async (visit) => {
      const { page } = visit;
      for (const [key, path] of [
        ['c', '/calls'],
        ['n', '/sessions'],
        ['t', '/traces'],
        ['l', '/logs'],
        ['e', '/errors'],
        ['m', '/explore'],
        ['d', '/dashboards'],
        ['a', '/alerts'],
        ['s', '/status'],
        ['o', '/'],
      ]) {
        await visit.press('Escape', 'Escape', 'g', key); // out of an editor, where one has the focus
        await page.waitForURL((url) => url.pathname === path);
        await visit.settled();
      }
      await visit.press('?');
      const help = page.getByRole('dialog');
      await help.getByText('next error').waitFor();
      await visit.press('Escape');
      await help.waitFor({ state: 'detached' });
      await visit.clean();
    }),
  );

  test(
    'a filter, rows, details, the trace',
    withPage(site, { path: '/calls?from=-2h' }, async (visit) => {
      const { page } = visit;
      await visit.press('/');
      await eventually(async () => /combobox Filter/.test(await focused(visit)));
      await page.keyboard.type('stat');
      await page.getByRole('option').first().waitFor();
      await visit.press('ArrowDown', 'Enter');
      await page.keyboard.type('error');
      await visit.press('Escape', 'Enter');
      await page.waitForURL(/q=status(%3A|:)error/);
      await visit.press('Escape');
      await visit.settled();
      await visit.press('j');
      const first = await selected(visit);
      await visit.press('j');
      await selects(visit, (row) => row !== first);
      await visit.press('k');
      await selects(visit, (row) => row === first);
      await page.getByRole('complementary', { name: 'Details' }).waitFor();
      await visit.press('Escape');
      await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
      await visit.press('j');
      await page.getByRole('complementary', { name: 'Details' }).waitFor();
      await visit.press('Enter');
      await page.waitForURL(/\/calls\/[0-9a-f]{32}\/[0-9a-f]{16}/);
      await visit.settled();
      await visit.clean();
    }),
  );

  test(
    'e goes from error to error',
    withPage(site, { path: '/logs?from=-2h&q=service:embed-worker' }, async (visit) => {
      await visit.press('e');
      const first = await selected(visit);
      assert.match(first, /error/i);
      await visit.press('e');
      assert.match(await selects(visit, (row) => row !== first), /error/i);
    }),
  );

  test(
    'a trace: rows, errors, folding, views',
    withPage(site, { path: `/traces/${site.visit('research', true).trace}?from=-2h` }, async (visit) => {
      const { page } = visit;
      const span = () => visit.search().span;
      await visit.press('j');
      await page.waitForURL(/span=/);
      const one = span();
      await visit.press('j');
      await page.waitForURL((url) => url.searchParams.get('span') !== one);
      await page.getByRole('complementary', { name: 'Details' }).waitFor();
      await visit.press('e');
      await eventually(async () =>
        /rate limit|failed|gave up|did not|connection reset/i.test(
          await page.getByRole('complementary', { name: 'Details' }).innerText(),
        ),
      );
      await visit.settled();
      await visit.press('Escape');
      await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
      const tabs = page.locator('#content [role=tab]');
      assert.ok((await tabs.count()) >= 3, 'waterfall and other views');
      await tabs.first().focus();
      await visit.press('ArrowRight');
      await eventually(async () => (await tabs.nth(1).getAttribute('aria-selected')) === 'true');
      await visit.settled();
      await visit.clean();
    }),
  );

  test(
    'the time range',
    withPage(site, { path: '/traces' }, async (visit) => {
      const { page } = visit;
      await page.getByRole('button', { name: /^Time range/ }).focus();
      await visit.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Time range' });
      await dialog.waitFor();
      for (let i = 0; i < 20 && !/Last 6 hours/.test(await focused(visit)); i++) await visit.press('Tab');
      await visit.press('Enter');
      await page.waitForURL(/from=-6h/);
      await dialog.waitFor({ state: 'detached' });
      await eventually(async () => /Time range: Last 6 hours/.test(await focused(visit))); // it is back where it was
    }),
  );

  test(
    'everything that can be clicked can be reached',
    withPage(site, { path: '/calls?from=-2h' }, async (visit) => {
      const { page } = visit;
      const seen = new Set();
      await page.evaluate(() => document.body.focus());
      for (let i = 0; i < 200; i++) {
        await visit.press('Tab');
        const where = await focused(visit);
        if (seen.has(where) && seen.size > 20 && /Skip to content/.test(where)) break;
        seen.add(where);
      }
      for (const want of [
        /Skip to content/,
        /Overview/,
        /Jump to/,
        /Time range/,
        /theme/,
        /combobox Filter/,
        /grid/,
        /Export/,
      ])
        assert.ok(
          [...seen].some((s) => want.test(s)),
          `${want} of ${[...seen].join('; ')}`,
        );
    }),
  );
});
