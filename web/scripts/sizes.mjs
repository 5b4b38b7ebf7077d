// Prints what the bundle weighs, gzip, and fails where any of it is more than it may be. Or of another folder: sizes.mjs DIR/
import { readFileSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

/** Limits in KiB of gzip. Whoever raises one says why. */
const limits = {
  firstLoad: 190, // JavaScript of the overview with its charts: the product's own limit
  page: 240, // JavaScript that a page needs before it shows anything, the frame included
  later: 170, // one file that is fetched when it is asked for, the editor of PromQL for instance
  styles: 40, // all styles
  font: 90, // one font; a browser fetches those whose letters occur
};

/** @typedef {{ path: string, modules: string[], styles: string[], asks?: object }} Page as scripts/pages.ts writes them */

const dist = process.argv[2] ? pathToFileURL(process.argv[2]) : new URL('../../internal/ui/dist/', import.meta.url);

/** @type {Map<string, number>} */
const weighed = new Map();

/** Bytes of a file, compressed as the server does. Fonts are compressed already. @param {string} file */
function size(file) {
  const content = readFileSync(new URL(file, dist));
  const n = weighed.get(file) ?? (file.endsWith('.woff2') ? content.length : gzipSync(content, { level: 9 }).length);
  weighed.set(file, n);
  return n;
}

/** A file and all that it imports at once. @param {string} file @param {Set<string>} seen @returns {Set<string>} */
function imports(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(new URL(file, dist), 'utf8');
  for (const [, path] of text.matchAll(
    /(?:^|[;}\s])(?:import|export)\s*(?:[\w*{}\s,$]+\s*from\s*)?["'](\.[^"']+\.js)["']/g,
  )) {
    imports(new URL(String(path), new URL(file, dist)).href.slice(dist.href.length), seen);
  }
  return seen;
}

/** @param {Iterable<string>} files */
const sum = (files) => [...files].reduce((n, file) => n + size(file), 0);

let failed = false;

/** Prints a size beside its limit. @param {string} what @param {number} bytes @param {number} limit in KiB */
function weigh(what, bytes, limit) {
  const over = bytes > limit * 1024;
  failed ||= over;
  console.log(
    `${(bytes / 1024).toFixed(1).padStart(7)} KiB of ${String(limit).padStart(3)}  ${what}${over ? '  TOO LARGE' : ''}`,
  );
}

/** @type {Page[]} */
const pages = JSON.parse(readFileSync(new URL('pages.json', dist), 'utf8'));
/** All JavaScript of a page at once. @param {Page} page */
const needed = (page) => page.modules.reduce((seen, file) => imports(file, seen), imports('app.js'));

const overview = pages.find((p) => p.path === '/');
if (!overview) throw new Error('pages.json has no overview');
weigh('first load: the overview with its charts', sum(imports('chunks/Charts.js', needed(overview))), limits.firstLoad);
/** @type {Set<string>} */
const atOnce = imports('chunks/Charts.js');
for (const page of pages) {
  const files = needed(page);
  for (const file of files) atOnce.add(file);
  weigh(`page ${page.path}`, sum(files), limits.page);
}
for (const name of readdirSync(new URL('chunks/', dist))) {
  const file = `chunks/${name}`;
  if (!atOnce.has(file)) weigh(`${file}, later`, size(file), limits.later);
}
const assets = readdirSync(new URL('assets/', dist)).map((name) => `assets/${name}`);
weigh('styles of all pages', sum(assets.filter((a) => a.endsWith('.css'))), limits.styles);
for (const font of assets.filter((a) => a.endsWith('.woff2'))) weigh(font, size(font), limits.font);
if (failed) {
  console.error(
    'The bundle is larger than it may be: import what is large when it is needed, or raise the limit in scripts/sizes.mjs and say why.',
  );
  process.exit(1);
}
