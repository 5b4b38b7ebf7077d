// How quick the pages are, beside their targets; ratios against a plain list, in the same run, hold always. What a browser without
// a graphics card needs to paint is in every number: the same page, drawn again without any script, is told beside them.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { open, withPage } from './lib/browser.mjs';
import {
  drawAgain,
  drawPlainList,
  median,
  note,
  plainList,
  quiet,
  report,
  rounds,
  scroll,
  windowOpen,
} from './lib/measure.mjs';
import { site } from './lib/site.mjs';
import { large } from './seed/seed.mjs';

// Targets are for a quiet machine, and whether they are reached is in the table. What fails is a page whose best round takes
// three times that: two cores that do other work as well must not.
const allowance = 3;

// within notes the median of five rounds beside its target, and asserts the best.
async function within(what, measure, target) {
  const { values, calm } = await rounds(5, measure);
  const middle = median(values),
    best = Math.min(...values);
  note(
    what,
    middle,
    'ms',
    `≤ ${target}`,
    `${middle <= target ? 'reached' : 'NOT reached'}; best ${Math.round(best)}, worst ${Math.round(Math.max(...values))}${calm ? '' : ', machine busy'}`,
  );
  assert.ok(
    best <= allowance * target,
    `${what}: ${values.map(Math.round)} ms, ${allowance} times the target of ${target}`,
  );
}

