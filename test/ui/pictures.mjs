// Takes the pictures of the README from a demo: pictures.mjs [FOLDER], docs/images by default.
import { mkdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { launch, open, sizes } from './lib/browser.mjs';
import { eventually, Server } from './lib/server.mjs';

const folder = process.argv[2] ?? new URL('../../docs/images', import.meta.url).pathname;
const most = 250 * 1024; // bytes of a picture
const warmUp = 4 * 60e3; // ms of traffic, so that charts have lines

mkdirSync(folder, { recursive: true });
const demo = await new Server({
  command: 'demo',
  args: ['--rate', '8', '--seed', '7'],
  env: { TELLTALE_METRICS_INTERVAL: '5s' },
}).start();
const browser = await launch();
try {
  await sleep(warmUp);
  const site = { browser, base: demo.url };
  // A run of the agent that failed has the most to show; a long answer the same.
  const { traces } = await eventually(() =>
    demo.get('/api/v1/traces?q=service:research-agent+status:error&from=-15m&limit=50'),
  );
  const trace = traces.filter((t) => t.errors > 0).sort((a, b) => b.spans - a.spans)[0];
  const { spans: calls } = await demo.get('/api/v1/calls?q=service:rag-api+-op:embeddings&from=-15m&limit=50');
  const call = calls.sort((a, b) => JSON.stringify(b.genai).length - JSON.stringify(a.genai).length)[0];
  for (const [name, theme, path] of [
    ['overview', 'dark', '/?from=-5m'],
    ['trace', 'light', `/traces/${trace.trace_id}`],
    ['call', 'dark', `/calls?from=-5m&sel=${call.trace_id}:${call.span_id}`],
  ]) {
    const visit = await open(site, {
      theme,
      path,
      size: { ...sizes.desk, height: 860 },
    });
    await sleep(1500); // what is animated has come to rest
    await visit.clean();
    const file = `${folder}/${name}.png`;
    await visit.page.screenshot({ path: file });
    const { size } = statSync(file);
    console.log(`${file} ${Math.round(size / 1024)} KiB`);
    if (size > most) throw new Error(`${file} has ${size} bytes, ${most} is the limit`);
    await visit.context.close();
  }
} finally {
  await browser.close();
  await demo.end();
}
