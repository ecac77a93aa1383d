import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { build } from 'vite';
import webpack from 'webpack';

const root = import.meta.dirname;

async function assertBundle(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.js'));
  const texts = await Promise.all(files.map((file) => readFile(`${folder}/${file}`, 'utf8')));
  assert.ok(texts.some((text) => text.includes('text/event-stream')));
  assert.ok(texts.every((text) => !/require\("|from"node:/.test(text)));
}

test('Vite builds an application that uses every entry', async () => {
  const warnings = [];
  const customLogger = {
    info() {},
    warn: (text) => warnings.push(text),
    error: (text) => warnings.push(text),
    warnOnce() {},
    clearScreen() {},
    hasErrorLogged: () => false,
    hasWarned: false,
  };
  await build({ root, customLogger, build: { outDir: 'vite' } });
  // The hooks say for frameworks with server components that they run in the browser; Vite has none and says so.
  assert.deepEqual(
    warnings.filter((text) => !text.includes('"use client"')),
    [],
  );
  await assertBundle(`${root}/vite`);
});

test('webpack builds it as well', async () => {
  const stats = await new Promise((resolve, reject) => {
    const options = {
      mode: 'production',
      context: root,
      entry: './app.js',
      output: { path: `${root}/webpack` },
      performance: { hints: false },
    };
    webpack(options, (error, result) => (error ? reject(error) : resolve(result)));
  });
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }), { errors: [], warnings: [] });
  await assertBundle(`${root}/webpack`);
});
