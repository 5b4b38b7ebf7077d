// The PromQL editor: completion, mistakes with their place, charts, exemplars.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withPage } from './lib/browser.mjs';
import { site } from './lib/site.mjs';

const editor = (visit) => visit.page.locator('.cm-content').first();

async function write(visit, text) {
  await editor(visit).click();
  await visit.press('Control+a', 'Delete');
  await visit.page.keyboard.type(text, { delay: 15 });
}

describe('metrics', { concurrency: 3 }, () => {
  test(
    'completion of names and labels',
    withPage(site, { path: '/explore' }, async (visit) => {
      const { page } = visit;
      await write(visit, 'shop_bas');
      await page.locator('.cm-tooltip-autocomplete li', { hasText: 'shop_basket_size' }).first().waitFor();
      await visit.accessible();
      await visit.screenshot('explore-completion');
      await visit.press('Enter');
      assert.match(await editor(visit).innerText(), /^shop_basket_size/);
      await page.keyboard.type('{reg', { delay: 15 });
      await page.locator('.cm-tooltip-autocomplete li', { hasText: 'region' }).first().waitFor();
      await visit.clean();
    }),
  );

  test(
    'a mistake is shown at its place',
    withPage(site, { path: '/explore?from=-1h' }, async (visit) => {
      await write(visit, 'sum(rate(shop_orders_total[5m]) by');
      await visit.press('Escape', 'Control+Enter');
      await visit.page.locator('.cm-lintRange-error, [role=alert]').first().waitFor();
      await visit.settled();
      await visit.screenshot('explore-mistake');
      await write(visit, 'sum by (result) (rate(shop_orders_total[5m]))');
      await visit.press('Escape', 'Control+Enter');
      await visit.settled();
      await visit.page.locator('#content').getByText('failed').first().waitFor();
      assert.match(visit.search().expr, /shop_orders_total/);
      await visit.clean(/status of 400|response: 400/);
    }),
  );

  test(
    'an exemplar opens its trace',
    withPage(
      site,
      {
        path:
          '/explore?from=-1h&expr=' +
          encodeURIComponent('histogram_quantile(0.95, sum by (le) (rate(shop_checkout_duration_seconds_bucket[5m])))'),
      },
      async (visit) => {
        const dot = visit.page.locator('button.dot').first();
        await dot.waitFor();
        await visit.screenshot('explore-exemplars');
        await dot.focus();
        await visit.press('Enter');
        await visit.page.waitForURL(/\/traces\/[0-9a-f]{32}/);
        await visit.settled();
        await visit.clean();
      },
    ),
  );
});
