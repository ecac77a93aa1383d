import { contentHashOf } from '@assent/platform';
import { keepModeChanges, type ContentFile, type DraftFile } from './content-file';
import { buildDiff, parseContent, type ContentDocument } from './diff-content';
import { applyPart, parsePatchSet } from './patch-set';

const MOVE: DraftFile[] = [
  { path: 'z.txt', base: 'one\ntwo\n', result: null },
  { path: 'a.txt', base: null, result: 'one\n2\n', movedFrom: 'z.txt' },
  { path: 'gone.txt', base: 'x\n', result: null },
];
const built = () => {
  const diff = buildDiff('file.patch_many', 'docs', { files: MOVE });
  if (diff.unchanged) throw new Error('expected a change');
  return diff;
};

describe('files that move and go, as content', () => {
  it('are listed by path, a move once, with the lines that the patch shows', () => {
    const { files, patch } = built();
    expect(files).toEqual([
      { path: 'a.txt', kind: 'create', baseHash: null, resultHash: contentHashOf('one\n2\n'), added: 1, removed: 1 },
      { path: 'gone.txt', kind: 'delete', baseHash: contentHashOf('x\n'), resultHash: null, added: 0, removed: 1 },
      { path: 'z.txt', kind: 'delete', baseHash: contentHashOf('one\ntwo\n'), resultHash: null, added: 0, removed: 0 },
    ]);
    expect(patch.split('\n').filter((line) => !line.startsWith(' '))).toEqual([
      'diff --git a/z.txt b/a.txt',
      'rename from z.txt',
      'rename to a.txt',
      '--- a/z.txt',
      '+++ b/a.txt',
      '@@ -1,2 +1,2 @@',
      '-two',
      '+2',
      'diff --git a/gone.txt b/gone.txt',
      'deleted file mode 100644',
      '--- a/gone.txt',
      '+++ /dev/null',
      '@@ -1,1 +0,0 @@',
      '-x',
      '',
    ]);
  });

  it('have diffs that lead to the result, even if they are too many for the smallest diff of each', () => {
    const lines = (word: string) => Array.from({ length: 300 }, (_, index) => `${word}${index}\n`).join('');
    const base = `same\n${lines('old')}same\n${lines('same')}old\n`;
    const files = Array.from({ length: 30 }, (_, index) => ({
      path: `f${String(index).padStart(2, '0')}`,
      base,
      result: index === 0 ? `${base}new\n` : `same\n${lines('new')}same\n${lines('same')}new\n`,
    }));
    const diff = buildDiff('file.patch_many', 'docs', { files });
    if (diff.unchanged) throw new Error('expected a change');
    const parts = parsePatchSet(diff.patch);
    expect(parts.map((part) => applyPart(part, base))).toEqual(files.map(({ result }) => result));
    expect(diff.files[0]).toMatchObject({ added: 1, removed: 0 });
  });

  it('come back as they were stored', () => {
    const { bytes, contentHash } = built();
    expect(parseContent(bytes, contentHash).files).toEqual([
      {
        path: 'a.txt',
        kind: 'create',
        baseHash: null,
        resultHash: contentHashOf('one\n2\n'),
        result: 'one\n2\n',
        movedFrom: 'z.txt',
      },
      { path: 'gone.txt', kind: 'delete', baseHash: contentHashOf('x\n'), resultHash: null, result: null },
      { path: 'z.txt', kind: 'delete', baseHash: contentHashOf('one\ntwo\n'), resultHash: null, result: null },
    ]);
  });

  const altered = (change: (files: Record<string, unknown>[]) => void): Buffer => {
    const document = JSON.parse(built().bytes.toString()) as ContentDocument;
    change(document.files as unknown as Record<string, unknown>[]);
    return Buffer.from(JSON.stringify(document));
  };
  const set = (index: number, values: Partial<Record<keyof ContentFile | 'movedFrom', unknown>>) =>
    altered((files) => Object.assign(files[index] ?? {}, values));

  it.each([
    ['a deletion with a result', set(1, { result: '' }), 'a kind and its result contradict each other'],
    ['a deletion without a base', set(1, { baseHash: null }), 'a kind and its base hash contradict each other'],
    ['a deletion with the hash of a result', set(1, { resultHash: contentHashOf('') }), 'a result and its hash'],
    ['a new file without a result', set(0, { result: null }), 'a kind and its result contradict each other'],
    ['a move from nowhere', set(0, { movedFrom: 'b.txt' }), 'a move does not name one file that is deleted'],
    ['a deletion that moves', set(1, { movedFrom: 'z.txt' }), 'a move does not name one file that is deleted'],
    [
      'two moves of one file',
      altered((files) => files.push({ ...files[0], path: 'b.txt' })),
      'a move does not name one file that is deleted',
    ],
  ])('are refused with %s', (_, bytes, problem) => {
    expect(() => parseContent(bytes, contentHashOf(bytes))).toThrow(
      expect.objectContaining({ reason: 'internal', message: expect.stringContaining(problem) as string }) as Error,
    );
  });
});

describe('keepModeChanges', () => {
  const file = { path: 'a', kind: 'modify', baseHash: 'b', resultHash: 'r', added: 1, removed: 1 } as const;
  const mode = { kind: 'mode', before: '4755', after: '0755' } as const;

  it('carries a change of mode over to the revision of the same file', () => {
    const ends = { kind: 'line_ends', before: 'crlf', after: 'lf' } as const;
    const before = [{ ...file, changes: [{ kind: 'bom', before: true, after: false } as const, mode] }];
    expect(keepModeChanges(before, [{ ...file, changes: [ends] }])).toEqual([{ ...file, changes: [ends, mode] }]);
    expect(keepModeChanges(before, [{ ...file, path: 'b' }])).toEqual([{ ...file, path: 'b' }]);
  });
});
