// Alerts: every view; a silence is made and ended on the page, and the server knows of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './lib/browser.mjs';
import { eventually } from './lib/server.mjs';
import { site } from './lib/site.mjs';

const silences = async (state) =>
  (await site.server.get('/alertmanager/api/v2/silences')).filter(
    (s) => s.status.state === state && s.comment === 'browser test',
  );

test(
  'every view of alerts',
  withPage(site, { path: '/alerts' }, async (visit) => {
    const shows = {
      'Firing & pending': /SeedFires[^]*SeedWaits/,
      Rules: /SeedSleeps|browser tests/,
      History: /SeedFires/,
      SLOs: /answers/,
    };
    const tabs = visit.page.locator('#content [role=tab]');
    for (let i = 0; i < (await tabs.count()); i++) {
      await tabs.nth(i).click();
      await visit.settled();
      const name = (await tabs.nth(i).innerText()).trim();
      await visit.bothThemes(`alerts-${name.toLowerCase().replace(/\W+/g, '-')}`);
      if (shows[name]) assert.match(await visit.text(), shows[name], name);
    }
    await visit.clean();
  }),
);

test(
  'a silence is made, holds, and is ended',
  withPage(site, { path: '/alerts?view=silences' }, async (visit) => {
    const { page } = visit;
    await page.getByRole('button', { name: 'New silence' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Value').fill('SeedFires');
    await dialog.getByText(/Holds back 1 alert/).waitFor();
    await visit.bothThemes('silence-new');
    await dialog.getByRole('button', { name: /^Silence until/ }).click(); // without a name and a reason nothing happens
    assert.equal((await silences('active')).length, 0);
    await dialog.getByLabel('Your name').fill('Tess Ting');
    await dialog.getByLabel('Why').fill('browser test');
    await dialog.getByRole('button', { name: /^Silence until/ }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('browser test').waitFor();
    const [made] = await silences('active');
    assert.deepEqual(
      [made.createdBy, made.matchers.map((m) => `${m.name}${m.isEqual ? '=' : '!='}${m.value}`)],
      ['Tess Ting', ['alertname=SeedFires']],
    );
    await eventually(async () => (await site.server.get('/api/v1/alerts')).silenced > 0, 60_000, 200);
    await visit.screenshot('silence-active');
    await page.getByRole('button', { name: 'End now' }).click();
    await page.getByRole('button', { name: 'End the silence' }).click();
    await eventually(async () => (await silences('expired')).length === 1);
    await page.getByRole('region', { name: /^Over/ }).getByText('browser test').waitFor();
    await visit.clean();
  }),
);
