import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The server to develop against: telltale serve or telltale demo.
const server = process.env.TELLTALE ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
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
        entryFileNames: 'app.js',
        chunkFileNames: 'chunks/[name].js',
        assetFileNames: 'assets/[name][extname]',
        // What changes rarely has files of its own; the large ones load with the page that needs them.
        codeSplitting: {
          groups: [
            { name: 'codemirror', test: /node_modules\/(@codemirror|@lezer|@prometheus-io|@marijn|style-mod|crelt|w3c-keyname)/ },
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: 'uplot', test: /node_modules\/uplot\// },
          ],
        },
      },
    },
  },
  server: { port: 5173, proxy: { '/api': server, '/prometheus': server, '/alertmanager': server } },
});
