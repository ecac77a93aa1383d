import { Type } from '@sinclair/typebox';
import { AssentError } from '@assent/contract';

export { foldPath } from '@assent/platform';

/** Shortest PATH_MAX of the supported systems (macOS), in bytes. */
const PATH_MAX_BYTES = 1_024;
/** NAME_MAX of every common file system, in bytes. */
const SEGMENT_MAX_BYTES = 255;
/** Maximum depth. Deeper trees are generated, and each level needs an open folder during a walk. */
const DEPTH_MAX = 32;

/** Names of our temporary files during writes and deletions: `.assent-<32 hex of the target's name>.tmp`, `.old`. */
const TEMP_NAME = /^\.assent-[0-9a-f]{32}\.(tmp|old)$/i;

/** Control characters, line separators and invisible format characters (bidi overrides!), except the joiners of scripts and emoji. */
const DECEPTIVE = /[\p{Cc}\p{Zl}\p{Zp}\ufffd]|(?![\u200c\u200d])\p{Cf}/u;
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** A tool argument that names a file. */
export const PathArgument = Type.String({
  minLength: 1,
  maxLength: PATH_MAX_BYTES,
  description: 'Path from the root of the workspace, with "/" between folders',
  examples: ['src/config/server.ini'],
});

/** A path checked by spelling alone: relative, with `/`, each segment a plain name. */
export interface WorkspacePath {
  readonly text: string;
  /** Folder names from the workspace's root. */
  readonly parents: readonly string[];
  readonly name: string;
}

/** @throws AssentError `invalid` (pointer /args/path) for every spelling that could leave the workspace, reach `.git`, or deceive a reader. */
export function parsePath(text: string): WorkspacePath {
  const problem = pathProblem(text);
  if (problem) throw refusedPath(text, problem);
  const segments = text.split('/');
  return { text, parents: segments.slice(0, -1), name: segments.at(-1) ?? '' };
}

/** @param problem continues the sentence after the path, e.g. "is a folder" */
export function refusedPath(text: string, problem: string, options?: ErrorOptions): AssentError {
  return new AssentError('invalid', `The path ${quotePath(text)} ${problem}.`, { pointer: '/args/path' }, options);
}

/** A path for a message: quoted, escaped, cut. */
export function quotePath(text: string): string {
  const longest = 120;
  return JSON.stringify(text.length > longest ? `${text.slice(0, longest)}...` : text);
}

function pathProblem(text: string): string | null {
  if (text === '') return 'is empty';
  if (/^(\/|[A-Za-z]:)/.test(text)) return 'is absolute: give it relative to the root of the workspace';
  if (text.includes('\\')) return 'contains a backslash: separate folders with "/"';
  if (/\p{Cs}/u.test(text)) return 'is not valid Unicode';
  if (Buffer.byteLength(text) > PATH_MAX_BYTES) return `is longer than ${PATH_MAX_BYTES} bytes`;
  const segments = text.split('/');
  if (segments.length > DEPTH_MAX) return `is more than ${DEPTH_MAX} folders deep`;
  return segments.map(segmentProblem).find((problem) => problem !== null) ?? null;
}

/** The problem with one name of a path, as the end of a sentence; null for a valid name. */
export function segmentProblem(segment: string): string | null {
  if (segment === '') return 'has an empty segment: write single slashes, none at the end';
  if (segment === '.' || segment === '..') return 'contains "." or "..": give the path from the root of the workspace';
  if (Buffer.byteLength(segment) > SEGMENT_MAX_BYTES) return `has a name of more than ${SEGMENT_MAX_BYTES} bytes`;
  if (DECEPTIVE.test(segment)) return 'contains control or invisible characters';
  if (/[. ]$/.test(segment)) return 'has a name that ends in a dot or a space';
  if (isGitName(segment)) return 'leads into .git, which tools do not touch';
  if (TEMP_NAME.test(segment)) return 'is a temporary file of the server';
  return null;
}

/**
 * Whether some file system resolves the name to `.git`: by case, compatibility forms, ignored code points, trailing dots and
 * spaces, NTFS short name or streams.
 */
function isGitName(segment: string): boolean {
  const plain = segment
    .normalize('NFKD')
    .replace(IGNORABLE, '')
    .replace(/\p{M}/gu, '')
    .replace(/[. ]+$/, '')
    .toLowerCase();
  return plain === '.git' || plain.startsWith('.git:') || /^git~\d/.test(plain);
}