describe('speed', () => {
  after(report);

  test(
    'the first load is small',
    withPage(site, {}, async (visit) => {
      await visit.go('/');
      const scripts = await visit.page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .filter((r) => /\.js(\?|$)/.test(r.name))
          .map((r) => ({
            name: r.name.split('/').pop(),
            size: r.encodedBodySize,
          })),
      );
      const total = scripts.reduce((sum, s) => sum + s.size, 0) / 1024;
      note('JavaScript of the overview, gzip', total, 'KiB', '≤ 190', scripts.map((s) => s.name).join(' '));
      assert.ok(total > 0 && total <= 190, `${total} KiB: ${JSON.stringify(scripts)}`);
    }),
  );

  test('the overview is interactive at once', () =>
    within(
      'overview interactive',
      async () => {
        const visit = await open(site);
        // Interactive: the first panel with its figures, not its empty frame, is painted, and the thread is free for an event. The page
        // says so itself: to ask it would load a script of the test's own into it.
        await visit.context.addInitScript(() => {
          const look = new MutationObserver(() => {
            if (![...document.querySelectorAll('#content .ov-figures li b')].some((b) => /\d/.test(b.textContent)))
              return;
            look.disconnect();
            requestAnimationFrame(() => setTimeout(() => console.log(`interactive ${performance.now()}`)));
          });
          look.observe(document, { childList: true, subtree: true });
        });
        await windowOpen();
        const said = visit.page.waitForEvent('console', (m) => m.text().startsWith('interactive '));
        await visit.page.goto(site.base + '/', { waitUntil: 'commit' });
        const time = Number((await said).text().split(' ')[1]);
        await visit.context.close();
        return time;
      },
      500,
    ));

  for (const [name, spans, trace] of [
    ['10,000', 10_000, large.spans10k],
    ['30,000', 30_000, large.spans30k],
  ]) {
    test(
      `a trace of ${name} spans opens at once`,
      withPage(site, {}, async ({ page }) => {
        await page.setContent(plainList(0));
        const plain = [],
          again = [];
        for (let i = 0; i < 3; i++) plain.push(await page.evaluate(drawPlainList, spans));
        note(`plain list of ${name} rows, data to rows`, median(plain), 'ms', '');
        await within(
          `trace of ${name} spans, data to rows`,
          async () => {
            const visit = await open(site);
            await windowOpen();
            await visit.go(`/traces/${trace}?from=-2h`);
            const [measure] = await visit.page.evaluate(() =>
              performance.getEntriesByName('trace-open').map((m) => m.duration),
            );
            assert.ok(measure !== undefined, 'the page measures trace-open');
            again.push(await visit.page.evaluate(drawAgain));
            await visit.context.close();
            return measure;
          },
          spans === 10_000 ? 100 : 300,
        );
        note(`trace of ${name} spans, drawn again`, median(again), 'ms', '');
      }),
    );
  }

  test(
    'the waterfall scrolls as a plain list does',
    withPage(site, { path: `/traces/${large.spans10k}?from=-2h` }, async (visit) => {
      const plain = await visit.context.newPage();
      await plain.setContent(plainList(10_000));
      const selector = await visit.page.evaluate(() => {
        const tall = [...document.querySelectorAll('#content *')].find(
          (e) => e.scrollHeight > 20 * e.clientHeight && e.clientHeight > 200,
        );
        tall.setAttribute('data-tall', '');
        return '[data-tall]';
      });
      const rates = { plain: [], waterfall: [] };
      const enough = () =>
        rates.waterfall.length > 2 && Math.max(...rates.waterfall) >= Math.min(50, 0.85 * median(rates.plain));
      for (let i = 0; i < 8 && !enough(); i++) {
        // as many rounds as a busy machine needs for a quiet one
        await plain.bringToFront();
        rates.plain.push(await plain.evaluate(scroll, { selector: '#list', ms: 1500 }));
        await visit.page.bringToFront();
        rates.waterfall.push(await visit.page.evaluate(scroll, { selector, ms: 1500 }));
      }
      const list = median(rates.plain),
        waterfall = median(rates.waterfall);
      const calm = await quiet();
      note('plain list of 10,000 rows scrolls', list, 'fps', '', `rounds ${rates.plain.map(Math.round)}`);
      note(
        'waterfall of 10,000 spans scrolls',
        waterfall,
        'fps',
        '≥ 50',
        `rounds ${rates.waterfall.map(Math.round)}${calm ? '' : ', machine busy'}`,
      );
      assert.ok(
        enough(),
        `waterfall ${rates.waterfall.map(Math.round)} fps, plain list ${rates.plain.map(Math.round)} fps`,
      );
    }),
  );

  test(
    'a filter shows its rows at once',
    withPage(site, { path: '/calls?from=-2h' }, async (visit) => {
      const queries = ['status:error', 'model:gpt-4o', 'service:chat-api', 'service:research-agent', 'status:ok'];
      const again = [];
      await within(
        'filter: key to rows, without the server',
        async () => {
          await visit.page.getByRole('combobox', { name: 'Filter' }).fill(queries.shift());
          await visit.settled();
          const time = await visit.page.evaluate(fromKeyToRows);
          await visit.settled();
          again.push(await visit.page.evaluate(drawAgain));
          return time;
        },
        50,
      );
      note('the same page drawn again', median(again), 'ms', '');
    }),
  );
});

// fromKeyToRows presses Enter in the filter and returns the time until the rows have changed and are painted, less that of the request. Runs in the page.
function fromKeyToRows() {
  return new Promise((resolve, reject) => {
    const input = document.querySelector('input[role=combobox]');
    const grid = document.querySelector('[role=grid] .rows');
    const rows = () => [...grid.querySelectorAll('[role=row]')].map((r) => r.textContent).join();
    const before = rows();
    performance.clearResourceTimings();
    const began = performance.now();
    input.focus();
    input.dispatchEvent(
      new KeyboardEvent('keydown', {
        key: 'Enter',
        bubbles: true,
        cancelable: true,
      }),
    );
    const look = () => {
      if (rows() === before)
        return performance.now() - began > 5000
          ? reject(new Error('the rows stay as they were'))
          : requestAnimationFrame(look);
      setTimeout(() => {
        const asked = performance.getEntriesByType('resource').filter((r) => r.name.includes('/api/v1/calls'));
        const server =
          asked.length > 0
            ? Math.max(...asked.map((r) => r.responseEnd)) - Math.min(...asked.map((r) => r.startTime))
            : 0;
        resolve(performance.now() - began - server);
      });
    };
    requestAnimationFrame(look);
  });
}
