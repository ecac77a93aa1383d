import { join } from 'node:path';
import { defineConfig } from 'vite';

const ROOT = import.meta.dirname;
const PACKAGES = join(ROOT, '../../packages');
/** A running server, for `npm run console:dev`. */
const SERVER = process.env['ASSENT_URL'] ?? 'http://127.0.0.1:8080';

/** Modules by the file that they are built into. */
const TOGETHER = {
  'run-tabs': /\/runs\/run\/(?:tabs\/(?!tree)|cancel|complete|resolve|consequences|timeline|search\.nodes|frame\.list)/,
  'run-trees':
    /\/(?:runs\/run\/tabs\/tree|tree\/(?:run-tree|search-tree|search\.nodes|frames\.tree|what-if-panel|use-what-if))\.tsx?$/,
  decision:
    /\/approvals\/(?:ask\.dialog|decision\.dialog|edit\.dialog|outcome|patch\.hunks|rule\.draft|subject\.body|subject\.text)\.tsx?$/,
  policies: /\/parts\/(?:json-editor|policy-editor)\.tsx$|\/text\/json\.source\.ts$/,
  runs: /\/screens\/runs\/(?:index|state\.chip|texts|live\.rows|run\.filters)\.tsx?$/,
  memory: /\/screens\/memory\//,
  webhooks: /\/screens\/webhooks\//,
};

export default defineConfig({
  root: ROOT,
  base: '/ui/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: { alias: { '@assent/client': join(PACKAGES, 'client/src') } },
  build: {
    emptyOutDir: true,
    // The texts of the licences of the packages that the bundle contains.
    license: { fileName: 'licenses.md' },
    target: 'es2022',
    // An inlined asset or module preload would need a looser Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Rolldown does not read the nested manifest in which `diff` says that its modules have no side effects.
      treeshake: { moduleSideEffects: [{ test: /\/node_modules\/diff\//, sideEffects: false }] },
      output: {
        // What the first page needs comes as one file, with the parts that every screen has. Screens are loaded when they are opened;
        // what is small in a screen is one file, because files compress better together.
        codeSplitting: {
          groups: [
            {
              name: 'shell',
              test: /\/console\/src\/(?:main\.tsx|parts\/(?:action|chip|confirm|empty|field|id|load|needs|open-row|page|pages|raw|rows|tabs|time|time-filter)\.tsx?)$/,
            },
            ...Object.entries(TOGETHER).map(([name, test]) => ({ name, test, includeDependenciesRecursively: false })),
          ],
        },
      },
    },
  },
  server: {
    proxy: { '^/(?!ui/)': { target: SERVER } },
  },
});
