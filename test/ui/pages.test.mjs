// Every page in both themes: it shows what it should, nothing goes wrong, and everybody can use it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withPage } from './lib/browser.mjs';
import { site } from './lib/site.mjs';
import { empty, pages } from './pages.mjs';

describe('every page in both themes', { concurrency: 3 }, () => {
  for (const { name, path, shows } of pages(site)) {
    test(
      name,
      withPage(site, { path }, async (visit) => {
        const text = (await visit.page.locator('main').innerText()).toLowerCase();
        await visit.bothThemes(name);
        assert.deepEqual(
          shows.filter((s) => !text.includes(s.toLowerCase())),
          [],
          `what ${path} does not show, of ${text.slice(0, 800)}`,
        );
        await visit.clean();
      }),
    );
  }
  for (const { name, path } of empty) {
    test(
      name,
      withPage(site, { path }, async (visit) => {
        await visit.bothThemes(name);
        assert.match(
          await visit.page.locator('.snippet pre').first().innerText(),
          /\w/,
          'a command that fills the page',
        );
        await visit.clean();
      }),
    );
  }

  test(
    'palette, help and time range',
    withPage(site, { path: '/status' }, async (visit) => {
      await visit.press('?');
      await visit.page.getByRole('dialog').waitFor();
      await visit.bothThemes('keys');
      await visit.press('Escape', 'Control+k');
      await visit.page.getByPlaceholder('trace id').waitFor();
      await visit.page.keyboard.type('da');
      await visit.bothThemes('palette');
      await visit.press('Escape');
      await visit.page.getByRole('button', { name: /^Time range/ }).click();
      await visit.page.getByRole('dialog').waitFor();
      await visit.bothThemes('time-range');
      await visit.clean();
    }),
  );
});
