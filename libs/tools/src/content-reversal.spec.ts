import type { DraftFile } from './content-file';
import { reversal } from './content-reversal';
import { buildDiff, parseContent, type ContentDocument } from './diff-content';
import { applyPart, parsePatchSet } from './patch-set';

function documentOf(...files: DraftFile[]): ContentDocument {
  const built = buildDiff('file.patch_many', 'example', { files });
  if (built.unchanged) throw new Error('nothing has changed');
  return parseContent(built.bytes, built.contentHash);
}

/** The workspace as the change has left it. */
const asLeft = (document: ContentDocument) => (path: string) =>
  Promise.resolve(document.files.find((file) => file.path === path)?.resultHash ?? null);

/** The texts that the patch makes of the results, by path. */
function restored(document: ContentDocument, patch: string): Record<string, string | null> {
  const texts = new Map(document.files.map(({ path, result }) => [path, result]));
  for (const part of parsePatchSet(patch)) {
    const text = applyPart(part, texts.get(part.path) ?? null);
    texts.set(part.path, part.kind === 'move' ? null : text);
    if (part.kind === 'move') texts.set(part.to, text);
  }
  return Object.fromEntries(texts);
}

describe('the reversal of a change', () => {
  it.each<[string, DraftFile[]]>([
    ['a changed file', [{ path: 'a', base: 'one\ntwo\n', result: 'one\n2\n' }]],
    [
      'line ends, a byte order mark and a missing last line break',
      [{ path: 'a', base: '\uFEFFx\r\ny', result: 'x\nz\n' }],
    ],
    ['a created file', [{ path: 'new/a', base: null, result: 'x\n' }]],
    ['a deleted file', [{ path: 'a', base: 'x\ny\n', result: null }]],
    [
      'a renamed file',
      [
        { path: 'a', base: 'x\n', result: null },
        { path: 'b', base: null, result: 'x\n', movedFrom: 'a' },
      ],
    ],
    [
      'a renamed and changed file beside another',
      [
        { path: 'a', base: 'x\ny\n', result: null },
        { path: 'b', base: null, result: 'x\nz\n', movedFrom: 'a' },
        { path: 'c', base: '1\n', result: '2\n' },
      ],
    ],
    ['an emptied file', [{ path: 'a', base: 'x\n', result: '' }]],
  ])('restores %s exactly', async (_, files) => {
    const document = documentOf(...files);
    const patch = await reversal(document, asLeft(document));
    expect(restored(document, patch)).toEqual(Object.fromEntries(files.map(({ path, base }) => [path, base])));
  });

  it.each<[string, DraftFile, string | null]>([
    ['has another text', { path: 'a', base: 'x\n', result: 'y\n' }, `sha256:${'0'.repeat(64)}`],
    ['is gone', { path: 'a', base: 'x\n', result: 'y\n' }, null],
    ['is there again', { path: 'a', base: 'x\n', result: null }, `sha256:${'0'.repeat(64)}`],
  ])('is refused when a file %s', async (_, file, hash) => {
    await expect(reversal(documentOf(file), () => Promise.resolve(hash))).rejects.toMatchObject({
      reason: 'conflict',
      details: { paths: ['a'] },
    });
  });

  it('is refused when its patch is larger than the tool takes', async () => {
    const lines = (text: string) => `${text.repeat(20)}\n`.repeat(40_000);
    const document = documentOf({ path: 'a', base: lines('a'), result: lines('b') });
    await expect(reversal(document, asLeft(document))).rejects.toThrow('has exactly the texts from before');
  });
});
