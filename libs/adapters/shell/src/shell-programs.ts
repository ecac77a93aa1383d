import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { AssentError } from '@assent/contract';
import { quotePath } from '@assent/tools';
import type { JailMount } from './sandbox';
import { findProgram, isProgram } from './sandbox-probe';
import type { ShellSettings } from './shell-settings';

/** Folders that every sandbox shows. */
const SYSTEM = /^\/(usr|bin|sbin|lib|lib32|lib64|libx32)\//;

export interface ShellProgram {
  readonly name: string;
  readonly effect: 'read' | 'external';
  /** Absolute path as executed. Some programs depend on the name they are called with. */
  readonly path: string;
  /** `path` with symbolic links resolved. */
  readonly realPath: string;
  /** Each argument has to match one of these patterns as a whole. Absent: any argument is allowed. */
  readonly patterns?: readonly RegExp[];
}

/**
 * Resolves the configured programs once, so that a name keeps its meaning while the server runs.
 * @returns the programs that exist, and the names of the missing ones
 */
export async function resolvePrograms({
  programs = {},
}: ShellSettings): Promise<{ found: ShellProgram[]; missing: string[] }> {
  const found: ShellProgram[] = [];
  const missing: string[] = [];
  for (const [name, { path, effect, args }] of Object.entries(programs)) {
    const file = path === undefined ? await findProgram(name) : (await isProgram(path)) ? path : null;
    if (file === null) {
      missing.push(name);
      continue;
    }
    const patterns = args?.map((pattern) => argumentPattern(name, pattern));
    found.push({ name, effect, path: file, realPath: await realpath(file), ...(patterns && { patterns }) });
  }
  return { found, missing };
}

/** @throws Error naming the program whose pattern is invalid; the server then does not start */
export function argumentPattern(program: string, pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 'su');
  } catch (cause) {
    throw new Error(`shell.programs.${program}.args: ${quotePath(pattern)} is not a regular expression.`, { cause });
  }
}

/** @throws AssentError `forbidden` with a pointer to the first argument that no pattern allows */
export function checkArguments({ name, patterns }: ShellProgram, args: readonly string[]): void {
  const refused = patterns ? args.findIndex((arg) => !patterns.some((pattern) => pattern.test(arg))) : -1;
  if (refused === -1) return;
  throw new AssentError(
    'forbidden',
    `The argument ${quotePath(args[refused] ?? '')} of ${name} is not one that the configuration allows (shell.programs.${name}.args).`,
    { pointer: `/args/args/${refused}` },
  );
}

/**
 * Refuses a program inside the workspace, because an earlier call could have written it.
 * @throws AssentError `forbidden`
 */
export async function checkOutside({ name, realPath }: ShellProgram, root: string): Promise<void> {
  if (!realPath.startsWith((await realpath(root)) + sep)) return;
  throw new AssentError(
    'forbidden',
    `The program ${name} lies inside the workspace, where calls can change it. Configure one outside (shell.programs.${name}.path).`,
    { pointer: '/args/program' },
  );
}

/** The mounts that make a program visible in the sandbox. */
export function programMounts({ path, realPath }: ShellProgram): readonly JailMount[] {
  return SYSTEM.test(path) ? [] : [{ kind: 'ro', from: realPath, to: path }];
}
