import fc from 'fast-check';
import { applyKeepingFormat, formatChanges, hasBom, hasFinalNewline, keepFormat, lineEndsOf } from './text-format';
import { applyTextPatch } from './text-patch';

const BOM = '\ufeff';

describe('the form of a text', () => {
  it.each([
    ['', null],
    ['one', null],
    ['one\ntwo', 'lf'],
    ['one\r\ntwo\r\n', 'crlf'],
    ['one\rtwo', 'cr'],
    ['one\r\ntwo\n', 'mixed'],
    ['one\r\r\n', 'mixed'],
  ])('has the line ends of %j', (text, ends) => {
    expect(lineEndsOf(text)).toBe(ends);
  });

  it.each([
    ['nothing', 'a\nb\n', 'a\nc\n', []],
    ['line ends', 'a\r\nb\r\n', 'a\nb\n', [{ kind: 'line_ends', before: 'crlf', after: 'lf' }]],
    ['line ends that mix now', 'a\nb\n', 'a\r\nb\n', [{ kind: 'line_ends', before: 'lf', after: 'mixed' }]],
    ['ends of a mixed text', 'a\r\nb\n', 'a\nb\r\n', [{ kind: 'line_ends', before: 'mixed', after: 'mixed' }]],
    ['another line of a mixed text', 'a\r\nb\n', 'a\r\nc\n', []],
    ['a lost mark', `${BOM}a\n`, 'a\n', [{ kind: 'bom', before: true, after: false }]],
    ['a new mark', 'a\n', `${BOM}a\n`, [{ kind: 'bom', before: false, after: true }]],
    ['a lost final newline', 'a\nb\n', 'a\nb', [{ kind: 'final_newline', before: true, after: false }]],
    [
      'a final newline of a mixed text',
      'a\r\nb\nc\n',
      'a\r\nb\nc',
      [{ kind: 'final_newline', before: true, after: false }],
    ],
    ['an emptied text', 'a\n', '', []],
    [
      'all at once',
      `${BOM}a\r\nb\r\n`,
      'a\nb',
      [
        { kind: 'line_ends', before: 'crlf', after: 'lf' },
        { kind: 'bom', before: true, after: false },
        { kind: 'final_newline', before: true, after: false },
      ],
    ],
  ])('names %s', (_, base, result, changes) => {
    expect(formatChanges(base, result)).toEqual(changes);
  });

  it.each([
    ['CRLF', 'a\r\nb\r\n', 'a\nc\n', 'a\r\nc\r\n'],
    ['a byte order mark', `${BOM}a\n`, 'b\n', `${BOM}b\n`],
    ['a final newline', 'a\n', 'b', 'b\n'],
    ['the lack of a final newline', 'a\nb', 'a\nc\n', 'a\nc'],
    ['all of them', `${BOM}a\r\nb`, 'a\nc\n', `${BOM}a\r\nc`],
    ['nothing of mixed ends', `${BOM}a\r\nb\n`, 'a\nc', 'a\nc'],
    ['nothing when the content mixes ends', 'a\r\nb\r\n', 'a\r\nc\nd', 'a\r\nc\nd'],
    ['nothing of LF when the content means CRLF', 'a\nb\n', 'a\r\nc', 'a\r\nc\r\n'],
    ['nothing of an empty file', '', 'a', 'a'],
    ['empty lines at the end', 'a\nb', 'a\n\n', 'a\n\n'],
  ])('keeps %s', (_, base, content, kept) => {
    expect(keepFormat(base, content)).toBe(kept);
  });

  it.each([
    ['CRLF', 'a\r\nb\r\nc\r\n', '@@ -2 +2 @@\n-b\n+B\n', 'a\r\nB\r\nc\r\n'],
    ['CRLF around a line that only comes', 'a\r\nb\r\n', '@@ -1,0 +2 @@\n+x\n', 'a\r\nx\r\nb\r\n'],
    ['a byte order mark', `${BOM}a\nb\n`, '@@ -1 +1 @@\n-a\n+A\n', `${BOM}A\nb\n`],
    ['the lack of a final newline', 'a\nb', '@@ -2 +2 @@\n-b\n+B\n', 'a\nB'],
    [
      'what the patch minds itself',
      'a\r\nb',
      '@@ -1,2 +1,2 @@\n a\r\n-b\n\\ No newline at end of file\n+B\r\n',
      'a\r\nB\r\n',
    ],
  ])('keeps %s under a patch', (_, base, patch, result) => {
    expect(applyKeepingFormat(base, patch, (text) => applyTextPatch('a', text, patch))).toBe(result);
  });

  const line = fc.constantFrom('', 'a', 'b ', '\u00e4');
  const lines = fc.array(line, { minLength: 2, maxLength: 6 });

  it('makes a text of one form into the same text of the form of the file', () => {
    fc.assert(
      fc.property(lines, lines, fc.boolean(), fc.boolean(), (before, after, crlf, bom) => {
        const end = crlf ? '\r\n' : '\n';
        const base = `${bom ? BOM : ''}${before.join(end)}x${end}`;
        const kept = keepFormat(base, `${after.join('\n')}x\n`);
        expect(kept).toBe(`${bom ? BOM : ''}${after.join(end)}x${end}`);
        expect([lineEndsOf(kept), hasBom(kept), hasFinalNewline(kept)]).toEqual([crlf ? 'crlf' : 'lf', bom, true]);
        expect(formatChanges(base, kept)).toEqual([]);
      }),
    );
  });
});
