import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { early, pagesOfRouter } from './scripts/pages.ts';

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
      input: [`${root}index.html`, ...Object.values(early).map((file) => root + file)],
      output: {
        // Names carry no hash, so that the bundle in the repository changes where the code does.
        entryFileNames: (chunk) => (chunk.name === 'index' ? 'app.js' : 'chunks/[name].js'),
        chunkFileNames: 'chunks/[name].js',
        assetFileNames: 'assets/[name][extname]',
        // What changes rarely has files of its own; the large ones load with the page that needs them. What most pages
        // have is one file: each file costs a request, which takes longer than the few functions a page does not need.
        codeSplitting: {
          groups: [
            { name: 'codemirror', test: /node_modules\/(@codemirror|@lezer|@prometheus-io|@marijn|style-mod|crelt|w3c-keyname)/ },
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: 'tanstack', test: /node_modules\/@tanstack\/(react-router|router-core|history|react-store|store|react-query|query-core)\// },
            { name: 'uplot', test: /node_modules\/uplot\/.*js$/ },
            { name: 'questions', test: /src\/(api\/http|lib\/range|pages\/overview\/(batch|expressions|questions|times))\.ts/ },
            { name: 'parts', minShareCount: 4, test: /src\/(api|lib|components\/Compare)\/|src\/components\/(Copy|Dock|Empty|ErrorNote|Id|Loading|Tabs|When|conditions|fill)\.|node_modules\/lucide-react/ },
          ],
        },
      },
    },
  },
  server: { port: 5173, proxy: { '/api': server, '/prometheus': server, '/alertmanager': server } },
});
