// Builds the console to dist/console, with each text asset also compressed: the server compresses nothing.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build } from 'vite';

const OUT = 'dist/console';
const TEXT = /\.(?:js|css|svg|html)$/;

export async function buildConsole() {
  await build({
    root: 'apps/console',
    configFile: 'apps/console/vite.config.mts',
    logLevel: 'warn',
    build: { outDir: resolve(OUT) },
  });
  const entries = await readdir(OUT, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && TEXT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  await Promise.all(files.map(compress));
}

async function compress(file) {
  const content = await readFile(file);
  await Promise.all([
    promisify(brotliCompress)(content).then((packed) => writeFile(`${file}.br`, packed)),
    promisify(gzip)(content, { level: 9 }).then((packed) => writeFile(`${file}.gz`, packed)),
  ]);
}

if (process.argv[1] === import.meta.filename) await buildConsole();
