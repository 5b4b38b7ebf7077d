// Prints what the bundle weighs, and fails where the first load has more JavaScript than it may.
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const firstLoad = 190 * 1024; // bytes of gzip: the frame with the overview and its charts, and what these import at once

const dist = new URL('../../internal/ui/dist/', import.meta.url);
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

// imports follows static imports from a file.
function imports(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(new URL(file, dist), 'utf8');
  for (const [, path] of text.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[\w*{}\s,$]+\s*from\s*)?["'](\.[^"']+\.js)["']/g)) {
    imports(new URL(path, new URL(file, dist)).href.slice(dist.href.length), seen);
  }
  return seen;
}

const first = [...['app.js', 'chunks/early.js', 'chunks/Overview.js', 'chunks/Charts.js'].reduce((seen, file) => imports(file, seen), new Set())];
const total = first.reduce((sum, file) => sum + size(file), 0);
const kib = (n) => (n / 1024).toFixed(1).padStart(7) + ' KiB';
for (const file of first) console.log(kib(size(file)), file);
console.log(kib(total), 'first load, gzip');
for (const file of readdirSync(new URL('chunks/', dist)).map((f) => 'chunks/' + f)) {
  if (!first.includes(file)) console.log(kib(size(file)), file, '(later)');
}
if (total > firstLoad) {
  console.error(`the first load is ${kib(total).trim()}, ${kib(firstLoad).trim()} is the limit`);
  process.exit(1);
}
