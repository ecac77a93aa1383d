import { AssentError } from '@assent/contract';
import type { BaseFile, DraftFile } from './content-file';
import { pointedAt } from './file-failure';
import { WorkspaceDirectory, reachWorkspace } from './workspace-directory';
import { decodeText, hasOneName, readSnapshot, type FileSnapshot } from './workspace-file';
import { parsePath, refusedPath, quotePath } from './workspace-path';
import type { ToolContext } from './tool-adapter.port';

/** Reads the file at a path. @returns null when the file, or a folder on its path, does not exist */
export async function readFileAt(root: string, path: string): Promise<FileSnapshot | null> {
  return inFolderOf(root, path, readSnapshot);
}

/**
 * Reads the file that a write would replace.
 * @param pointer of the argument that holds `path`
 * @returns null when there is no such file yet
 * @throws AssentError `invalid` when it must not be replaced: binary, too large, not a plain file, or a file with several names
 */
export async function readBase(root: string, path: string, pointer = '/args/path'): Promise<BaseFile | null> {
  try {
    return await inFolderOf(root, path, async (directory, name) => {
      const file = readSnapshot(directory, name);
      if (file && !(await hasOneName(directory, name, file))) {
        throw refusedPath(
          path,
          'is a hard link, or changed while it was read: writing would part it from its other names. Copy the file, or try again',
        );
      }
      return file && { text: decodeText(file.bytes, path), ...modeChangeOf(file) };
    });
  } catch (thrown) {
    throw pointedAt(pointer, thrown);
  }
}

/** @throws AssentError `not_found`; otherwise like readBase */
export async function readExisting(root: string, path: string): Promise<BaseFile> {
  const base = await readBase(root, path);
  if (base !== null) return base;
  throw new AssentError(
    'not_found',
    `There is no file ${quotePath(path)} in the workspace. List files with file.list.`,
    {
      pointer: '/args/path',
    },
  );
}

/** The draft for a file with a new text. @param base null for a new file */
export function changedFile(path: string, base: BaseFile | null, result: string | null): DraftFile {
  return { path, base: base?.text ?? null, result, ...modeOf(base) };
}

/** The drafts for a file that changes its path, and possibly its text: the old name is deleted, the new one created. */
export function movedFile(path: string, to: string, base: BaseFile, result: string): DraftFile[] {
  return [
    { path, base: base.text, result: null },
    { path: to, base: null, result, movedFrom: path, ...modeOf(base) },
  ];
}

/**
 * Checks that a call with several paths could have named each of them alone.
 * @throws AssentError `forbidden` when a rule treats one of them more strictly than the call
 */
export function assertAllowed(paths: readonly string[], context: ToolContext): void {
  const covered = paths.find((path) => !context.shows(path));
  if (covered === undefined) return;
  throw new AssentError(
    'forbidden',
    `The policy treats ${quotePath(covered)} more strictly than this call. Leave that file out, or call for it alone.`,
  );
}

function modeOf(base: BaseFile | null): Pick<DraftFile, 'mode'> {
  return base?.mode ? { mode: base.mode } : {};
}

/** Drops set-user-ID and similar bits, so that a person must grant them again for the new text. */
function modeChangeOf({ mode, specialBits }: FileSnapshot): Pick<BaseFile, 'mode'> {
  return specialBits === 0 ? {} : { mode: { before: octal(specialBits | mode), after: octal(mode) } };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** @returns null when the folder does not exist */
async function inFolderOf<T>(
  root: string,
  path: string,
  work: (directory: WorkspaceDirectory, name: string) => T | null | Promise<T | null>,
): Promise<T | null> {
  const { parents, name } = parsePath(path);
  await reachWorkspace(root);
  const directory = WorkspaceDirectory.open(root, parents);
  if (!directory) return null;
  try {
    return await work(directory, name);
  } finally {
    directory.close();
  }
}
