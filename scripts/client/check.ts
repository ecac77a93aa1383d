import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { build, transform } from 'esbuild-wasm';
import { publint } from 'publint';
import * as ts from 'typescript';
import { ENTRIES, buildClient, packClient } from './build';

const ROOT = join(__dirname, '../..');
const NAME = '@assent/client';
/** Maximum size that an entry adds to an application, in bytes after minification and gzip. */
const MAX_BYTES = { '.': 10_000, './react': 3_000, './webhooks': 6_000, './testing': 2_500, './ag-ui': 3_000 } as const;
const PACKED =
  /^(?:dist\/(?:esm|cjs)\/.+\.(?:js|d\.ts)|dist\/cjs\/package\.json|package\.json|LICENSE|(?:README|CHANGELOG)\.md|THIRD-PARTY-LICENSES)$/;

/** A program that uses every entry, as an application would. */
const CONSUMER = `
import { AssentClient, AssentError, EMPTY_VIEW, reduce, type Frame, type MethodParams, type RunView, type Tree } from '${NAME}';
import { AssentAgent } from '${NAME}/ag-ui';
import { AssentProvider, useApprovals, useDecision, useRun } from '${NAME}/react';
import { ReplayServer } from '${NAME}/testing';
import { callback, verify } from '${NAME}/webhooks';

export const client = new AssentClient({ url: 'http://127.0.0.1:8080', credential: () => Promise.resolve('key') });
void client.checkVersion();
export const params: MethodParams<'start'> = { goal: 'g', workspace: 'example' };
export async function play(): Promise<RunView> {
  const run = await client.start(params, { idempotencyKey: 'k' });
  let view: RunView = EMPTY_VIEW;
  for await (const frame of run.frames({ types: ['tree.built', 'run.failed'] })) {
    view = reduce(view, frame);
    if (frame.type === 'run.failed') throw new AssentError(frame.error.message, { type: 'x', retryable: false });
  }
  const tree: Tree = await client.call('tree/get', { runId: run.runId });
  // @ts-expect-error a method that does not exist
  await client.call('tree/fell', {});
  // @ts-expect-error a name that the params do not have
  await client.start({ goal: tree.goal, gaol: 'x' });
  return view;
}
export const event = (body: Uint8Array, headers: Headers) => {
  const read = verify(body, headers, 'whsec_');
  return read.type === 'approval.requested' ? callback('whsec_')({ url: read.data.title, approvalId: 'a', decision: 'approve', hash: 'h' }) : null;
};
export const frames = (server: ReplayServer, given: Frame[]) => server.play(given);
export const agent = new AssentAgent({ url: 'http://127.0.0.1:8080/ag-ui' });
export const hooks = { AssentProvider, useApprovals, useDecision, useRun };
`;

