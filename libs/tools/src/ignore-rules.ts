import { nullIfRefused } from './file-failure';
import { readIgnorePattern, type IgnorePattern } from './ignore-pattern';
import { WorkspaceDirectory } from './workspace-directory';
import { decodeText, readSnapshot } from './workspace-file';

const RULES_FILE = '.gitignore';
/** Patterns that count, of all files on the way to a folder: far more than projects have, and each is tried on each entry. */
const PATTERNS_MAX = 1_000;

/** The patterns of one .gitignore file, the last first, for they overrule the ones before. */
interface Level {
  /** Folders from the root of the workspace to that of the file. */
  readonly depth: number;
  readonly patterns: readonly IgnorePattern[];
}

/**
 * What the .gitignore files on the way to a folder say about the entries below it, as git reads them: a deeper file
 * overrules a higher one, the last pattern the ones before. A walk does not enter ignored folders, so nothing below one
 * is asked for.
 */
export class IgnoreRules {
  /** No file says anything. */
  static readonly NONE = new IgnoreRules([]);

  /** @param levels the deepest first */
  private constructor(private readonly levels: readonly Level[]) {}

  /**
   * The rules for what a folder holds.
   * @returns null when the folder itself is ignored, or lies in one that is
   */
  static at(root: string, folders: readonly string[]): IgnoreRules | null {
    let rules = IgnoreRules.NONE;
    for (const depth of folders.keys()) {
      const directory = nullIfRefused(() => WorkspaceDirectory.open(root, folders.slice(0, depth)));
      if (!directory) return rules;
      try {
        rules = rules.within(directory);
      } finally {
        directory.close();
      }
      if (rules.ignores(folders.slice(0, depth + 1).join('/'), true)) return null;
    }
    return rules;
  }

  /** The rules for the entries of a folder: these, and those of its own file. */
  within(directory: WorkspaceDirectory): IgnoreRules {
    const text = nullIfRefused(() => {
      const file = readSnapshot(directory, RULES_FILE);
      return file && decodeText(file.bytes, RULES_FILE);
    });
    if (text === null) return this;
    const left = PATTERNS_MAX - this.levels.reduce((sum, { patterns }) => sum + patterns.length, 0);
    const patterns = text
      .replace(/^\uFEFF/u, '')
      .split('\n', PATTERNS_MAX)
      .flatMap((line) => readIgnorePattern(line) ?? [])
      .slice(0, left)
      .reverse();
    const depth = directory.path === '' ? 0 : directory.path.split('/').length;
    return patterns.length === 0 ? this : new IgnoreRules([{ depth, patterns }, ...this.levels]);
  }

  ignores(path: string, isFolder: boolean): boolean {
    if (this.levels.length === 0) return false;
    const names = path.split('/');
    for (const { depth, patterns } of this.levels) {
      const below = names.slice(depth);
      const pattern = patterns.find(({ matches }) => matches(below, isFolder));
      if (pattern) return !pattern.negated;
    }
    return false;
  }
}
