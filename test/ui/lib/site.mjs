// What all browser tests share: one server with the seeded data, one browser.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seed } from '../seed/seed.mjs';
import { launch } from './browser.mjs';
import { eventually, providersAt, Server, startMock } from './server.mjs';

const rules = `groups:
  - name: browser tests
    interval: 2s
    rules:
      - {alert: SeedFires, expr: 'vector(1)', labels: {severity: warning, team: shop}, annotations: {summary: 'Always on, for the tests', description: 'Value {{ $value }}'}}
      - {alert: SeedWaits, expr: 'vector(2)', for: 5h, labels: {severity: critical}, annotations: {summary: Pending for hours}}
      - {alert: SeedSleeps, expr: 'vector(0) > 1', labels: {severity: warning}, annotations: {summary: Never}}
      - {record: 'seed:orders:rate5m', expr: 'sum(rate(shop_orders_total[5m]))'}
`;
const slos = `slos:
  - name: answers
    service: chat-api
    objective: 95
    window: 7d
    good: sum(rate(http_requests_total{job="chat-api", status!~"5.."}[$window]))
    total: sum(rate(http_requests_total{job="chat-api"}[$window]))
`;

async function start() {
  const mock = await startMock();
  const server = new Server({
    env: {
      ...providersAt(mock.url),
      TELLTALE_METRICS_INTERVAL: '2s',
      TELLTALE_ALERTING_SLOS: 'slos.yml',
    },
  });
  mkdirSync(join(server.home, 'rules'));
  writeFileSync(join(server.home, 'rules', 'seed.yml'), rules);
  writeFileSync(join(server.home, 'slos.yml'), slos);
  process.on('exit', () => {
    mock.stop();
    server.process?.kill('SIGKILL');
  });
  await server.start();
  const visits = await seed(server.url);
  const browser = await launch();
  const calls = (await server.get('/api/v1/calls?q=service:chat-api&from=-2h&limit=20')).spans;
  await eventually(async () => (await server.get('/api/v1/alerts')).firing > 0, 60_000, 200);
  let demo;
  return {
    server,
    browser,
    visits,
    calls,
    base: process.env.UI_BASE ?? server.url,
    /** The first visit of a kind: chat, ask or research. */
    visit: (kind, failed = false) => visits.find((v) => v.kind === kind && v.failed === failed),
    /** A second server that simulates traffic, for what has to be alive. */
    async demo() {
      demo ??= await new Server({
        command: 'demo',
        args: ['--rate', '12', '--seed', '11'],
        env: { TELLTALE_METRICS_INTERVAL: '5s' },
      }).start();
      process.on('exit', () => demo.process.kill('SIGKILL'));
      return { server: demo, browser, base: demo.url };
    },
    async end() {
      await demo?.end();
      await browser.close();
      mock.stop();
      await server.end();
    },
  };
}

export const site = await start();
