import { readIgnorePattern } from './ignore-pattern';

/** Whether a pattern matches a path. A path that ends in a slash is a folder. */
function names(line: string, path: string): boolean {
  const pattern = readIgnorePattern(line);
  return pattern?.matches(path.replace(/\/$/, '').split('/'), path.endsWith('/')) ?? false;
}

describe('a pattern of a .gitignore file', () => {
  it.each([
    ['*.log', 'a/b.log', true],
    ['*.log', 'a/b.logs', false],
    ['/a', 'a', true],
    ['/a', 'b/a', false],
    ['a/b', 'a/b', true],
    ['a/b', 'c/a/b', false],
    ['build/', 'x/build/', true],
    ['build/', 'x/build', false],
    ['**/a/b', 'x/y/a/b', true],
    ['**/a/b', 'a/b', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a/', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/x**', 'a/xy', true],
    ['a/x**', 'a/xy/z', false],
    ['**', 'a', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]a]', ']', true],
    ['[a-]', '-', true],
    ['[[:digit:]a]', '7', true],
    ['[[:digit:]a]', 'b', false],
    ['[[:none:]]', 'n', false],
    ['[\\]]', ']', true],
    ['[a', '[a', false],
    ['a\\', 'a', false],
    ['\\!a', '!a', true],
    ['\\#a', '#a', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['a  ', 'a', true],
    ['a\\ ', 'a ', true],
    ['a\r', 'a', true],
    ['Été.txt', 'x/Été.txt', true],
    ['A', 'a', false],
  ])('%j names %s: %s', (line, path, expected) => {
    expect(names(line, path)).toBe(expected);
  });

  it.each(['', '   ', '# a', '\r', 'x'.repeat(257)])('is not there in %j', (line) => {
    expect(readIgnorePattern(line)).toBeNull();
  });

  it('can be negated', () => {
    expect([readIgnorePattern('!a')?.negated, readIgnorePattern('a')?.negated]).toEqual([true, false]);
    expect(names('!a', 'a')).toBe(true);
  });

  it('is matched at once where a regular expression backtracks for ages', () => {
    expect(names(`${'*a'.repeat(120)}b`, 'a'.repeat(255))).toBe(false);
    expect(names(`${'**/a/'.repeat(40)}b`, `${'a/'.repeat(31)}a`)).toBe(false);
  });
});
