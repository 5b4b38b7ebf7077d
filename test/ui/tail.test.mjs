// Live tail of the logs: it moves only while the reader lets it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './lib/browser.mjs';
import { eventually } from './lib/server.mjs';
import { site } from './lib/site.mjs';
import { sendLines } from './seed/otlp.mjs';

let written = 0;
const write = (n) =>
  sendLines(
    site.server.url,
    Array.from({ length: n }, () => ({
      time: new Date().toISOString(),
      level: 'info',
      msg: `tailed line ${++written}`,
      service: 'tailed',
    })),
  );

test(
  'live tail, pause, and what is new',
  withPage(site, { path: '/logs?q=service:tailed&tail=1' }, async (visit) => {
    const { page } = visit;
    const seen = () => page.locator('[role=grid] .tr').allInnerTexts();
    await write(3);
    await eventually(async () => (await seen()).some((t) => t.includes('tailed line 3')));
    await visit.accessible();
    await page.getByRole('button', { name: /Pause/ }).click();
    const before = await seen();
    await write(25);
    const fresh = page.getByRole('button', { name: /\b25 new\b/ });
    await fresh.waitFor();
    assert.deepEqual(await seen(), before, 'what is read does not move');
    await visit.screenshot('tail-paused');
    await fresh.click();
    await eventually(async () => (await seen()).some((t) => t.includes('tailed line 28')));
    await write(1);
    await eventually(async () => (await seen()).some((t) => t.includes('tailed line 29')));
    await visit.clean();
  }),
);

test(
  'a list that was empty fills by itself',
  withPage(site, { path: '/logs?q=service:late' }, async (visit) => {
    await sendLines(site.server.url, [
      {
        time: new Date().toISOString(),
        level: 'info',
        msg: 'a late line',
        service: 'late',
      },
    ]);
    await visit.page.getByText('a late line').first().waitFor({ timeout: 60_000 });
    await visit.clean();
  }),
);
