// The server is restarted while pages are open: what they show stays, they say that it is away, and go on by themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './lib/browser.mjs';
import { eventually } from './lib/server.mjs';
import { site } from './lib/site.mjs';
import { sendSpans, span } from './seed/otlp.mjs';

const lost = (visit) => visit.page.locator('.live[data-state=lost]', { hasText: 'No connection' });

test('a restart of the server', async () => {
  const visits = await Promise.all(
    ['/calls?from=-15m', '/', '/status', `/traces/${site.visit('chat').trace}?from=-2h`].map((path) =>
      open(site, { path }),
    ),
  );
  const [calls] = visits;
  const before = await Promise.all(visits.map((v) => v.text()));
  await site.server.stop();
  for (const v of visits) await lost(v).waitFor({ timeout: 60_000 });
  const during = await Promise.all(visits.map((v) => v.text()));
  for (const [i, text] of during.entries())
    assert.ok(text.length > 0.5 * before[i].length, `${visits[i].path()} keeps what it shows: ${text.slice(0, 300)}`);
  await calls.screenshot('server-away');
  await site.server.start();
  for (const v of visits) await lost(v).waitFor({ state: 'detached', timeout: 60_000 });
  const now = Date.now();
  await sendSpans(site.server.url, 'after-restart', [
    span({
      trace: 'c0ffee00000000000000000000000001',
      id: 'c0ffee0000000001',
      name: 'chat gpt-4o',
      kind: 'client',
      begin: now - 500,
      end: now - 100,
      fields: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'after-restart-model',
      },
    }),
  ]);
  await eventually(async () => (await calls.text()).includes('after-restart-model'), 60_000, 200);
  for (const v of visits) {
    v.problems = v.problems.filter(
      (p) => !/ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE|status of 503|response: 503|ERR_NETWORK/.test(p),
    );
    await v.clean();
    await v.context.close();
  }
});
