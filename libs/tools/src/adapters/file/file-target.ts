import { WorkspaceDirectory, reachWorkspace } from '../../workspace-directory';
import { decodeText, readSnapshot, type FileSnapshot } from '../../workspace-file';
import { parsePath, refusedPath } from '../../workspace-path';

/** Reads the file a path names. @returns null when it, or a folder on the way, does not exist */
export async function readFileAt(root: string, path: string): Promise<FileSnapshot | null> {
  const { parents, name } = parsePath(path);
  await reachWorkspace(root);
  const directory = WorkspaceDirectory.open(root, parents);
  if (!directory) return null;
  try {
    return readSnapshot(directory, name);
  } finally {
    directory.close();
  }
}

/**
 * The text a write would replace.
 * @returns null when there is no such file yet
 * @throws AssentError `invalid` when it is not to be replaced: binary, too large, no plain file, or one file under several names
 */
export async function readBase(root: string, path: string): Promise<string | null> {
  const file = await readFileAt(root, path);
  if (!file) return null;
  if (file.links > 1) {
    throw refusedPath(path, 'is a hard link: writing would part it from its other names. Copy the file first');
  }
  return decodeText(file.bytes, path);
}
