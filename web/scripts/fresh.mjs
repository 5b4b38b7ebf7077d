// Builds the bundle into a folder of its own, and fails where the committed one is another.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

const committed = new URL('../../internal/ui/dist', import.meta.url).pathname;
const built = mkdtempSync(join(tmpdir(), 'telltale-bundle-'));

/** Names of all files below. @param {string} folder */
const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .map((f) => join(f.parentPath ?? f.path, f.name).slice(folder.length + 1))
    .sort();

try {
  await build({ logLevel: 'warn', build: { outDir: built } });
  const names = [...new Set([...files(committed), ...files(built)])];
  /** @param {string} folder @param {string} name */
  const read = (folder, name) => {
    try {
      return readFileSync(join(folder, name));
    } catch {
      return null; // there is none by this name
    }
  };
  const stale = names.filter((name) => {
    const a = read(committed, name),
      b = read(built, name);
    return a === null || b === null || !a.equals(b);
  });
  if (stale.length > 0) {
    console.error(`internal/ui/dist is not what web/ makes: run \`make ui\`. Other: ${stale.join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(built, { recursive: true, force: true });
}