const STRICT: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
  types: [],
};
const RESOLUTIONS: Readonly<Record<string, readonly [file: string, options: ts.CompilerOptions]>> = {
  'node16, ESM': ['consumer.mts', { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 }],
  'node16, CommonJS': [
    'consumer.cts',
    { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  ],
  bundler: ['consumer.ts', { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
};

/** The types of the wire are generated; they must match the contract. */
const EQUALITY = `
import type * as Contract from '@assent/contract';
import type * as Wire from '${NAME}';
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Differing<T> = { [K in keyof T]: T[K] extends true ? never : K }[keyof T];
type Methods = { [M in Contract.MethodName]: M extends Wire.MethodName
  ? Same<[Contract.MethodParams<M>, Contract.MethodResult<M>], [Wire.MethodParams<M>, Wire.MethodResult<M>]> : false };
type Frames = { [T in Contract.FrameType]: T extends Wire.FrameType ? Same<Contract.FrameBody<T>, Wire.FrameBody<T>> : false };
export const methods: never[] = [] as Differing<Methods>[];
export const frames: never[] = [] as Differing<Frames>[];
export const more: never[] = [] as (Exclude<Wire.MethodName, Contract.MethodName> | Exclude<Wire.FrameType, Contract.FrameType>)[];
`;

/** Builds, packs and installs the package, and reports every check. @returns whether all of them passed */
export async function checkClient(report: (line: string) => void): Promise<boolean> {
  const folder = join(ROOT, `.data/client-check-${process.pid}`);
  const built = join(folder, 'built');
  const installed = join(folder, 'node_modules', NAME);
  let isGood = true;
  const check = async (what: string, find: () => unknown): Promise<void> => {
    try {
      await find();
      report(`ok ${what}`);
    } catch (error) {
      isGood = false;
      report(`FAILED ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  try {
    await buildClient(built);
    const tarball = packClient(built);
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
    await check('packed files', () => checkFiles(installed));
    await check('publint', () => checkManifest(installed));
    await check('types in every resolution (attw)', () => checkTypes(tarball));
    for (const entry of ENTRIES) await check(`size of ${entry}`, () => checkSize(installed, entry));
    for (const [name, [file, options]] of Object.entries(RESOLUTIONS)) {
      await check(`tsc, ${name}`, () => compile(folder, file, CONSUMER, options));
    }
    await check('types of the wire', () => {
      const paths = { '@assent/contract': [join(ROOT, 'libs/contract/src')] };
      const [file, options] = RESOLUTIONS['bundler'] ?? [];
      compile(folder, `equality.${file ?? ''}`, EQUALITY, { ...options, paths });
    });
    await check('import and require', () => checkLoading(folder));
    await check('bundle by esbuild', () => checkBundle(folder));
    await check('page built by Vite', () => checkPage(folder));
    await check('the program assent', () => checkProgram(installed));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return isGood;
}

function checkFiles(installed: string): void {
  const entries = readdirSync(installed, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const others = files.map((file) => file.slice(installed.length + 1)).filter((file) => !PACKED.test(file));
  if (others.length > 0) throw new Error(others.join(', '));
  const { dependencies, scripts } = manifestIn(installed);
  if (dependencies ?? scripts) throw new Error('the package has dependencies or scripts');
}

async function checkManifest(installed: string): Promise<void> {
  const { messages } = await publint({ pkgDir: installed, strict: true });
  if (messages.length > 0) throw new Error(JSON.stringify(messages));
}

async function checkTypes(tarball: string): Promise<void> {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (!analysis.types) throw new Error('there are no types');
  const { problems } = analysis;
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
}

async function checkSize(installed: string, entry: (typeof ENTRIES)[number]): Promise<void> {
  const source = readFileSync(join(installed, 'dist/esm', entry, 'index.js'), 'utf8');
  const { code } = await transform(source, { minify: true });
  const bytes = gzipSync(code, { level: 9 }).length;
  if (bytes > MAX_BYTES[entry]) throw new Error(`${bytes} bytes, more than ${MAX_BYTES[entry]}`);
}

function compile(folder: string, file: string, text: string, options: ts.CompilerOptions): void {
  const path = join(folder, file);
  writeFileSync(path, text);
  const program = ts.createProgram([path], { ...STRICT, ...options });
  const problems = ts.getPreEmitDiagnostics(program);
  if (problems.length === 0) return;
  throw new Error(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n'));
}

function checkLoading(folder: string): void {
  const names = ENTRIES.map((entry) => join(NAME, entry));
  const inspect = `if (new main.AssentError('m', { type: 't', retryable: false }) instanceof Error === false) throw new Error('no class');
    if (typeof all[1].useRun !== 'function' || typeof all[2].verify !== 'function') throw new Error('no functions');
    if (new all[3].ReplayServer().client() instanceof main.AssentClient === false) throw new Error('two classes of one name');`;
  const list = names.map((name) => JSON.stringify(name));
  const scripts = {
    'load.mjs': `const all = await Promise.all([${list.map((name) => `import(${name})`).join(', ')}]); const main = all[0]; ${inspect}`,
    'load.cjs': `const all = [${list.map((name) => `require(${name})`).join(', ')}]; const main = all[0]; ${inspect}`,
  };
  for (const [file, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, file), script);
    execFileSync(process.execPath, [join(folder, file)], { stdio: 'pipe' });
  }
}

async function checkBundle(folder: string): Promise<void> {
  writeFileSync(join(folder, 'bundle.ts'), CONSUMER);
  const { warnings } = await build({
    absWorkingDir: folder,
    entryPoints: ['bundle.ts'],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    logLevel: 'silent',
  });
  if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
}

function checkPage(folder: string): void {
  writeFileSync(join(folder, 'page.ts'), CONSUMER);
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/page.ts"></script>');
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const said = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: folder, encoding: 'utf8' });
  if (said.status !== 0 || said.stdout + said.stderr !== '') throw new Error(said.stdout + said.stderr);
  const [script, ...more] = readdirSync(join(folder, 'dist/assets'));
  if (script === undefined || more.length > 0) throw new Error(`not one script: ${[script, ...more].join(', ')}`);
  const text = readFileSync(join(folder, 'dist/assets', script), 'utf8');
  if (!text.includes('/frames')) throw new Error('the client is not in the page');
}

function checkProgram(installed: string): void {
  const { bin } = manifestIn(installed) as { readonly bin: { readonly assent: string } };
  const help = execFileSync(process.execPath, [join(installed, bin.assent), '--help'], { encoding: 'utf8' });
  if (!help.startsWith('assent COMMAND')) throw new Error(help);
  const settings = execFileSync(process.execPath, [join(installed, bin.assent), 'init', 'codex'], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  if (!settings.includes(`node ${join(installed, bin.assent)} hook codex`)) throw new Error(settings);
}

function manifestIn(installed: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;
}
