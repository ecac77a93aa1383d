import { resolve, sep } from 'node:path';
import fc from 'fast-check';
import { foldPath, parsePath } from './workspace-path';

const invalid = (text: string) =>
  expect.objectContaining({
    reason: 'invalid',
    details: { pointer: '/args/path' },
    message: expect.stringContaining(text) as string,
  }) as Error;

describe('parsePath', () => {
  it.each([
    ['a', [], 'a'],
    ['src/app/main.ts', ['src', 'app'], 'main.ts'],
    ['.gitignore', [], '.gitignore'],
    ['.github/workflows/ci.yml', ['.github', 'workflows'], 'ci.yml'],
    ['with space/"quoted".txt', ['with space'], '"quoted".txt'],
    ['größe/日本語.md', ['größe'], '日本語.md'],
    ['...a', [], '...a'],
    ['a~b', [], 'a~b'],
    ['family-\u{1f468}\u200d\u{1f469}.txt', [], 'family-\u{1f468}\u200d\u{1f469}.txt'],
  ])('accepts %s', (text, parents, name) => {
    expect(parsePath(text)).toEqual({ text, parents, name });
  });

  it.each([
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['//host/share', 'is absolute'],
    ['C:/Windows', 'is absolute'],
    ['c:x', 'is absolute'],
    ['..', 'contains "." or ".."'],
    ['../outside', 'contains "." or ".."'],
    ['a/../../b', 'contains "." or ".."'],
    ['a/./b', 'contains "." or ".."'],
    ['.', 'contains "." or ".."'],
    ['a//b', 'has an empty segment'],
    ['a/', 'has an empty segment'],
    ['a\\..\\b', 'contains a backslash'],
    ['..\\b', 'contains a backslash'],
    ['a\0b', 'contains control or invisible characters'],
    ['a\nb', 'contains control or invisible characters'],
    ['a\u202egpj.exe', 'contains control or invisible characters'],
    ['a\u200bb', 'contains control or invisible characters'],
    ['a\u2028b', 'contains control or invisible characters'],
    ['a\ud800', 'is not valid Unicode'],
    ['a.', 'ends in a dot or a space'],
    ['a /b', 'ends in a dot or a space'],
    ['.. /b', 'ends in a dot or a space'],
    ['.git', 'leads into .git'],
    ['.git/config', 'leads into .git'],
    ['sub/.git/hooks/pre-commit', 'leads into .git'],
    ['.GIT/config', 'leads into .git'],
    ['.gIt/config', 'leads into .git'],
    ['.g\u200cit/config', 'leads into .git'],
    ['.g\u00adit/config', 'contains control or invisible characters'],
    ['.ｇｉｔ/config', 'leads into .git'],
    ['.gi\u0307t/config', 'leads into .git'],
    ['git~1/config', 'leads into .git'],
    ['GIT~2', 'leads into .git'],
    ['.git::$INDEX_ALLOCATION/config', 'leads into .git'],
    ['.assent-0123456789abcdef0123456789abcdef.tmp', 'is a temporary file of the server'],
    ['.assent-0123456789abcdef0123456789abcdef.old', 'is a temporary file of the server'],
    ['.ASSENT-0123456789ABCDEF0123456789ABCDEF.TMP', 'is a temporary file of the server'],
    ['a/..\u200b/b', 'contains control or invisible characters'],
    ['\u2024git/config', 'leads into .git'],
    ['.gi\u0074\u0301/config', 'leads into .git'],
    ['.git \u200c/config', 'leads into .git'],
    ['a\r', 'contains control or invisible characters'],
    ['a\u0085b', 'contains control or invisible characters'],
    ['e\u0301'.repeat(86), 'has a name of more than 255 bytes'],
    ['x'.repeat(256), 'has a name of more than 255 bytes'],
    ['ä'.repeat(128), 'has a name of more than 255 bytes'],
    ['a/'.repeat(32) + 'a', 'is more than 32 folders deep'],
    ['abcdefg/'.repeat(128) + 'a', 'is longer than 1024 bytes'],
  ])('refuses %j', (text, problem) => {
    expect(() => parsePath(text)).toThrow(invalid(problem));
  });

  it('names the path in the message escaped and cut', () => {
    expect(() => parsePath(`a\n${'x'.repeat(500)}`)).toThrow(invalid(`"a\\n${'x'.repeat(118)}..." `));
  });

  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '/',
      '//',
      '\\',
      '\0',
      '.git',
      '.GIT',
      '\u200c',
      '~',
      'a',
      ' ',
      '%2e%2e',
      '..;',
      'C:',
      '\u2024',
      '\uff0f',
      '...',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const hostile = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

  it('accepts only what stays inside the workspace, for any input', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        let path;
        try {
          path = parsePath(text);
        } catch {
          return;
        }
        expect(resolve('/root', text).startsWith(`/root${sep}`)).toBe(true);
        expect([...path.parents, path.name].join('/')).toBe(text);
        expect(resolve('/root', text)).toBe(`/root/${text}`);
        expect(foldPath(text).split('/')).not.toContain('.GIT');
        expect(text).not.toMatch(/[\p{Cc}\\]/u);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('foldPath', () => {
  it.each([
    ['Config/A.json', 'config/a.JSON'],
    ['gro\u0308ße', 'GRÖSSE'],
    ['se\u200dcret', 'secret'],
    ['Σς', 'σσ'],
  ])('treats %j and %j as one path', (a, b) => {
    expect(foldPath(a)).toBe(foldPath(b));
  });
});
