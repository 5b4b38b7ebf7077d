// All that a page shows is in its address: a second tab shows the same, and back and forward walk through what was done.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { open, withPage } from './lib/browser.mjs';
import { site } from './lib/site.mjs';
import { pages } from './pages.mjs';

// state is what the reader would call the same view. Runs in the page.
function state() {
  const text = (e) =>
    e.textContent
      .replace(/(\d+ (d|h|min|s) ?)+ago/g, 'ago')
      .replace(/\s+/g, ' ')
      .trim();
  const all = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()).map(text);
  return {
    title: document.title.replace(/^\(\d+\) /, ''), // alerts that fire are counted before it
    theme: document.documentElement.dataset.theme,
    filter: document.querySelector('input[role=combobox]')?.value,
    range: document.querySelector('[aria-label^="Time range"]')?.getAttribute('aria-label'),
    tabs: all('[role=tab][aria-selected=true]'),
    pressed: all('#content [aria-pressed=true]'),
    selected: all('#content [role=row][aria-selected=true]').slice(0, 1),
    details: all('aside.dock header h2'),
    columns: all('#content [role=columnheader]'),
    headings: all('#content h2, #content h3').slice(0, 30),
  };
}

// fixed makes a range of moments, in which nothing is new.
function fixed(path) {
  const url = new URL(path, 'http://x');
  url.searchParams.set('from', new Date(Date.now() - 7200e3).toISOString());
  url.searchParams.set('to', new Date(Date.now() - 1000).toISOString());
  return url.pathname + url.search;
}

async function sameInSecondTab(visit) {
  const before = await visit.page.evaluate(state);
  const second = await open(site, {
    path: visit.page.url().slice(site.base.length),
  });
  try {
    assert.deepEqual(await second.page.evaluate(state), before, visit.page.url());
  } finally {
    await second.context.close();
  }
  return before;
}

describe('addresses', { concurrency: 3 }, () => {
  for (const { name, path } of pages(site)) {
    test(
      `${name} in a second tab, in light`,
      withPage(site, { path: fixed(path) + '&theme=light' }, async (visit) => {
        const { theme } = await sameInSecondTab(visit);
        assert.equal(theme, 'light');
        for (const tab of name.startsWith('trace-') ? [] : await visit.page.locator('#content [role=tab]').all()) {
          // each view of a page has an address
          await tab.click();
          await visit.settled();
          assert.equal(await tab.getAttribute('aria-selected'), 'true');
          await sameInSecondTab(visit);
        }
      }),
    );
  }

  for (const path of ['/calls', '/traces', '/logs', '/errors', '/sessions']) {
    test(
      `what is selected on ${path}`,
      withPage(
        site,
        {
          path: fixed(`${path}?q=${path === '/errors' ? '' : 'service:chat-api'}`),
        },
        async (visit) => {
          await visit.page.locator('[role=grid] [role=row].tr').nth(2).click();
          await visit.settled();
          const { selected, details } = await sameInSecondTab(visit);
          assert.ok(selected.length + details.length > 0, 'something is selected, or its details are open');
        },
      ),
    );
  }

  test(
    'back and forward',
    withPage(site, { path: fixed('/calls') }, async (visit) => {
      const { page } = visit;
      const steps = [await page.evaluate(state)];
      const step = async (act) => {
        await act();
        await visit.settled();
        steps.push(await page.evaluate(state));
      };
      await step(async () => {
        await page.getByRole('combobox', { name: 'Filter' }).fill('service:chat-api');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Escape');
      });
      await step(() => page.getByRole('link', { name: 'Traces', exact: true }).click());
      await step(async () => {
        await page.getByRole('button', { name: /^Time range/ }).click();
        await page.getByRole('button', { name: 'Last 6 hours' }).click();
      });
      await step(() => page.getByRole('link', { name: 'Status', exact: true }).click());
      for (let i = steps.length - 2; i >= 0; i--) {
        await page.goBack();
        await visit.settled();
        assert.deepEqual(await page.evaluate(state), steps[i], `back to step ${i}`);
      }
      for (let i = 1; i < steps.length; i++) {
        await page.goForward();
        await visit.settled();
        assert.deepEqual(await page.evaluate(state), steps[i], `forward to step ${i}`);
      }
      await visit.clean();
    }),
  );
});
