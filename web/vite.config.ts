import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { pagesOfRouter } from './scripts/pages.ts';

// The server to develop against: telltale serve or telltale demo.
const server = process.env.TELLTALE ?? 'http://127.0.0.1:8080';

const root = new URL('./', import.meta.url).pathname;

export default defineConfig({
  plugins: [react(), pagesOfRouter(root)],
  // Addresses are relative: the server serves the bundle below the hash of all its files.
  base: './',
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: {
    outDir: '../internal/ui/dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0, // fonts and pictures are files: the policy of the page allows no data: for fonts
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Names carry no hash, so that the bundle in the repository changes where the code does.
        entryFileNames: (chunk) => (chunk.name === 'index' ? 'app.js' : 'chunks/[name].js'),
        chunkFileNames: 'chunks/[name].js',
        assetFileNames: 'assets/[name][extname]',
        // What is large loads with the page that needs it. The frame and what most pages have is one file, with the overview: each
        // file costs a request, which takes longer than the few functions a page does not need.
        codeSplitting: {
          groups: [
            {
              name: 'codemirror',
              test: /node_modules\/(@codemirror|@lezer|@prometheus-io|@marijn|style-mod|crelt|w3c-keyname)/,
            },
            { name: 'uplot', test: /node_modules\/uplot\/.*js$/ },
            { name: 'frame', tags: ['$initial'] },
            {
              name: 'parts',
              minShareCount: 4,
              test: /src\/components\/(Empty|Export|Facets|LongText|Modal|QueryInput|Table|Tabs|conditions|fill)\b|src\/lib\/(foreign|oneLine|stored)|node_modules\/lucide-react/,
            },
          ],
        },
      },
    },
  },
  server: { port: 5173, proxy: { '/api': server, '/prometheus': server, '/alertmanager': server } },
});
