import { join } from 'node:path';
import { findFamilies } from './tool.families';
import { useWorkspace } from './testing/temp-workspace';

describe('findFamilies', () => {
  const folder = useWorkspace();
  const source = (section: string) =>
    `exports.family = { section: ${JSON.stringify(section)}, settingsSchema: {}, create: () => [] };`;

  it('finds every family of the server by its file', () => {
    expect(findFamilies(join(__dirname, '../../adapters/file')).map(({ section }) => section)).toEqual(['file']);
  });

  it('finds files at any depth, in a fixed order, and loads nothing else', async () => {
    await folder.write('b/deep/x.family.js', source('x'));
    await folder.write('a/y.family.js', source('y'));
    await folder.write('a/y.family.js.map', 'not code');
    await folder.write('a/y.family.d.ts', 'not code');
    await folder.write('a/y.family.spec.js', 'throw new Error("a test");');
    await folder.write('a/family.js', 'throw new Error("something else");');
    expect(findFamilies(folder.root).map(({ section }) => section)).toEqual(['y', 'x']);
  });

  it('refuses a file that exports no family', async () => {
    await folder.write('a/none.family.js', 'exports.other = 1;');
    expect(() => findFamilies(folder.root)).toThrow(
      'none.family.js does not export a tool family by the name "family".',
    );
  });

  it('refuses a duplicate section', async () => {
    await folder.write('a/x.family.js', source('x'));
    await folder.write('b/x.family.js', source('x'));
    expect(() => findFamilies(folder.root)).toThrow('Two tool families have the section "x".');
  });
});
