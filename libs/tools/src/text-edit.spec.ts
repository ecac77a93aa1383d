import fc from 'fast-check';
import { applyEdits, type TextEdit } from './text-edit';

const READER = { exact: true, quotes: true };
const BASE = 'one\ntwo\nthree\ntwo\n';

async function refusalOf(base: string, edits: readonly TextEdit[], options = READER): Promise<string | null> {
  try {
    await applyEdits(base, edits, options);
    return null;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

/** A reference implementation that compares at each position; null when the edits do not fit. */
function edited(base: string, edits: readonly TextEdit[]): string | null {
  let text = base;
  for (const { old, new: replacement, all } of edits) {
    const places = Array.from(text, (_, at) => at).filter((at) => text.slice(at, at + old.length) === old);
    if (old === replacement || places.length === 0 || (places.length > 1 && all !== true)) return null;
    text = text.split(old).join(replacement);
  }
  return text;
}

describe('applyEdits', () => {
  const text = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', '\n', '$&'), maxLength });
  const edits = fc.array(
    fc.record(
      { old: text(4).filter((old) => old !== ''), new: text(5), all: fc.boolean() },
      { requiredKeys: ['old', 'new'] },
    ),
    { minLength: 1, maxLength: 4 },
  );

  it('makes what replacing one text after the other makes, or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(text(24), edits, async (base, list) => {
        const expected = edited(base, list);
        const result = await applyEdits(base, list, READER).catch(() => null);
        expect(result).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps CRLF and a missing final newline for edits that know neither, as the same edits of an LF text say', async () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lines, edits, fc.boolean(), async (parts, list, final) => {
        const base = parts.join('\n') + (final ? '\n' : 'x');
        const plain = await applyEdits(base, list, READER).catch(() => null);
        const kept = await applyEdits(base.replaceAll('\n', '\r\n'), list, { exact: false, quotes: true }).catch(
          () => null,
        );
        // Edits that fit an LF text by bytes also fit the CRLF text by lines.
        if (plain !== null) expect(kept).toBe(plain.replaceAll('\n', '\r\n'));
      }),
      { numRuns: 700 },
    );
  });

  it.each<[string, string, TextEdit, string]>([
    ['that ends the last line', 'one\ntwo', { old: 'two\n', new: '2\n' }, 'one\n2'],
    ['that removes the last line', 'one\ntwo', { old: 'two\n', new: '' }, 'one\n'],
    ['of several lines up to the end', 'one\r\ntwo', { old: 'one\ntwo\n', new: '1\n2\n' }, '1\r\n2'],
    ['that adds a final newline on purpose', 'one\ntwo', { old: 'two', new: 'two\n' }, 'one\ntwo\n'],
    ['of one line that becomes two', 'one\r\ntwo\r\n', { old: 'two', new: '2\n3' }, 'one\r\n2\r\n3\r\n'],
    ['behind a byte order mark', '\ufeffone\n', { old: 'one\n', new: '1\n' }, '\ufeff1\n'],
    ['of a file of mixed line ends', 'one\r\ntwo\n', { old: 'two\n', new: '2\n' }, 'one\r\n2\n'],
  ])('keeps the form of the file for an edit %s', async (_, base, edit, result) => {
    expect(await applyEdits(base, [edit], { exact: false, quotes: true })).toBe(result);
  });

  it.each<[string, string, TextEdit[], string]>([
    [
      'how often and where a text occurs',
      BASE,
      [{ old: 'two\n', new: '2\n' }],
      'The edit does not fit: its "old" occurs 2 times, on lines 2, 4. Add lines around it until it occurs once, or set "all": true.',
    ],
    [
      'that occurrences overlap',
      'aaa\n',
      [{ old: 'aa', new: 'b' }],
      'The edit does not fit: its "old" occurs 2 times, on line 1. Add lines around it until it occurs once, or set "all": true.',
    ],
    [
      'which edit it is',
      BASE,
      [
        { old: 'one', new: 'two' },
        { old: 'two\n', new: '2\n' },
      ],
      'Edit 2 does not fit: its "old" occurs 3 times, on lines 1, 2, 4 as edit 1 leaves it. Add lines around it until it occurs once, or set "all": true.',
    ],
    [
      'that an edit before changed the text',
      BASE,
      [
        { old: 'one', new: '1' },
        { old: 'one', new: 'eins' },
      ],
      'Edit 2 does not fit: its "old" does not occur in the file as edit 1 leaves it: an edit before it changed that text. Write it as it is then, or join the edits.',
    ],
    [
      'that nothing changes',
      BASE,
      [{ old: 'one', new: 'one' }],
      'The edit changes nothing: its "old" and "new" are the same.',
    ],
    [
      'that indentation differs',
      'def f():\n    x = 1\n    return x\n',
      [{ old: 'def f():\n  x = 1\n', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The nearest text is at line 2, where line 2 of "old" differs (they differ in white space only, at the beginning of the line). File: "    x = 1\\n", "old": "  x = 1\\n". Read the file again and copy the text exactly.',
    ],
    [
      'that quotation marks differ, within a line',
      'x = say(\u201chello\u201d);\n',
      [{ old: 'say("hello")', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The nearest text is at line 1 (they differ in the kind of quotation marks or dashes). File: "x = say(\u201chello\u201d);\\n", "old": "say(\\"hello\\")". Read the file again and copy the text exactly.',
    ],
    [
      'that line ends differ',
      'one\r\ntwo\r\n',
      [{ old: 'one\ntwo\n', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The nearest text is at line 1, where line 1 of "old" differs (the file ends its lines with CRLF, "old" does not). File: "one\\r\\n", "old": "one\\n". Read the file again and copy the text exactly.',
    ],
    [
      'that the Unicode form differs',
      'a gro\u0308\u00dfe b\n',
      [{ old: 'gr\u00f6\u00dfe', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The nearest text is at line 1 (the file has the text in the Unicode form NFD, "old" in NFC). File: "a gro\\u0308\u00dfe b\\n", "old": "gr\u00f6\u00dfe". Read the file again and copy the text exactly.',
    ],
    [
      'that a byte order mark is missing',
      'one\ntwo\n',
      [{ old: '\ufeffone\ntwo\n', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The nearest text is at line 1, where line 1 of "old" differs ("old" begins the line with a byte order mark, the file does not). File: "one\\n", "old": "\\ufeffone\\n". Read the file again and copy the text exactly.',
    ],
    [
      'that the file has no final newline',
      'one\ntwo',
      [{ old: 'two\n', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The nearest text is at line 2 (the file has no newline at its end, "old" expects one). File: "two", "old": "two\\n". Read the file again and copy the text exactly.',
    ],
    [
      'which text is nearest',
      'const limit = 10;\nconst timeout = 3000;\n',
      [{ old: 'const timeout = 300;\n', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The nearest text is at line 2. File: "const timeout = 3000;\\n", "old": "const timeout = 300;\\n". Read the file again and copy the text exactly.',
    ],
    [
      'that text would begin before the file',
      'two\nthree\n',
      [{ old: 'one\ntwo\nthree\n', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The nearest text begins at line 1, but the file has 2 lines. Read the file again and copy the text exactly.',
    ],
    [
      'that nothing is like it',
      BASE,
      [{ old: 'zzz', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. Nothing in it is like that text. Read the file again and copy the text exactly.',
    ],
    [
      'that the file is empty',
      '',
      [{ old: 'zzz', new: 'y' }],
      'The edit does not fit: its "old" does not occur in the file. The file is empty: give it a text with file.write.',
    ],
  ])('says %s', async (_, base, list, message) => {
    expect(await refusalOf(base, list)).toBe(message);
  });

  it('reveals neither how often nor where a text occurs to a caller without read permission', async () => {
    const options = { exact: true, quotes: false };
    const message = 'The edit does not fit: its "old" does not occur exactly once.';
    for (const old of ['two', 'zzz', 'thre '])
      expect(await refusalOf(BASE, [{ old, new: 'x' }], options)).toBe(message);
  });

  it('refuses a text over the limit before it is built', async () => {
    const base = 'a'.repeat(1_000_000);
    expect(await refusalOf(base, [{ old: 'a', new: 'b'.repeat(1_000_000), all: true }])).toBe(
      'The edit makes a text of 1000000000000 characters, over the limit of 1048576 bytes.',
    );
  });

  it.each([
    ['that ends differently', `${'a'.repeat(300_000)}b`],
    ['that begins differently', `b${'a'.repeat(300_000)}`],
    ['with one other character in the middle', `${'a'.repeat(150_000)}b${'a'.repeat(150_000)}`],
    ['of many lines that repeat', `${'a\n'.repeat(50_000)}b\n${'a\n'.repeat(50_000)}`],
  ])('comes to an end with a text of few characters and an edit %s', async (_, old) => {
    for (const base of ['a'.repeat(500_000), 'a\n'.repeat(250_000)]) {
      expect(await refusalOf(base, [{ old, new: 'x' }])).toContain('does not occur in the file');
    }
  });
});
