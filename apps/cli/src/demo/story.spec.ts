import { drawDiff } from './story';
import { PLAIN, type Palette } from './palette';

const MARKED: Palette = {
  ...PLAIN,
  bold: (text) => `H ${text}`,
  cyan: (text) => `@ ${text}`,
  green: (text) => `+ ${text}`,
  red: (text) => `- ${text}`,
  dim: (text) => `  ${text}`,
};

describe('drawing a diff', () => {
  it('tells heads, added, removed and kept lines apart, even where content looks like a head', () => {
    const patch = '--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n kept\n--- gone\n+++ come\n';
    expect(drawDiff(patch, MARKED)).toEqual([
      'H --- a/x',
      'H +++ b/x',
      '@ @@ -1,3 +1,3 @@',
      '   kept',
      '- --- gone',
      '+ +++ come',
    ]);
  });

  it('spells out what a reviewer could not see', () => {
    expect(drawDiff('@@ -1 +1 @@\n+ok\u202e\r\n', PLAIN)).toEqual(['@@ -1 +1 @@', '+ok<U+202E><U+000D>']);
  });
});
