// What opens on the pages: docks, menus, dialogs, editors, views. Wide and on a phone, dark and light, everybody can use it, and
// every page on a phone as well.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sizes, withPage } from './lib/browser.mjs';
import { eventually } from './lib/server.mjs';
import { site } from './lib/site.mjs';
import { empty, pages } from './pages.mjs';

const chat = site.visit('chat'),
  research = site.visit('research'),
  failed = site.visit('chat', true) ?? site.visits.find((v) => v.failed);
const [call] = site.calls;
const since = 'from=-2h';

const click =
  (name, role = 'button') =>
  (page) =>
    page.getByRole(role, { name }).first().click();
const first = (selector) => (page) => page.locator(selector).first().click();
const keys =
  (...names) =>
  async (page) => {
    for (const name of names) await page.keyboard.press(name);
  };
/** Draws over a chart, which selects a time. */
const draw = (selector) => async (page) => {
  const box = await page.locator(selector).first().boundingBox();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2, {
    steps: 4,
  });
  await page.mouse.up();
};

/** name, path, what opens it, and what is there then. */
const opened = [
  ['palette', '/status', keys('Control+k'), 'dialog'],
  ['key-help', '/status', keys('?'), 'dialog'],
  ['time-range', '/logs', keys('t'), 'dialog'],
  ['export-menu', `/calls?${since}`, click(/^Export/), 'menu'],
  ['call-dock', `/calls?${since}&q=service:chat-api&sel=${call.trace_id}:${call.span_id}`, null, 'complementary'],
  ['call-columns', `/calls?${since}`, click(/^Columns/), 'dialog'],
  ['calls-drawn', `/calls?${since}`, draw('.u-over'), 'toolbar'],
  ['facet-add', `/traces?${since}`, click(/Add a facet/), 'combobox'],
  [
    'query-suggestions',
    `/traces?${since}`,
    async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('stat');
    },
    'listbox',
  ],
  ['query-mistake', '/logs?q=level:%3E%3D%3E', null, 'alert'],
  [
    'traces-compared',
    `/traces?${since}`,
    async (page) => {
      await draw('.scatter canvas')(page);
      await page.keyboard.press('c');
    },
    'complementary',
  ],
  ['span-dock', `/traces/${research.trace}`, keys('j'), 'complementary'],
  ['trace-graph', `/traces/${research.trace}?view=graph`, null, 'tabpanel'],
  ['trace-flame', `/traces/${research.trace}?view=flame`, null, 'tabpanel'],
  ['trace-conversation', `/traces/${research.trace}?view=conversation`, null, 'tabpanel'],
  ['trace-logs', `/traces/${research.trace}?view=logs`, null, 'tabpanel'],
  ['request-span', `/r/${research.request}`, first('.request-rows .tr:has(.request-kind)'), 'complementary'],
  ['request-log', `/r/${research.request}`, first('.request-rows .tr:has(.request-message)'), 'complementary'],
  ['request-error', `/r/${failed.request}`, keys('e'), 'complementary'],
  ['log-dock', `/logs?${since}`, first('.logs-table .tr'), 'complementary'],
  ['log-columns', `/logs?${since}`, click(/^Columns/), 'dialog'],
  [
    'log-context',
    `/logs?${since}`,
    async (page) => {
      await page.keyboard.press('j');
      await page.getByRole('button', { name: 'Show in context' }).click();
    },
    'grid',
  ],
  [
    'logs-compared',
    `/logs?${since}`,
    async (page) => {
      await draw('.u-over')(page);
      await page.keyboard.press('c');
    },
    'complementary',
  ],
  ['live-tail', '/logs?tail=1', null, 'status'],
  ['error-dock', `/errors?${since}`, keys('e'), 'complementary'],
  ['session', `/sessions/${chat.session}?${since}`, null, 'link'],
  ['metrics-browser', '/explore?browse=1', first('.metric'), 'complementary'],
  ['metrics-table', '/explore?from=-1h&view=table&expr=up&expr2=sum(rate(shop_orders_total[5m]))', null, 'grid'],
  ['metrics-mistake', '/explore?from=-1h&expr=sum(up', null, 'alert'],
  ['board-import', '/dashboards', click('New from JSON'), 'tab'],
  ['board-variable', '/dashboards/telltale-llm?from=-1h', click(/^Model:/), 'dialog'],
  ['board-panel-menu', '/dashboards/opened?from=-1h', click('Menu of Orders'), 'menu'],
  ['board-panel-about', '/dashboards/telltale-llm?from=-1h', click(/^About Calls/), 'dialog'],
  ['board-panel-alone', '/dashboards/opened?from=-1h&viewPanel=1', null, 'group'],
  ['board-own', '/dashboards/opened?from=-1h', null, 'group'],
  ['board-editor', '/dashboards/opened?from=-1h&edit=1', null, 'textbox'],
  ['board-problems', '/dashboards/opened?from=-1h&edit=1', click(/^Problems/, 'tab'), 'tabpanel'],
  [
    'board-leave',
    '/dashboards/opened?from=-1h&edit=1',
    async (page) => {
      await page.locator('.cm-content').click();
      await page.keyboard.type(' ');
      await page.getByRole('button', { name: 'Cancel' }).click();
    },
    'dialog',
  ],
  ['board-delete', '/dashboards/opened?from=-1h&edit=1', click('Delete'), 'dialog'],
  ['alert-dock', '/alerts', first('.table .tr'), 'complementary'],
  ['rule-dock', '/alerts?view=rules', first('.table .tr'), 'complementary'],
  ['alert-tested', '/alerts?view=routes', click('Send it'), 'status'],
  ['replayed', '/alerts?view=replay&from=-1h', click(/^Replay/), 'img'],
];

