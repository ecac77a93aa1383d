import { CONFLICTS_MAX_CHARS, reportConflicts } from './conflict-report';
import type { DraftFile } from './content-file';
import { buildDiff, parseContent, type ContentDocument } from './diff-content';

const approved = (...files: DraftFile[]): ContentDocument => {
  const diff = buildDiff('file.patch_many', 'test', { files });
  if (diff.unchanged) throw new Error('expected a change');
  return parseContent(diff.bytes, diff.contentHash);
};
const reports = (content: ContentDocument, now: Record<string, string | Buffer | null>) =>
  Object.fromEntries(
    reportConflicts(
      content,
      content.files.flatMap((file) => {
        const text = now[file.path];
        return text === undefined ? [] : [{ file, now: text === null ? null : Buffer.from(text) }];
      }),
    ),
  );

describe('reportConflicts', () => {
  const BASE = 'one\ntwo\nthree\n';

  it('shows the current text, the base of the change and the approved text', () => {
    const content = approved({ path: 'a.txt', base: BASE, result: BASE.replace('two', 'deux') });
    expect(reports(content, { 'a.txt': BASE.replace('two', 'zwei') })).toEqual({
      'a.txt': [
        '@@ line 2 of the file as it is now @@',
        '<<<<<<< as it is now',
        'zwei',
        '||||||| what the change was made for',
        'two',
        '=======',
        'deux',
        '>>>>>>> what was approved',
        '',
      ].join('\n'),
    });
  });

  it('says so when the changes do not touch each other, and when the file is gone', () => {
    const content = approved(
      { path: 'a', base: BASE, result: BASE.replace('one', '1') },
      { path: 'b', base: BASE, result: '' },
    );
    expect(reports(content, { a: BASE.replace('three', '3'), b: null })).toEqual({
      a: 'The file has changed, but in no line that the approved change is about: propose the change again.\n',
      b: 'The file does not exist any more.\n',
    });
  });

  it('shows an existing file that was to be created, and a missing final newline', () => {
    const content = approved({ path: 'a', base: null, result: 'mine\n' });
    expect(reports(content, { a: 'theirs' })).toEqual({
      a: expect.stringContaining('now\ntheirs\n\\ No newline at end of file\n||||||| ') as string,
    });
  });

  it('knows the base of files that are deleted, emptied, moved, and moved and changed', () => {
    const content = approved(
      { path: 'deleted', base: BASE, result: null },
      { path: 'emptied', base: BASE, result: '' },
      { path: 'moved', base: BASE, result: null },
      { path: 'moved there', base: null, result: BASE, movedFrom: 'moved' },
      { path: 'turned', base: BASE, result: null },
      { path: 'turned there', base: null, result: 'one\n2\n', movedFrom: 'turned' },
    );
    const now = BASE.replace('two', 'zwei');
    const found = reports(content, { deleted: now, emptied: now, moved: now, turned: now });
    expect(Object.keys(found)).toEqual(['deleted', 'emptied', 'moved', 'turned']);
    for (const text of Object.values(found)) expect(text).toContain(`for\n${BASE}=======\n>>>>>>>`);
  });

  it('says nothing of what is no text', () => {
    const content = approved({ path: 'a', base: 'x', result: 'y' });
    expect(reports(content, { a: Buffer.from([0, 255]) })).toEqual({});
  });

  it('says nothing rather than something false when the patch does not lead back to the base', () => {
    const content = approved({ path: 'a', base: 'x\n', result: 'y\n' });
    for (const patch of ['', '@@ -1 +1 @@\n', content.patch.replace('-x', '-z'), 'diff --git a/a b/a\n@@ -x\n']) {
      expect(reports({ ...content, patch }, { a: 'other' })).toEqual({});
    }
  });

  it('is cut where it is long, also over several files, and never inside a character', () => {
    const long = (letter: string) => `${letter.repeat(CONFLICTS_MAX_CHARS)}\n`;
    const content = approved(
      { path: 'a', base: 'x\n', result: long('\u{1f600}') },
      { path: 'b', base: 'x\n', result: long('b') },
    );
    const found = reports(content, { a: long('\u{1f601}'), b: long('c') });
    expect(Object.keys(found)).toEqual(['a']);
    expect(found['a']).toMatch(/\n\[\d+ more characters are not shown\]\n$/);
    expect(found['a']).not.toMatch(/\p{Cs}/u);
    expect(found['a']?.length).toBeLessThan(CONFLICTS_MAX_CHARS + 100);
  });
});
