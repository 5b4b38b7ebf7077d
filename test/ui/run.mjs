// Runs the browser tests against bin/telltale: run.mjs [NAME…], all of them by default. See run.sh for what it needs.
import { after } from 'node:test';

const all = [
  'speed',
  'pages',
  'opened',
  'mobile',
  'links',
  'keyboard',
  'hostile',
  'exports',
  'explore',
  'alerts',
  'faults',
  'tail',
  'dashboards',
  'restart',
];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there are ${all.join(', ')}`);

const { site } = await import('./lib/site.mjs');
after(() => site.end());
for (const name of all) if (wanted.length === 0 || wanted.includes(name)) await import(`./${name}.test.mjs`);
