// Debian's Chromium, and pages that are watched: what must not happen on any page is noticed on every one.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const web = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium } = web('playwright-core');
const axe = web('axe-core');

export const artefacts = new URL('../artefacts/', import.meta.url).pathname;
mkdirSync(artefacts, { recursive: true });

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: flags,
  });

export const sizes = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
};

// waiting is what says on the page that it is asked for. Runs in the page.
function waiting() {
  const said = [...document.querySelectorAll('.loading, [role=status], [aria-busy=true]')].filter(
    (e) => e.checkVisibility() && (e.matches('[aria-busy=true]') || /…$|^Connecting$/.test(e.textContent.trim())),
  );
  return document.querySelector('#app')?.childElementCount
    ? said.map((e) => e.textContent.trim().slice(0, 60))
    : ['nothing is drawn'];
}

/** A page and what it did wrong. */
export class Visit {
  constructor(site, context, page) {
    Object.assign(this, {
      site,
      context,
      page,
      problems: [],
      foreign: [],
      pending: new Set(),
      quietSince: Date.now(),
    });
    const origin = new URL(site.base).origin;
    page.on('console', (m) => m.type() === 'error' && this.problems.push(`console: ${m.text()}`));
    page.on('pageerror', (e) => this.problems.push(`error: ${e.message}`));
    page.on('dialog', (d) => {
      this.problems.push(`dialog: ${d.message()}`);
      void d.dismiss();
    });
    page.on('request', (r) => {
      const url = new URL(r.url());
      if (!['data:', 'blob:', 'about:'].includes(url.protocol) && url.origin !== origin) this.foreign.push(r.url());
      if (!url.pathname.endsWith('/tail')) this.pending.add(r); // a tail has no end
    });
    const done = (r) => {
      this.pending.delete(r);
      this.quietSince = Date.now();
    };
    page.on('requestfinished', done);
    page.on('requestfailed', (r) => {
      done(r);
      const why = r.failure()?.errorText;
      if (why !== 'net::ERR_ABORTED') this.problems.push(`request: ${r.method()} ${r.url()} ${why}`); // aborted ones were the page's own wish
    });
    page.on('response', (r) => r.status() >= 400 && this.problems.push(`response: ${r.status()} ${r.url()}`));
  }

  /** Goes to a path of the site and waits until the page has what it asked for. */
  async go(path) {
    await this.page.goto(this.site.base + path, { waitUntil: 'load' });
    await this.settled();
  }

  /** Waits until nothing has been under way for a moment, and nothing says that it is asked for. */
  async settled(within = 60_000) {
    let waits = [];
    for (const deadline = Date.now() + within; ; await sleep(40)) {
      if (this.pending.size === 0 && Date.now() - this.quietSince > 150) {
        waits = await this.page.evaluate(waiting);
        if (waits.length === 0 && this.pending.size === 0) break;
      }
      if (Date.now() > deadline)
        throw new Error(
          `${this.page.url()} is still loading after ${within} ms: ${[...waits, ...[...this.pending].map((r) => r.url())].join(' ')}`,
        );
    }
    await this.page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
  }

  /** Fails with all that went wrong so far; what matches expected was meant to. */
  async clean(expected = /^$/) {
    const script = await this.page.evaluate(() => [window.__xss, window.__violations].filter(Boolean)).catch(() => []);
    assert.deepEqual(
      {
        problems: this.problems.filter((p) => !expected.test(p)),
        foreign: this.foreign,
        script,
      },
      { problems: [], foreign: [], script: [] },
      this.page.url(),
    );
  }

  /** Fails with every violation of WCAG and good practice that axe finds. */
  async accessible(theme = '') {
    if (!(await this.page.evaluate(() => 'axe' in globalThis))) await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ['violations'] }),
    );
    const found = violations.map(
      (v) =>
        `${v.id}: ${v.help}: ${v.nodes
          .slice(0, 4)
          .map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''} ${n.html.slice(0, 160)}`)
          .join(' | ')}`,
    );
    assert.deepEqual(found, [], `axe on ${this.page.url()} ${theme}`);
  }

  /** Both themes, as the system changes them while the page is open: a picture of each, and axe. */
  async bothThemes(name) {
    for (const theme of ['dark', 'light']) {
      await this.page.emulateMedia({ colorScheme: theme });
      await this.page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
      await this.settled();
      await this.screenshot(`${name}-${theme}`);
      await this.accessible(theme);
    }
  }

  screenshot = (name, options) => this.page.screenshot({ path: `${artefacts}${name}.png`, ...options });
  text = () => this.page.locator('#content').innerText();
  /** The parameters of the address. */
  search = () => Object.fromEntries(new URL(this.page.url()).searchParams);
  path = () => new URL(this.page.url()).pathname;
  press = async (...keys) => {
    for (const key of keys) await this.page.keyboard.press(key);
  };
}

/** Opens a watched page in a fresh profile. */
export async function open(site, { theme = 'dark', size = sizes.desk, path, ...options } = {}) {
  const context = await site.browser.newContext({
    viewport: size,
    colorScheme: theme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...options,
  });
  // A violation of the policy is told to the page and is kept there; the console has it as well.
  await context.addInitScript(() =>
    addEventListener('securitypolicyviolation', (e) => {
      (window.__violations ??= []).push(`${e.violatedDirective} ${e.blockedURI}`);
    }),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const visit = new Visit(site, context, page);
  if (path !== undefined) await visit.go(path);
  return visit;
}

/** A body of a test that gets a page, which is closed at the end; where it fails, a picture tells how it looked. */
export function withPage(site, options, body) {
  return async (t) => {
    const visit = await open(site, options);
    try {
      await body(visit, t);
    } catch (e) {
      await visit.screenshot(`failed-${t.name.replace(/[^\w.-]+/g, '-').slice(0, 80)}`).catch(() => undefined);
      throw e;
    } finally {
      await visit.context.close();
    }
  };
}
