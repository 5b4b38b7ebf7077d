// Dashboards over a demo: every panel of every one that is shipped shows something, and files dropped into the folder are shown too.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from './lib/browser.mjs';
import { eventually } from './lib/server.mjs';
import { site } from './lib/site.mjs';

const old = {
  title: 'AI API monitoring',
  panels: [
    {
      title: 'Calls',
      type: 'graph',
      targets: [
        {
          expr: 'rate(llm_calls_total[5m])',
          legendFormat: '{{model}} - {{status}}',
        },
      ],
    },
    {
      title: 'p95',
      type: 'graph',
      expr: 'histogram_quantile(0.95, sum by (le) (rate(llm_call_duration_seconds_bucket[5m])))',
      legendFormat: 'p95',
      unit: 's',
    },
    {
      title: 'Cost today',
      type: 'singlestat',
      format: 'currencyUSD',
      thresholds: '10,50',
      targets: [{ expr: 'sum(increase(llm_cost_usd_total[24h]))' }],
    },
    {
      title: 'Hit rate',
      type: 'gauge',
      expr: '0.8',
      min: 0,
      max: 1,
      thresholds: [
        { value: 0.7, color: 'yellow' },
        { value: 0.9, color: 'green' },
      ],
    },
    {
      title: 'Endpoints',
      type: 'table',
      targets: [{ expr: 'sum by (path) (http_requests_total)', instant: true }],
    },
    {
      title: 'Note',
      type: 'text',
      content: '## Ask the *platform team*\n\n- first\n- second',
    },
    { title: 'Map', type: 'worldmap', targets: [{ expr: 'up' }] },
  ],
};
const rows = {
  title: 'Rows of old',
  rows: [
    {
      title: 'A row',
      panels: [
        {
          id: 1,
          title: 'Up',
          type: 'graph',
          span: 6,
          targets: [{ expr: 'up' }],
        },
        {
          id: 2,
          title: 'Targets',
          type: 'singlestat',
          span: 6,
          targets: [{ expr: 'count(up)' }],
        },
      ],
    },
  ],
};

// scrolled shows every panel once: those out of sight ask nothing.
async function scrolled(visit) {
  await visit.settled();
  await visit.page.evaluate(async () => {
    for (const panel of document.querySelectorAll('.board-panel')) {
      panel.scrollIntoView({ block: 'center' });
      await new Promise((r) => setTimeout(r, 60));
    }
  });
  await visit.settled();
}

// faults are panels that show nothing, rows of no height among them, or an error. Runs in the page.
const faults = () =>
  [...document.querySelectorAll('.board-panel')]
    .filter(
      (p) =>
        p.querySelector('.panel-none, [role=alert]') ||
        p.getAttribute('aria-busy') === 'true' ||
        /no (data|value)/i.test(p.querySelector('.board-body').textContent) ||
        (!p.querySelector('canvas, svg, table') && !p.querySelector('.board-body').textContent.trim()) ||
        [...p.querySelectorAll('[role=row]')].some((row) => row.getBoundingClientRect().height < 12),
    )
    .map((p) => `${p.getAttribute('aria-label')}: ${p.querySelector('.board-body').textContent.slice(0, 200)}`);

describe('dashboards', () => {
  let demo;
  before(async () => {
    demo = await site.demo();
  });

  test('every shipped one, every panel', async () => {
    const { dashboards } = await demo.server.get('/api/v1/dashboards');
    const shipped = dashboards.filter((d) => d.uid.startsWith('telltale-'));
    assert.equal(shipped.length, 7);
    for (const { uid, title } of shipped) {
      const visit = await open(demo, { path: `/dashboards/${uid}?from=-15m` });
      try {
        let empty = [];
        await eventually(async () => {
          await scrolled(visit);
          empty = await visit.page.evaluate(faults);
          if (empty.length === 0) return true;
          await sleep(4000);
          await visit.page.reload();
        }, 120_000).catch(() => assert.deepEqual(empty, [], title));
        await visit.page.evaluate(() => document.querySelector('.board-panel').scrollIntoView());
        await visit.bothThemes(`dashboard-${uid}`);
        await visit.clean();
      } finally {
        await visit.context.close();
      }
    }
  });

  test('files dropped into the folder', async () => {
    mkdirSync(join(demo.server.home, 'dashboards'), { recursive: true });
    writeFileSync(join(demo.server.home, 'dashboards', 'bare.json'), JSON.stringify(old));
    writeFileSync(join(demo.server.home, 'dashboards', 'rows.json'), JSON.stringify(rows));
    const visit = await open(demo, { path: '/dashboards' });
    await visit.page.getByRole('link', { name: 'AI API monitoring' }).click({ timeout: 60_000 });
    await scrolled(visit);
    const found = await visit.page.evaluate(faults);
    assert.deepEqual(
      found.filter((f) => !f.startsWith('Map:')),
      [],
    );
    assert.match(found.join(), /worldmap/, 'the panel that is not supported says so');
    const text = await visit.text();
    for (const want of ['Calls', 'Cost today', '$', 'Hit rate', '0.8', '/v1/chat', 'platform team'])
      assert.ok(text.includes(want), `${want} in ${text.slice(0, 1500)}`);
    await visit.bothThemes('dashboard-of-old');
    await visit.go('/dashboards');
    await visit.page.getByRole('link', { name: 'Rows of old' }).click();
    await scrolled(visit);
    assert.deepEqual(await visit.page.evaluate(faults), []);
    assert.match(await visit.text(), /A row/);
    await visit.clean();
    await visit.context.close();
  });

  test('live pages of a busy server', async () => {
    for (const path of ['/', '/calls?from=-15m', '/traces?from=-15m', '/logs?from=-15m', '/errors?from=-15m']) {
      const visit = await open(demo, { path });
      await sleep(6000); // a refresh or two
      await visit.settled();
      await visit.screenshot(`demo${path.replace(/\W+/g, '-')}`);
      await visit.accessible();
      await visit.clean();
      await visit.context.close();
    }
  });
});
