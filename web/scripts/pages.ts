// Tells the server which files the page of an address needs, so that its document names them and the browser loads all at once.
import { readFileSync } from 'node:fs';
import type { Plugin, Rolldown } from 'vite';

interface Page {
  path: string; // as the router has it: /traces/$trace
  modules: string[];
  styles: string[];
  early: string[]; // modules that run at once
}

/** Modules that ask the first question of a page, by its path. */
export const early: Record<string, string> = { '/': 'src/pages/overview/early.ts' };

/** Writes pages.json into the bundle. */
export function pagesOfRouter(root: string): Plugin {
  return {
    name: 'pages-of-router',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const chunks = Object.values(bundle).filter((c) => c.type === 'chunk');
        const of = (source: string) => chunks.find((c) => c.facadeModuleId === root + source);
        const router = readFileSync(`${root}src/router.tsx`, 'utf8');
        const first = closure(chunks.find((c) => c.fileName === 'app.js'), bundle);
        const pages = [...router.matchAll(/page\('([^']+)', \(\) => import\('@\/([^']+)'\)\)/g)].map(([, path, source]): Page => {
          const needed = [...closure(of(`src/${source}.tsx`), bundle)].filter((c) => !first.has(c));
          const asks = early[path!] ? of(early[path!]!) : undefined;
          return {
            path: path!, modules: needed.map((c) => c.fileName),
            styles: [...new Set(needed.flatMap((c) => [...(c.viteMetadata?.importedCss ?? [])]))], early: asks ? [asks.fileName] : [],
          };
        });
        this.emitFile({ type: 'asset', fileName: 'pages.json', source: JSON.stringify(pages, null, 1) + '\n' });
      },
    },
  };
}

// closure is a chunk and all that it imports at once.
function closure(chunk: Rolldown.OutputChunk | undefined, bundle: Rolldown.OutputBundle, seen = new Set<Rolldown.OutputChunk>()) {
  if (!chunk || seen.has(chunk)) return seen;
  seen.add(chunk);
  for (const file of chunk.imports) {
    const next = bundle[file];
    if (next?.type === 'chunk') closure(next, bundle, seen);
  }
  return seen;
}
