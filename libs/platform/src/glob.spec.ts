import fc from 'fast-check';
import { compileGlob } from './glob';

describe('compileGlob', () => {
  it.each([
    ['file.*', 'file.read', true],
    ['file.*', 'files.read', false],
    ['mcp.*', 'mcp.github.create_issue', true],
    ['*', 'anything', true],
    ['*', 'a/b', false],
    ['**', 'a/b/c', true],
    ['**', 'a', true],
    ['config/**', 'config/a/b', true],
    ['config/**', 'config', true],
    ['config/**', 'configs/a', false],
    ['**/config/*.json', 'config/a.json', true],
    ['**/config/*.json', 'x/y/config/a.json', true],
    ['**/config/*.json', 'x/config/y/a.json', false],
    ['**/*', '.env', true],
    ['src/*', 'src/.hidden', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a?c', 'a\u{1f600}c', true],
    ['*.{ts,tsx}', 'a.tsx', true],
    ['*.{ts,tsx}', 'a.js', false],
    ['{src,test}/**/*.{a,b}', 'test/x/y.b', true],
    ['a.b', 'axb', false],
    ['a+b$^|', 'a+b$^|', true],
  ])('%s against %s: %s', (pattern, text, expected) => {
    expect(compileGlob(pattern)(text)).toBe(expected);
  });

  it.each([
    ['', 'is empty'],
    ['x'.repeat(257), 'is longer than 256 characters'],
    ['+(a|b)', 'uses [ ] ( ) ! or \\, which are not supported: use *, **, ? and {a,b}'],
    ['[a-z]', 'uses [ ] ( ) ! or \\, which are not supported: use *, **, ? and {a,b}'],
    ['!a', 'uses [ ] ( ) ! or \\, which are not supported: use *, **, ? and {a,b}'],
    ['{a,{b,c}}', 'has braces that are nested or not closed'],
    ['{a', 'has braces that are nested or not closed'],
    ['{a,b}'.repeat(7), 'has braces with more than 64 combinations'],
    ['a**', 'has ** beside other characters: ** must stand alone between slashes'],
    ['x{*,b}*', 'has ** beside other characters: ** must stand alone between slashes'],
    ['{*,b}*', 'has ** beside other characters: ** must stand alone between slashes'],
  ])('refuses %s', (pattern, problem) => {
    expect(() => compileGlob(pattern)).toThrow(new Error(problem));
  });

  it('is fast for a pattern on which regular expressions backtrack exponentially', () => {
    expect(compileGlob(`${'*a'.repeat(120)}b`)('a'.repeat(1_000))).toBe(false);
    expect(compileGlob(`${'**/a/'.repeat(40)}b`)('a/'.repeat(500))).toBe(false);
  });

  it('agrees with the equivalent regular expression', () => {
    const pattern = fc
      .array(fc.constantFrom('a', 'b', '*', '?', '/'), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        pattern.filter((glob) => !glob.includes('**')),
        text,
        (glob, path) => {
          const expression = new RegExp(`^${glob.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}$`);
          expect(compileGlob(glob)(path)).toBe(expression.test(path));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('matches any number of folders with **, including none, like the equivalent regular expression', () => {
    const segments = fc.array(fc.constantFrom('a', 'b', '**'), { minLength: 1, maxLength: 5 });
    const path = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(segments, path, (glob, names) => {
        const expression = new RegExp(
          `^${glob.map((segment) => (segment === '**' ? '(?:[^/]+/)*' : `${segment}/`)).join('')}$`,
        );
        expect(compileGlob(glob.join('/'))(names.join('/'))).toBe(expression.test(`${names.join('/')}/`));
      }),
      { numRuns: 2_000 },
    );
  });
});