const board = {
  title: 'Opened',
  timezone: 'Asia/Kolkata',
  templating: {
    list: [
      {
        name: 'result',
        type: 'query',
        query: 'label_values(shop_orders_total, result)',
        includeAll: true,
        multi: true,
        current: { value: '$__all' },
      },
    ],
  },
  panels: [
    {
      id: 1,
      type: 'timeseries',
      title: 'Orders',
      description: 'By result',
      gridPos: { x: 0, y: 0, w: 12, h: 8 },
      targets: [
        {
          refId: 'A',
          expr: 'sum by (result) (rate(shop_orders_total{result=~"$result"}[5m]))',
        },
      ],
    },
    {
      id: 2,
      type: 'table',
      title: 'Baskets',
      gridPos: { x: 12, y: 0, w: 12, h: 8 },
      targets: [
        {
          refId: 'A',
          expr: 'last_over_time(shop_basket_size[6h])',
          instant: true,
          format: 'table',
        },
      ],
      transformations: [{ id: 'organize', options: { renameByName: { region: 'Region' } } }],
    },
    {
      id: 3,
      type: 'heatmap',
      title: 'Checkouts',
      gridPos: { x: 0, y: 8, w: 12, h: 8 },
      targets: [
        {
          refId: 'A',
          expr: 'sum by (le) (rate(shop_checkout_duration_seconds_bucket[5m]))',
          format: 'heatmap',
        },
      ],
    },
    {
      id: 4,
      type: 'worldmap',
      title: 'Map',
      gridPos: { x: 12, y: 8, w: 6, h: 8 },
      targets: [{ refId: 'A', expr: 'up' }],
    },
    {
      id: 5,
      type: 'gauge',
      title: 'Up',
      gridPos: { x: 18, y: 8, w: 6, h: 8 },
      targets: [{ refId: 'A', expr: 'sum(up)' }],
    },
  ],
};

describe('what opens', { concurrency: 3 }, () => {
  before(async () => {
    const saved = await fetch(`${site.server.url}/api/v1/dashboards/opened`, {
      method: 'PUT',
      body: JSON.stringify(board),
    });
    assert.equal(saved.status, 200, await saved.text());
  });

  for (const [name, path, open, role] of opened) {
    test(
      name,
      withPage(site, { path }, async (visit) => {
        if (open) await open(visit.page);
        await visit.page.getByRole(role).first().waitFor();
        for (const [size, viewport] of Object.entries(sizes)) {
          await visit.page.setViewportSize(viewport);
          await visit.bothThemes(`opened-${name}${size === 'desk' ? '' : `-${size}`}`);
        }
        await visit.clean(/^(response: 400|console: .*status of 400)/); // wrong queries are wanted here
      }),
    );
  }

  test(
    'the menu of a phone',
    withPage(site, { path: '/status', size: sizes.phone }, async (visit) => {
      await visit.page.getByRole('button', { name: 'Menu' }).click();
      await visit.bothThemes('opened-menu-phone');
    }),
  );

  for (const { name, path } of [...pages(site), ...empty]) {
    test(
      `${name} on a phone`,
      withPage(site, { path, size: sizes.phone }, async (visit) => {
        for (const theme of ['dark', 'light']) {
          await visit.page.emulateMedia({ colorScheme: theme });
          await visit.page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
          await visit.accessible(`${theme}, phone`);
        }
        await visit.clean();
      }),
    );
  }

  test(
    'the preview of a dashboard shows what is written, transformations too',
    withPage(site, { path: '/dashboards/opened?from=-1h&edit=1' }, async (visit) => {
      const { page } = visit;
      const preview = page.locator('.edit-panel');
      await preview.getByRole('columnheader', { name: 'Region' }).waitFor();
      await page.locator('.cm-content').click();
      await page.keyboard.press('Control+a');
      await page.keyboard.insertText(
        JSON.stringify({
          ...board,
          panels: [
            {
              ...board.panels[1],
              transformations: [
                {
                  id: 'organize',
                  options: { renameByName: { region: 'Continent' } },
                },
              ],
            },
          ],
        }),
      );
      await preview.getByRole('columnheader', { name: 'Continent' }).waitFor();
      await eventually(async () => (await preview.locator('.tr').count()) === 3);
      await visit.clean();
    }),
  );
});
