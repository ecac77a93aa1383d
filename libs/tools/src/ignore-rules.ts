import { nullIfRefused } from './file-failure';
import { readIgnorePattern, type IgnorePattern } from './ignore-pattern';
import { WorkspaceDirectory } from './workspace-directory';
import { decodeText, readSnapshot } from './workspace-file';

const RULES_FILE = '.gitignore';
/** Maximum patterns from all files above a folder. Projects have far fewer, and each pattern is tested on each entry. */
const PATTERNS_MAX = 1_000;

/** The patterns of one .gitignore file, last first, because later patterns take precedence. */
interface Level {
  /** Number of folders from the root of the workspace to that of the file. */
  readonly depth: number;
  readonly patterns: readonly IgnorePattern[];
}

/**
 * The .gitignore rules for the entries below a folder, as git reads them: deeper files take precedence over higher ones, and
 * later patterns over earlier ones. Walks do not enter ignored folders, so callers never ask about entries below one.
 */
export class IgnoreRules {
  /** No rules. */
  static readonly NONE = new IgnoreRules([]);

  /** @param levels deepest first */
  private constructor(private readonly levels: readonly Level[]) {}

  /**
   * The rules for the entries of a folder.
   * @returns null when the folder or one of its parents is ignored
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

  /** The rules for the entries of a folder: these, and those of its own .gitignore file. */
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
