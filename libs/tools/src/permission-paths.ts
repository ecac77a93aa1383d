import { posix } from 'node:path';
import type { Json, JsonObject } from '@assent/contract';

/** Arguments that name files in the tools of Claude Code, Codex and opencode, and in the filesystem server of MCP. */
const NAMES = [
  'file_path',
  'filePath',
  'notebook_path',
  'path',
  'paths',
  'file',
  'files',
  'source',
  'destination',
  'old_path',
  'new_path',
  'movePath',
];
/** opencode joins the names of several files in it; `files` has them one by one. */
const JOINED = 'filepath';
/** Arguments with the text of a patch. */
const PATCHES = ['command', 'input', 'patch', 'patchText'];
const PATCH_TOOL = /^(?:apply_?)?patch$/i;
/** A line of apply_patch that names a file. The parsers of Codex and opencode ignore spaces around it. */
const FILE_HEADER = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to):(.*)$/;

/** Maximum files of a question. Each is matched against every rule. */
const PATHS_MAX = 1_000;

/**
 * Codex applies a patch in the directory that a shell command has changed to, but names only the session's directory.
 */
const PATCHES_ELSEWHERE = 'codex';

interface NamedInput {
  readonly agent: string;
  readonly tool: string;
  readonly input: JsonObject;
  readonly cwd: string | null;
}

/** The files of a coding agent's question. */
export interface PermissionPaths {
  /** Absolute paths without `..`; a path that cannot be resolved is as the agent wrote it. */
  readonly paths: readonly string[];
  /** Not every file is known. Rules against a call then match any path. */
  readonly areUnreadable: boolean;
}

/** Every file that the input of a coding agent's tool names, moved and deleted ones included. */
export function permissionPaths({ agent, tool, input, cwd }: NamedInput): PermissionPaths {
  const names = input['files'] === undefined ? [...NAMES, JOINED] : NAMES;
  const named = names.flatMap((name) => namesIn(input[name]));
  const patched = isPatch({ tool, input }) ? patchNames(input) : [];
  const found = [...named, ...patched];
  const resolved = [
    ...named.map((name) => resolve(name, cwd)),
    ...patched.map((name) => resolve(name, agent === PATCHES_ELSEWHERE ? null : cwd)),
  ];
  const paths = resolved.map((path, at) => path ?? found[at] ?? null).filter((path) => path !== null);
  const distinct = [...new Set(paths)];
  return {
    paths: distinct.slice(0, PATHS_MAX),
    areUnreadable: resolved.includes(null) || distinct.length > PATHS_MAX,
  };
}

/** @returns null: a value that is no name of a file */
function namesIn(value: Json | undefined): (string | null)[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(namesIn);
  if (typeof value !== 'object') return [null];
  const names = NAMES.flatMap((name) => namesIn((value as JsonObject)[name]));
  return names.length > 0 ? names : [null];
}

/** Whether the input is a patch. opencode asks about its patches as `edit`. */
export function isPatch({ tool, input }: { readonly tool: string; readonly input: JsonObject }): boolean {
  return PATCH_TOOL.test(tool) || input['patchText'] !== undefined;
}

/** @returns null for a patch in which no file is named */
function patchNames(input: JsonObject): (string | null)[] {
  return PATCHES.flatMap((argument) => {
    const patch = input[argument];
    if (patch === undefined) return [];
    if (typeof patch !== 'string') return [null];
    // Codex keeps a second space as a part of the name, opencode drops it.
    const names = patch.split(/\r\n|\r|\n/).flatMap((line) => {
      const [, name] = FILE_HEADER.exec(line.trim()) ?? [];
      return name === undefined ? [] : [name.replace(/^ /, ''), name.trim()];
    });
    return names.length > 0 ? names : [null];
  });
}

/** @returns null: it depends on the agent's home or working directory, which are not known here */
function resolve(name: string | null, cwd: string | null): string | null {
  if (name === null) return null;
  if (name.startsWith('/')) return posix.normalize(name);
  return name.startsWith('~') || cwd?.startsWith('/') !== true ? null : posix.join(cwd, name);
}
