// Prints a module with everything that it imports, as Vite builds it for a browser: node bundle.mjs FILE
import { build } from 'vite';

const [, , input] = process.argv;
const { output } = await build({
  configFile: false,
  logLevel: 'warn',
  root: import.meta.dirname,
  build: { write: false, minify: false, rollupOptions: { input } },
});
for (const { code = '' } of output) process.stdout.write(code);
