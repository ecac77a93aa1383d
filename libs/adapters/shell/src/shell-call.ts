import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, literals, type JsonObject } from '@assent/contract';
import {
  reachWorkspace,
  WorkspaceDirectory,
  PathArgument,
  parsePath,
  refusedPath,
  type ToolContext,
} from '@assent/tools';
import { runProcess, type ProcessEnd } from './child-process';
import { hiddenFiles } from './hidden-files';
import { JAIL_PATH, JAIL_WORKSPACE, sandboxed, type JailMount, type Sandbox } from './sandbox';
import { checkArguments, checkOutside, programMounts, type ShellProgram } from './shell-programs';
import type { ShellLimits } from './shell-settings';

const ARGUMENTS_MAX = 200;
const ARGUMENT_MAX_CHARS = 8_192;

/** Configuration that is fixed when the server starts. */
export interface Shell {
  readonly programs: readonly ShellProgram[];
  /** null: a sandbox is required and none works here. */
  readonly sandbox: Sandbox | null;
  /** For people: why no sandbox is available and what to do. */
  readonly refusal: string;
  readonly limits: ShellLimits;
  readonly env: Readonly<Record<string, string>>;
  readonly readable: readonly JailMount[];
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  /** Shutdown waits for tracked work. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
}

/** Argument schema of calls to `programs`. */
export function shellArguments(programs: readonly ShellProgram[]) {
  const names = programs.map(({ name }) => name);
  return closed({
    program: { ...literals(names, 'Name of a configured program'), examples: names.slice(0, 1) },
    args: Type.Optional(
      Type.Array(Type.String({ maxLength: ARGUMENT_MAX_CHARS, pattern: '^[^\\u0000]*$' }), {
        maxItems: ARGUMENTS_MAX,
        description: 'Its arguments, each exactly as the program gets it: no shell reads them, so no quotes, * or $',
        examples: [['-n', 'timeout', 'src/server.ts']],
      }),
    ),
    path: Type.Optional({
      ...PathArgument,
      description: 'Folder to run in, from the root of the workspace; default: the root',
      examples: ['packages/server'],
    }),
  });
}
export type ShellArguments = Static<ReturnType<typeof shellArguments>>;

/** Result of a call. */
export type ShellReport = JsonObject & ProcessEnd & { readonly truncated: boolean; readonly sandbox: Sandbox['kind'] };

/** A checked call that is ready to run. */
export interface PreparedCall {
  readonly program: ShellProgram;
  readonly args: readonly string[];
  readonly path: string;
  readonly sandbox: Sandbox;
}

/**
 * Checks a call against the settings and the workspace. Starts nothing.
 * @throws AssentError `forbidden` for a call that the settings do not allow, `invalid` or `not_found` for the folder
 */
export async function prepareCall(
  shell: Shell,
  { program: name, args = [], path = '.' }: ShellArguments,
  { workspace }: ToolContext,
): Promise<PreparedCall> {
  if (!shell.sandbox) throw new AssentError('forbidden', shell.refusal);
  const program = shell.programs.find((known) => known.name === name);
  if (!program) {
    throw new AssentError(
      'forbidden',
      `The program ${JSON.stringify(name)} is not one that the configuration allows.`,
      {
        pointer: '/args/program',
      },
    );
  }
  checkArguments(program, args);
  await reachWorkspace(workspace.root);
  await checkOutside(program, workspace.root);
  openFolder(workspace.root, path).close();
  return { program, args, path, sandbox: shell.sandbox };
}

/** Runs a prepared call once. @throws AssentError `forbidden` when files that the policy hides cannot be hidden from it */
export async function runCall(
  shell: Shell,
  call: PreparedCall,
  context: ToolContext,
  { writable }: { readonly writable: boolean },
): Promise<ShellReport> {
  const { workspace } = context;
  const { program, args, path, sandbox } = call;
  const hidden = await hiddenFiles(context);
  if (sandbox.kind === 'none' && hidden.length > 0) {
    throw new AssentError(
      'forbidden',
      `The policy hides files of the workspace "${workspace.name}", and without a sandbox a program could read them. Set shell.sandbox to "required".`,
    );
  }
  const argv = sandboxed(sandbox, {
    argv: [program.path, ...args],
    workspace: workspace.root,
    writable,
    path,
    hidden,
    readable: [...shell.readable, ...programMounts(program)],
    env: { PATH: JAIL_PATH, LANG: 'C.UTF-8', HOME: '/tmp', ...shell.env },
    limits: shell.limits,
  });
  const folder = openFolder(workspace.root, path);
  try {
    const work = runProcess({
      argv,
      // Use the open folder, because its name may have become a link. A sandbox resolves the name inside.
      cwd: sandbox.kind === 'none' ? folder.at('.') : '/',
      env: { PATH: JAIL_PATH },
      wallMs: shell.limits.wallMs,
      outputBytes: shell.limits.outputBytes,
      filter: context.redaction,
      signal: AbortSignal.any([context.signal, shell.stopping]),
    });
    return report(await shell.track(work), sandbox, workspace.root);
  } finally {
    folder.close();
  }
}

function openFolder(root: string, path: string): WorkspaceDirectory {
  if (path === '.') return WorkspaceDirectory.openRoot(root);
  const { parents, name } = parsePath(path);
  const folder = WorkspaceDirectory.open(root, [...parents, name]);
  if (!folder) throw refusedPath(path, 'does not exist: look with file.list');
  return folder;
}

/** Replaces the workspace path in the output, because a program without a sandbox knows and may print it. */
function report(end: ProcessEnd, { kind }: Sandbox, root: string): ShellReport {
  const clean = (text: string) => (kind === 'none' ? text.replaceAll(root, JAIL_WORKSPACE) : text);
  return {
    ended: end.ended,
    exitCode: end.exitCode,
    signal: end.signal,
    stdout: clean(end.stdout),
    stderr: clean(end.stderr),
    truncated: end.droppedBytes > 0,
    droppedBytes: end.droppedBytes,
    sandbox: kind,
  };
}
