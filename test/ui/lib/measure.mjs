// What measurements share: whether the machine was quiet, medians, and the list that scrolling is compared with.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { artefacts } from './browser.mjs';

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

const busy = () => {
  const [user, nice, system, idle, wait, ...rest] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const work = user + nice + system + rest.slice(0, 3).reduce((a, b) => a + b, 0);
  return { work, all: work + idle + wait };
};

/** Whether the machine does hardly anything else: less than 15 % of its cores are at work while this process waits. */
export async function quiet() {
  const before = busy();
  await sleep(300);
  const after = busy();
  return (after.work - before.work) / (after.all - before.all) < 0.15;
}

/** Waits until a new window of the browser has opened, 5 s at most: for as long as a load takes, it draws the menu of its own address bar,
 * in processes beside that of the page. */
export async function windowOpen() {
  for (const deadline = Date.now() + 5_000; Date.now() < deadline;) if (await quiet()) return;
}

/** Runs a measurement some times, and says whether all rounds began on a quiet machine. */
export async function rounds(times, measure) {
  const values = [];
  let calm = true;
  for (let i = 0; i < times; i++) {
    calm = (await quiet()) && calm;
    values.push(await measure());
  }
  return { values, calm };
}

const results = [];

/** Notes a number and its limit: a line of the table, and of artefacts/speed.json. */
export function note(what, value, unit, limit, more = '') {
  results.push({ what, value: Math.round(value * 10) / 10, unit, limit, more });
}

export function report() {
  writeFileSync(`${artefacts}speed.json`, JSON.stringify(results, null, 2) + '\n');
  const width = Math.max(...results.map((r) => r.what.length));
  for (const r of results)
    console.log(
      `${r.what.padEnd(width)} ${String(r.value).padStart(8)} ${r.unit.padEnd(4)} ${r.limit.padEnd(12)} ${r.more}`,
    );
}

/** Scrolls an element by 40 px a frame for so long, and returns the frames a second. Runs in the page. */
export async function scroll({ selector, ms }) {
  const box = document.querySelector(selector);
  let frames = 0,
    way = 40;
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

/** Draws the rows of a plain list from data, and returns how long that takes until they are on the screen. Runs in the page. */
export function drawPlainList(rows) {
  return new Promise((resolve) => {
    const list = document.querySelector('#list');
    list.replaceChildren();
    requestAnimationFrame(() => {
      const began = performance.now();
      const all = document.createDocumentFragment();
      for (let i = 0; i < rows; i++) {
        const row = document.createElement('div'),
          bar = document.createElement('i');
        row.style.top = `${i * 24}px`;
        row.append(`row ${i} of a plain list`);
        bar.style.width = `${(i * 37) % 600}px`;
        row.append(bar);
        all.append(row);
      }
      list.append(all);
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now() - began);
        port2.postMessage(null);
      });
    });
  });
}

/** Lays out and paints all of a page again without any script, and returns how long that takes: what no page can be quicker than. Runs in the page. */
export function drawAgain() {
  return new Promise((resolve) => {
    const content = document.querySelector('#content');
    content.style.display = 'none';
    content.getBoundingClientRect();
    requestAnimationFrame(() => {
      const began = performance.now();
      content.style.display = '';
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
    });
  });
}
