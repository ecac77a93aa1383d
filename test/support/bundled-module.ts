import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
/** Without the modules of which nothing is used, such as those of Nest. */
const BUNDLER = `
  const [input, file] = process.argv.slice(1);
  import('rolldown').then(({ build }) => build({
    input, platform: 'node', tsconfig: 'tsconfig.json', external: /node_modules/, logLevel: 'warn',
    treeshake: { moduleSideEffects: false }, output: { file, format: 'cjs', codeSplitting: false },
  }));
`;

/** Code of the sources in one file, for child processes: they start in a fraction of the time that compiling takes. */
export interface BundledModule {
  /** What a child process loads by `require`. */
  readonly file: string;
  remove(): Promise<void>;
}

/** @param input path of the module */
export async function bundleModule(input: string): Promise<BundledModule> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-bundled-'));
  const file = join(folder, 'module.cjs');
  await promisify(execFile)(process.execPath, ['-e', BUNDLER, '--', input, file], { cwd: ROOT });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
