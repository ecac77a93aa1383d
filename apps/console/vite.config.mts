import { join } from 'node:path';
import { defineConfig } from 'vite';

const ROOT = import.meta.dirname;
const PACKAGES = join(ROOT, '../../packages');
/** A running server, for `npm run console:dev`. */
const SERVER = process.env['ASSENT_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: ROOT,
  base: '/ui/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: { alias: { '@assent/client': join(PACKAGES, 'client/src') } },
  build: {
    emptyOutDir: true,
    target: 'es2022',
    // An inlined asset or module preload would need a looser Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What the first page needs comes as one file; screens are loaded when they are opened.
        codeSplitting: { groups: [{ name: 'shell', test: /\/console\/src\/main\.tsx$/ }] },
      },
    },
  },
  server: {
    proxy: { '^/(?!ui/)': { target: SERVER } },
  },
});
