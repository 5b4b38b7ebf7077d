// What measurements share: whether the machine was quiet, medians, and the list that scrolling is compared with.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { artefacts } from './browser.mjs';

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

/** Whether this process gets a core for itself: work of 150 ms takes hardly longer by the clock on the wall. */
export async function quiet() {
  await sleep(20);
  const used = process.cpuUsage(), began = process.hrtime.bigint();
  for (let x = 0, end = Date.now() + 150; Date.now() < end; x++) Math.sqrt(x);
  const { user, system } = process.cpuUsage(used);
  return Number(process.hrtime.bigint() - began) / 1e3 / (user + system) < 1.1;
}

const results = [];

/** Notes a number and its limit: a line of the table, and of artefacts/speed.json. */
export function note(what, value, unit, limit, more = '') {
  results.push({ what, value: Math.round(value * 10) / 10, unit, limit, more });
}

export function report() {
  writeFileSync(`${artefacts}speed.json`, JSON.stringify(results, null, 2) + '\n');
  const width = Math.max(...results.map((r) => r.what.length));
  for (const r of results) console.log(`${r.what.padEnd(width)} ${String(r.value).padStart(8)} ${r.unit.padEnd(4)} ${r.limit.padEnd(12)} ${r.more}`);
}

/** Scrolls an element by 40 px a frame for so long, and returns the frames a second. Runs in the page. */
export async function scroll({ selector, ms }) {
  const box = document.querySelector(selector);
  let frames = 0, way = 40;
  const began = performance.now();
  let now = began;
  while (now - began < ms) {
    await new Promise((r) => requestAnimationFrame(r));
    if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) way = -40;
    if (box.scrollTop <= 0) way = 40;
    box.scrollTop += way;
    frames++;
    now = performance.now();
  }
  return (frames * 1000) / (now - began);
}

/** A page that holds nothing but so many rows, each with a name and a bar, placed absolutely: what any table costs. */
export const plainList = (rows) => `<!doctype html><style>
  #list { height: 800px; overflow: auto; position: relative; font: 12px monospace } #list div { position: absolute; height: 24px; width: 100%; contain: strict } i { position: absolute; left: 400px; top: 8px; height: 8px; background: #58c }
</style><div id="list" tabindex="0">${Array.from({ length: rows }, (_, i) => `<div style="top:${i * 24}px">row ${i} of a plain list<i style="width:${(i * 37) % 600}px"></i></div>`).join('')}</div>`;
