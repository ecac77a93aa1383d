import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild-wasm';
import * as ts from 'typescript';
import { wireTypes } from './wire-types';

const ROOT = join(__dirname, '../..');
const SOURCE = join(ROOT, 'packages/client/src');
/** Entry points of the package, as folders of the source. */
export const ENTRIES = ['.', './react', './webhooks', './testing', './ag-ui'] as const;
const FORMATS = ['esm', 'cjs'] as const;
const CLI = 'cli/main';
/** Loaded by opencode as a file. */
const OPENCODE_PLUGIN = 'opencode/plugin';
const LANGUAGE = 'es2022';

/** Builds the package into a folder, whose content is then published. */
export async function buildClient(target: string): Promise<void> {
  const work = join(ROOT, `.data/client-build-${process.pid}`);
  try {
    copySource(work);
    rmSync(target, { recursive: true, force: true });
    for (const format of FORMATS) emitTypes(work, join(target, 'dist', format));
    const bundled = new Set<string>();
    for (const format of FORMATS) {
      const { inputs } = await bundle(work, join(target, 'dist', format), format);
      for (const input of inputs) bundled.add(input);
    }
    writeFileSync(join(target, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n');
    writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
    writeFileSync(join(target, 'THIRD-PARTY-LICENSES'), licencesOf(bundled));
    cpSync(join(ROOT, 'LICENSE'), join(target, 'LICENSE'));
    for (const page of ['README.md', 'CHANGELOG.md']) cpSync(join(ROOT, 'packages/client', page), join(target, page));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @returns the file that a registry would get */
export function packClient(folder: string): string {
  const output = execFileSync('npm', ['pack', '--json', '--silent'], { cwd: folder, encoding: 'utf8' });
  const [packed] = JSON.parse(output) as readonly { readonly filename: string }[];
  return join(folder, packed?.filename ?? '');
}

/** Rewrites the sources for ES modules: complete file names, and the generated wire types instead of the contract. */
function copySource(work: string): void {
  for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
    const depth = file.split('/').length - 1;
    const text = readFileSync(join(SOURCE, file), 'utf8')
      .replaceAll(/(from |import\()'@assent\/contract'/g, `$1'${depth === 0 ? './' : '../'.repeat(depth)}wire'`)
      .replaceAll(/(from |import\()'(\.[^']*)'/g, "$1'$2.js'");
    mkdirSync(dirname(join(work, file)), { recursive: true });
    writeFileSync(join(work, file), text);
  }
  writeFileSync(join(work, 'wire.ts'), wireTypes());
}

/** Also checks the types, without those of Node, so that no Node API is used. */
function emitTypes(work: string, outDir: string): void {
  const roots = ENTRIES.map((entry) => join(work, entry, 'index.ts'));
  const program = ts.createProgram([...roots, join(work, 'wire.ts')], {
    declaration: true,
    emitDeclarationOnly: true,
    outDir,
    rootDir: work,
    target: ts.ScriptTarget.ES2022,
    lib: [`lib.${LANGUAGE}.d.ts`, 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
  });
  const { diagnostics } = program.emit();
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length === 0) return;
  throw new Error(
    ts.formatDiagnostics(problems, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => work,
      getNewLine: () => '\n',
    }),
  );
}

async function bundle(work: string, outdir: string, format: (typeof FORMATS)[number]): Promise<{ inputs: string[] }> {
  const common = {
    absWorkingDir: ROOT,
    bundle: true,
    format,
    target: LANGUAGE,
    // A parameter property is created by its assignment; a separate field declaration would only add to the size.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    outbase: work,
    outdir,
    external: ['react', '@ag-ui/client'],
    plugins: [mainEntryIsExternal(work)],
    metafile: true,
    logLevel: 'error',
  } satisfies BuildOptions;
  const entryPoints = ENTRIES.map((entry) => join(work, entry, 'index.ts'));
  const built = await build({ ...common, entryPoints, platform: 'neutral', mainFields: ['module', 'main'] });
  if (format === 'esm') {
    await build({
      ...common,
      entryPoints: [join(work, `${CLI}.ts`)],
      platform: 'node',
      banner: { js: '#!/usr/bin/env node' },
    });
    await build({ ...common, entryPoints: [join(work, `${OPENCODE_PLUGIN}.ts`)], platform: 'node' });
  }
  return { inputs: Object.keys(built.metafile.inputs) };
}

/** The other entries import the main one, so that each class exists only once. */
function mainEntryIsExternal(work: string): Plugin {
  const main = join(work, 'index');
  return {
    name: 'main-entry-is-external',
    setup: (plugin) => {
      plugin.onResolve({ filter: /index\.js$/ }, ({ path, importer, resolveDir }) => {
        if (importer === '' || join(resolveDir, path) !== `${main}.js`) return null;
        return { path: relative(dirname(importer), `${main}.js`), external: true };
      });
    },
  };
}

function manifest(): object {
  const file = (format: string, entry: string, ending: string) => `./${join('dist', format, entry, `index.${ending}`)}`;
  const faces = (format: string, entry: string) => ({
    types: file(format, entry, 'd.ts'),
    default: file(format, entry, 'js'),
  });
  const named = JSON.parse(readFileSync(join(ROOT, 'packages/client/manifest.json'), 'utf8')) as object;
  const { version, license, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Readonly<
    Record<string, unknown>
  >;
  const [, ...below] = ENTRIES;
  return {
    ...named,
    version,
    license,
    engines,
    type: 'module',
    sideEffects: false,
    files: ['dist', 'CHANGELOG.md', 'THIRD-PARTY-LICENSES'],
    main: file('cjs', '.', 'js'),
    module: file('esm', '.', 'js'),
    types: file('cjs', '.', 'd.ts'),
    exports: {
      ...Object.fromEntries(
        ENTRIES.map((entry) => [entry, { import: faces('esm', entry), require: faces('cjs', entry) }]),
      ),
      './package.json': './package.json',
    },
    // For resolvers that do not support `exports`.
    typesVersions: { '*': Object.fromEntries(below.map((entry) => [entry.slice(2), [file('cjs', entry, 'd.ts')]])) },
    bin: { assent: `dist/esm/${CLI}.js` },
  };
}

/** The licences of the packages that are part of the bundles. */
function licencesOf(inputs: ReadonlySet<string>): string {
  const packages = new Set(
    [...inputs].flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\//.exec(input)?.[1] ?? []),
  );
  return [...packages]
    .sort()
    .map((name) => {
      const folder = join(ROOT, 'node_modules', name);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly license: string;
      };
      const text = file === undefined ? license : readFileSync(join(folder, file), 'utf8').trim();
      return `${name}\n\n${text}\n`;
    })
    .join('\n----\n\n');
}
