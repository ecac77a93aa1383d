import fc from 'fast-check';
import { Environment } from './environment';
import { isOneEditApart, mistypedSettings } from './mistyped';

describe('variables with nearly the name of a setting', () => {
  it.each([
    ['WORKSPACE', 'WORKSPACES'],
    ['PROT', 'PORT'],
    ['HOTS', 'HOST'],
    ['TOOLS_FILES', 'TOOLS_FILE'],
    ['DATABASE-URL', 'DATABASE_URL'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['LLM_BASE_URI', 'LLM_BASE_URL'],
  ])('are found: %s for %s', (name, intended) => {
    expect(mistypedSettings({ [name]: 'x', PATH: '/bin' })).toEqual([{ name, intended }]);
  });

  it('are not settings, nor names at a greater distance', () => {
    const settings = Object.fromEntries(Object.keys(new Environment()).map((name) => [name, 'x']));
    const usual = [
      'PATH',
      'HOME',
      'HOSTNAME',
      'PWD',
      'LANG',
      'SHLVL',
      'TERM',
      'USER',
      'SHELL',
      'NODE_ENV',
      'CI',
      'NO_COLOR',
    ];
    expect(mistypedSettings({ ...settings, ...Object.fromEntries(usual.map((name) => [name, 'x'])) })).toEqual([]);
  });

  it('are exactly those within one edit, as an exhaustive search finds them', () => {
    const letter = fc.constantFrom('A', 'B', '_');
    const word = fc.array(letter, { maxLength: 5 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(isOneEditApart(a, b)).toBe(a !== b && editsOf(a).has(b));
      }),
      { numRuns: 700 },
    );
  });
});

function editsOf(word: string): Set<string> {
  const edits = new Set<string>();
  for (let at = 0; at <= word.length; at += 1) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    edits.add(before + after.slice(1));
    edits.add(before + after.charAt(1) + after.charAt(0) + after.slice(2));
    for (const letter of ['A', 'B', '_']) edits.add(before + letter + after).add(before + letter + after.slice(1));
  }
  return edits;
}
