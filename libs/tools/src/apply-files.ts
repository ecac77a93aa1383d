import { AssentError } from '@assent/contract';
import type { ContentDocument, ContentFile } from './diff-content';
import { errnoOf, fileFailure } from './file-failure';
import { TempFile, removeLeftover, type FileAttributes } from './temp-file';
import { WorkspaceDirectory, reachWorkspace } from './workspace-directory';
import { readSnapshot } from './workspace-file';
import { parsePath, shown } from './workspace-path';

const NEW_FILE: FileAttributes = { mode: 0o644, owner: null };

/** What the target held: what the change is based on, what it makes, or anything else (no plain file counts as that too). */
export type TargetState = 'base' | 'result' | 'other';

export interface ApplyResult {
  /** `applied`: written now. `already_applied`: every target held its result, no write. `stale`: a target holds something else, nothing written. */
  readonly outcome: 'applied' | 'already_applied' | 'stale';
  /** Each target as it was found, before anything was written. */
  readonly files: readonly { readonly path: string; readonly state: TargetState }[];
}

interface Found {
  readonly file: ContentFile;
  readonly state: TargetState;
  readonly attributes: FileAttributes;
}

interface Prepared {
  readonly file: ContentFile;
  readonly name: string;
  readonly directory: WorkspaceDirectory;
  readonly temp: TempFile;
}

/**
 * Applies approved content: only on its base, each file atomically and durably (one fsync for the file, one for its folder and
 * one for each folder made), at most once. Repeating it after a crash at any point is safe and ends in the same state.
 * A program that takes no lock and writes between the last look and the rename, some microseconds, is overwritten.
 * The caller MUST hold a lock on `lockKeys` across processes, until the returned promise settles.
 * @param signal stops it up to the first rename; what was prepared is removed (an empty folder made for a new file may stay)
 * @throws AssentError when the disk fails; the targets hold base or result, so that applying again goes on
 */
export async function applyFiles(
  content: Pick<ContentDocument, 'files'>,
  root: string,
  signal: AbortSignal,
): Promise<ApplyResult> {
  signal.throwIfAborted();
  await reachWorkspace(root);
  const found: Found[] = [];
  for (const file of content.files) found.push(await inspect(root, file));
  const files = found.map(({ file, state }) => ({ path: file.path, state }));
  if (files.every(({ state }) => state === 'result')) return { outcome: 'already_applied', files };
  if (files.some(({ state }) => state === 'other')) return { outcome: 'stale', files };

  const prepared: Prepared[] = [];
  let written = 0;
  const stale = (moved: ContentFile): ApplyResult => ({
    outcome: 'stale',
    files: files.map((file) => (file.path === moved.path ? { ...file, state: 'other' } : file)),
  });
  try {
    for (const target of found.filter(({ state }) => state === 'base')) {
      signal.throwIfAborted();
      const next = await prepare(root, target).catch(otherwise);
      if (next === 'other') return stale(target.file);
      prepared.push(next);
    }
    const moved = firstMoved(root, prepared);
    if (moved) return stale(moved);
    signal.throwIfAborted();
    for (const target of prepared) {
      await commit(target, written === 0);
      written += 1;
    }
    return { outcome: 'applied', files };
  } finally {
    end(prepared);
  }
}

/** Looks at one target, and removes what a killed apply of it left. */
async function inspect(root: string, file: ContentFile): Promise<Found> {
  const { parents, name } = parsePath(file.path);
  const directory = openParent(root, parents);
  if (directory === 'other') return { file, state: 'other', attributes: NEW_FILE };
  if (!directory) return { file, state: file.baseHash === null ? 'base' : 'other', attributes: NEW_FILE };
  try {
    removeLeftover(directory, name);
    const { state, attributes } = look(directory, name, file);
    // A process killed between rename and fsync leaves the result, but not yet durably; the outcome says it is.
    if (state === 'result') await directory.sync();
    return { file, state, attributes };
  } finally {
    directory.close();
  }
}

function look(directory: WorkspaceDirectory, name: string, file: ContentFile): Pick<Found, 'state' | 'attributes'> {
  const target = orOther(() => readSnapshot(directory, name));
  if (target === 'other') return { state: 'other', attributes: NEW_FILE };
  if (!target) return { state: file.baseHash === null ? 'base' : 'other', attributes: NEW_FILE };
  const attributes = { mode: target.mode, owner: { uid: target.uid, gid: target.gid } };
  if (target.hash === file.resultHash) return { state: 'result', attributes };
  return { state: target.hash === file.baseHash && target.links === 1 ? 'base' : 'other', attributes };
}

async function prepare(root: string, { file, attributes }: Found): Promise<Prepared> {
  const { parents, name } = parsePath(file.path);
  const directory = await WorkspaceDirectory.ensure(root, parents);
  try {
    return { file, name, directory, temp: await TempFile.write(directory, name, Buffer.from(file.result), attributes) };
  } catch (thrown) {
    directory.close();
    throw thrown;
  }
}

/** The first target that is not on its base any more, reached anew from the root, or whose folder is not the one that was prepared. */
function firstMoved(root: string, prepared: readonly Prepared[]): ContentFile | null {
  for (const { file, name, directory } of prepared) {
    const now = openParent(root, parsePath(file.path).parents);
    if (!now || now === 'other') return file;
    try {
      if (!now.isSame(directory) || look(now, name, file).state !== 'base') return file;
    } finally {
      now.close();
    }
  }
  return null;
}

/** @param first no target was written yet, so that the failure may be one that applying again cannot mend */
async function commit({ directory, temp, name }: Prepared, first: boolean): Promise<void> {
  const path = directory.pathOf(name);
  try {
    temp.moveToTarget();
  } catch (thrown) {
    if (first && errnoOf(thrown) !== 'ENOENT') throw fileFailure(thrown, 'write', path);
    throw unfinished(path, thrown);
  }
  await directory.sync().catch((thrown: unknown) => {
    throw unfinished(path, thrown);
  });
}

/** Lets go of all of them, also when one of them cannot be removed. */
function end([first, ...rest]: readonly Prepared[]): void {
  if (!first) return;
  try {
    first.temp.end();
  } finally {
    first.directory.close();
    end(rest);
  }
}

function unfinished(path: string, cause: unknown): AssentError {
  return new AssentError(
    'internal',
    `Writing ${shown(path)} did not come to its end. Apply again, it goes on from there.`,
    {},
    { cause },
  );
}

function openParent(root: string, parents: readonly string[]): WorkspaceDirectory | null | 'other' {
  return orOther(() => WorkspaceDirectory.open(root, parents));
}

function orOther<T>(look: () => T): T | 'other' {
  try {
    return look();
  } catch (thrown) {
    return otherwise(thrown);
  }
}

/** A link, a folder, a pipe, a file too large, a folder that went away: a state of the target, no failure of the apply. */
function otherwise(thrown: unknown): 'other' {
  if (thrown instanceof AssentError && (thrown.reason === 'invalid' || thrown.reason === 'not_found')) return 'other';
  throw thrown;
}
