// On a phone every page can be read: nothing hangs out at the side, no text is tiny, the menu leads everywhere.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sizes, withPage } from './lib/browser.mjs';
import { site } from './lib/site.mjs';
import { pages } from './pages.mjs';

const least = 11; // px of text

// inspect runs in the page: elements that stick out of the screen though nothing lets them scroll, and texts too small.
function inspect(least) {
  const tiny = new Set(),
    out = new Set();
  const name = (e) =>
    `${e.tagName.toLowerCase()}.${[...e.classList].join('.')} ${(e.textContent ?? '').trim().slice(0, 40)}`;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const e = n.parentElement;
    if (
      !n.textContent.trim() ||
      e.closest('.sr, noscript, script, style') ||
      !e.checkVisibility({ visibilityProperty: true })
    )
      continue;
    if (parseFloat(getComputedStyle(e).fontSize) < least) tiny.add(name(e));
  }
  for (const e of document.querySelectorAll('main, main *, [role=dialog]')) {
    if (e.closest('.sr') || !e.checkVisibility()) continue;
    const box = e.getBoundingClientRect();
    if (box.width === 0 || (box.right <= innerWidth + 1 && box.left >= -1)) continue;
    let scroller = e.parentElement; // what scrolls sideways, or cuts a text with dots, may hold what is wider
    while (scroller && getComputedStyle(scroller).overflowX === 'visible') scroller = scroller.parentElement;
    if (!scroller || scroller === document.body || scroller === document.documentElement) out.add(name(e));
  }
  return {
    tiny: [...tiny].slice(0, 8),
    out: [...out].slice(0, 8),
    width: document.documentElement.scrollWidth - innerWidth,
  };
}

describe('a phone', { concurrency: 3 }, () => {
  for (const { name, path } of pages(site)) {
    test(
      name,
      withPage(site, { path, size: sizes.phone, hasTouch: true, isMobile: true }, async (visit) => {
        await visit.screenshot(`${name}-phone`);
        assert.deepEqual(await visit.page.evaluate(inspect, least), {
          tiny: [],
          out: [],
          width: 0,
        });
        await visit.clean();
      }),
    );
  }

  test(
    'the menu',
    withPage(site, { path: '/', size: sizes.phone, hasTouch: true, isMobile: true }, async (visit) => {
      await visit.page.getByRole('button', { name: 'Menu' }).click();
      await visit.page.getByRole('link', { name: 'Status' }).click();
      await visit.page.waitForURL(/\/status$/);
      await visit.page.getByRole('link', { name: 'Traces', exact: true }).waitFor({ state: 'hidden' }); // the menu has closed
    }),
  );
});
