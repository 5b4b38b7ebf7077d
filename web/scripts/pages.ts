// Tells the server which files the page of an address needs, so that its document names them and the browser loads all at once,
// and what the overview asks first, so that the answer is there when its code is.
import { readFileSync } from 'node:fs';
import type { Plugin, Rolldown } from 'vite';
import { numberParts } from '../src/pages/overview/expressions.ts';
import { averaged, hour } from '../src/pages/overview/times.ts';
import { union } from '../src/pages/overview/union.ts';

type Chunk = Rolldown.OutputChunk;

interface Page {
  path: string; // as the router has it: /traces/$trace
  modules: string[];
  styles: string[];
  asks?: { address: string; seconds: number }; // of a range of so many seconds that ends now; start and end are for the server to add
}

// The overview comes with the frame.
const overview: Page = {
  path: '/',
  modules: [],
  styles: [],
  asks: {
    address: `/prometheus/api/v1/query_range?${new URLSearchParams({ query: union(numberParts(`${averaged}s`)), step: String(hour) })}`,
    seconds: hour,
  },
};

/** Writes pages.json into the bundle: which files each page of the router needs beside those of the frame. root ends in a slash. */
export function pagesOfRouter(root: string): Plugin {
  return {
    name: 'pages-of-router',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const chunks = Object.values(bundle).filter((c) => c.type === 'chunk');
        const of = (source: string): Chunk =>
          chunks.find((c) => c.facadeModuleId === root + source) ?? this.error(`no chunk is made of ${source}`);
        const frame = closure(of('index.html'), bundle);
        const page = (path: string, source: string): Page => {
          const needed = [...closure(of(source), bundle)].filter((c) => !frame.has(c));
          return {
            path,
            modules: needed.map((c) => c.fileName),
            styles: [...new Set(needed.flatMap((c) => [...(c.viteMetadata?.importedCss ?? [])]))],
          };
        };
        const router = readFileSync(`${root}src/router.tsx`, 'utf8');
        const pages = [...router.matchAll(/page\('([^']+)', \(\) => import\('@\/([^']+)'\)\)/g)].map(
          ([, path, source]) => page(path!, `src/${source!}.tsx`),
        );
        if (pages.length === 0) this.error('no page is found in router.tsx');
        this.emitFile({
          type: 'asset',
          fileName: 'pages.json',
          source: JSON.stringify([overview, ...pages], null, 1) + '\n',
        });
      },
    },
  };
}

// closure is a chunk and all that it imports at once.
function closure(chunk: Chunk, bundle: Rolldown.OutputBundle, seen = new Set<Chunk>()): Set<Chunk> {
  if (seen.has(chunk)) return seen;
  seen.add(chunk);
  for (const file of chunk.imports) {
    const next = bundle[file];
    if (next?.type === 'chunk') closure(next, bundle, seen);
  }
  return seen;
}
