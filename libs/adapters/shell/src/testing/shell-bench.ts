import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox, SandboxKind } from '../sandbox';
import { probeSandbox, sandboxFailure } from '../sandbox-probe';
import type { Shell } from '../shell-call';
import type { ShellProgram } from '../shell-programs';
import { limitsOf, type ShellLimits } from '../shell-settings';

/** Poll interval for checks on another process. */
const POLL_MS = 10;

/** Every sandbox that works on this machine, for tests that must pass in each. */
export async function workingSandboxes(): Promise<Sandbox[]> {
  const { unconfined } = await probeSandbox();
  const kinds: readonly SandboxKind[] = ['bwrap', 'namespaces'];
  const attempts = await Promise.all(
    kinds.map(async (kind) => {
      const sandbox = { ...unconfined, kind };
      return (await works(sandbox)) ? sandbox : null;
    }),
  );
  return attempts.filter((sandbox) => sandbox !== null);
}

async function works(sandbox: Sandbox): Promise<boolean> {
  if (sandbox.kind === 'bwrap' && sandbox.helpers.bwrap === null) return false;
  return (await sandboxFailure(sandbox)) === null;
}

export async function unconfined(): Promise<Sandbox> {
  return (await probeSandbox()).unconfined;
}

export function program(path: string, changes: Partial<ShellProgram> = {}): ShellProgram {
  return { name: path.split('/').at(-1) ?? '', effect: 'external', path, realPath: path, ...changes };
}

/** A shell whose programs are `sh` and `node` for both effects by default. */
export function shellWith(
  sandbox: Sandbox | null,
  limits: Partial<ShellLimits> = {},
  changes: Partial<Shell> = {},
): Shell {
  return {
    programs: [program('/bin/sh'), { ...program(process.execPath), name: 'node' }],
    sandbox,
    refusal: 'Programs are refused here.',
    limits: { ...limitsOf({}), ...limits },
    env: {},
    readable: [],
    stopping: new AbortController().signal,
    track: async (work) => work,
    ...changes,
  };
}

/** Ids of the processes whose command line contains a mark, including those in pid namespaces. */
export async function processesWith(mark: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(
    ids.map(async (id) => ({ id, line: await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '') })),
  );
  return lines.filter(({ line }) => line.includes(mark)).map(({ id }) => id);
}

/** Polls until the check holds; the time limit of the test bounds it. */
export async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await delay(POLL_MS);
}
