import fc from 'fast-check';
import { rm, symlink } from 'node:fs/promises';
import { walkEntries, walkFiles } from './file-walk';
import { IgnoreRules } from './ignore-rules';
import { gitFiles, useWorkspace } from './testing';
import { WorkspaceDirectory } from './workspace-directory';

describe('the rules of .gitignore files', () => {
  const workspace = useWorkspace();
  const signal = new AbortController().signal;

  /** Paths that a walk finds below a folder; folders end in a slash. */
  async function walked(folders: readonly string[] = []): Promise<string[]> {
    const folder = WorkspaceDirectory.open(workspace.root, folders);
    if (!folder) throw new Error('there is no such folder');
    const rules = IgnoreRules.at(workspace.root, folders);
    const found: string[] = [];
    try {
      for await (const { path, kind } of walkEntries(folder, {
        budget: { entries: 10_000, truncated: false },
        signal,
        rules,
      }))
        found.push(kind === 'directory' ? `${path}/` : path);
    } finally {
      folder.close();
    }
    return found;
  }

  it('leave files and whole folders out, a deeper file overruling a higher one', async () => {
    for (const path of ['a.log', 'keep.log', 'dist/x.js', 'src/a.log', 'src/b.log', 'src/dist/y.js', 'src/gen/z.js'])
      await workspace.write(path, '');
    await workspace.write('.gitignore', '\uFEFF*.log\r\n!keep.log\r\ndist/\r\n');
    await workspace.write('src/.gitignore', '!b.log\n/gen\n!dist/\n');
    expect(await walked()).toEqual([
      '.gitignore',
      'keep.log',
      'src/',
      'src/.gitignore',
      'src/b.log',
      'src/dist/',
      'src/dist/y.js',
    ]);
    expect(await walked(['src'])).toEqual(['src/.gitignore', 'src/b.log', 'src/dist/', 'src/dist/y.js']);
  });

  it('do not count for a folder that is itself ignored, and was asked for', async () => {
    await workspace.write('node_modules/a/dist/x.js', '');
    await workspace.write('.gitignore', 'node_modules\ndist\n');
    expect(await walked()).toEqual(['.gitignore']);
    expect(await walked(['node_modules', 'a'])).toEqual(['node_modules/a/dist/', 'node_modules/a/dist/x.js']);
  });

  it('pass over a file of rules that is a link, or no text', async () => {
    await workspace.write('a', '');
    await workspace.write('b/c', '');
    await workspace.write('b/.gitignore', Buffer.from([0, 255]));
    await symlink(workspace.outside, workspace.at('.gitignore'));
    expect(await walked()).toEqual(['a', 'b/', 'b/.gitignore', 'b/c']);
  });

  it('leave out what git does', async () => {
    const files = ['a', 'b', 'ab', 'a b', '.a', '[a]', 'd/a', 'd/b', 'd/ab', 'd/e/a', 'd/e/b', 'e/a', 'e/d/e/b'];
    for (const path of files) await workspace.write(path, '');
    const part = fc.constantFrom(
      'a',
      'b',
      'd',
      'e',
      '*',
      '?',
      '/',
      '**',
      '/**/',
      '[ab]',
      '[!a]',
      '[a',
      '!',
      '\\',
      ' ',
      '.',
      '#',
    );
    const line = fc
      .array(part, { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join(''))
      // Git's manual does not define an escaped slash, or two stars right after other characters.
      .filter((pattern) => !pattern.includes('\\/') && !/[^/!]\*\*/.test(pattern.replace(/\*{3,}/g, '**')));
    const text = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'));
    await fc.assert(
      fc.asyncProperty(text, text, async (root, nested) => {
        await workspace.write('.gitignore', root);
        await workspace.write('d/.gitignore', nested);
        const mine: string[] = [];
        const folder = WorkspaceDirectory.openRoot(workspace.root);
        const walk = { budget: { entries: 10_000, truncated: false }, signal, rules: IgnoreRules.NONE };
        for await (const { path } of walkFiles(folder, walk)) mine.push(path);
        folder.close();
        expect(mine.sort()).toEqual((await gitFiles(workspace)).sort());
      }),
      { numRuns: 60 },
    );
    await rm(workspace.at('.git'), { recursive: true });
  });
});
