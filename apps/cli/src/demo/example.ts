import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MethodParams } from '@assent/contract';

type StartParams = MethodParams<'start'>;

/** From dist/apps/cli/src/demo, where this runs, to the checkout. */
const EXAMPLE_DIR = join(__dirname, '../../../../../examples/checkout-service');

/** The scripted demo: the params of `start`, and the file that it changes. */
export interface Example {
  readonly request: StartParams;
  /** A run that restores the file as shipped. */
  readonly reset: StartParams;
  readonly path: string;
  /** The file as shipped. */
  readonly original: string;
}

export async function loadExample(withBeliefs: boolean): Promise<Example> {
  const [request, reset] = await Promise.all([
    readParams(withBeliefs ? 'request.beliefs.json' : 'request.json'),
    readParams('request.reset.json'),
  ]);
  const { path, content } = reset.actions?.[0]?.args ?? {};
  if (typeof path !== 'string' || typeof content !== 'string') {
    throw new Error(
      'request.reset.json must have one action file.write {path, content}: restore it from the repository.',
    );
  }
  return { request, reset, path, original: content };
}

/**
 * Copies the workspace of the example. The file of the story is always the shipped one, even if a server that worked on
 * the checkout itself has changed it there.
 */
export async function copyWorkspace(target: string, { path, original }: Example): Promise<void> {
  await cp(join(EXAMPLE_DIR, 'workspace'), target, { recursive: true });
  await writeFile(join(target, path), original);
}

async function readParams(name: string): Promise<StartParams> {
  return JSON.parse(await readFile(join(EXAMPLE_DIR, name), 'utf8')) as StartParams;
}
