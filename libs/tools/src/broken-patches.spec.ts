import { applyPart, parsePatchSet } from './patch-set';
import { applyTextPatch } from './text-patch';

const BASE = 'one\ntwo\nthree\nfour\nfive\n';
const HEAD = '--- a/a.txt\n+++ b/a.txt\n';
const READER = { quotes: true, exact: true, relaxes: true };

/** The error message for a patch of one file; null when the patch was applied. */
function refusalOf(base: string | null, patch: string, options = READER): string | null {
  try {
    applyTextPatch('a.txt', base, patch, options);
    return null;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

function setRefusalOf(patch: string): string | null {
  try {
    parsePatchSet(patch).forEach((part) => applyPart(part, BASE, READER));
    return null;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

const EXACTLY = 'Write the line exactly as the file has it';
const RELAXED = `${EXACTLY}, or call with "exact": false, which keeps the form of the file.`;
const AGAIN = 'Read the file again and make the patch from what it says.';

describe('a patch that is refused', () => {
  it.each<[string, string | null, string, string]>([
    [
      'of prose',
      BASE,
      'Please change line two.\n',
      'The patch has no hunks. Each begins with a line like "@@ -1,3 +1,4 @@".',
    ],
    [
      'with a line in front',
      BASE,
      `Here you are:\n${HEAD}@@ -1 +1 @@\n-one\n+1\n`,
      'The patch has a line 1 that is neither a header nor part of a hunk: "Here you are:". Send nothing but the unified diff.',
    ],
    [
      'in half a code fence',
      BASE,
      '```diff\n@@ -1 +1 @@\n-one\n+1\n',
      'The patch has a line 1 that is neither a header nor part of a hunk: "```diff" belongs to a code fence. Send the patch without it.',
    ],
    [
      'in another format, without its end',
      BASE,
      '*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+1\n',
      'The patch does not end with "*** End Patch", so a part of it may be missing.',
    ],
    [
      'with a hunk header whose numbers cannot be read',
      BASE,
      '@@ -one @@\n-one\n+1\n',
      'The patch has a line 1 that is neither a header nor part of a hunk: "@@ -one @@" is not a hunk header. One looks like "@@ -1,3 +1,4 @@".',
    ],
    [
      'with a line that has no mark',
      BASE,
      `${HEAD}@@ -1,3 +1,3 @@\n one\ntwo\n-three\n+3\n`,
      'The patch has a line 5 that begins with none of the marks of a hunk: "two", inside hunk 1 (line 3 of the patch). Each line of a hunk begins with a space (it stays), "-" (it goes) or "+" (it comes).',
    ],
    [
      'that counts more lines than it has',
      BASE,
      '@@ -1,4 +1,4 @@\n one\n-two\n+2\n',
      'The patch ends in the middle of a hunk: hunk 1 (line 1 of the patch) counts 4 old and 4 new lines, but has 2 and 2. Correct the header to "@@ -1,2 +1,2 @@", or the lines below it.',
    ],
    [
      'that counts fewer lines than it has',
      BASE,
      '@@ -1,2 +1,2 @@\n one\n-two\n+2\n+2.5\n three\n',
      'The patch has a line 5 that is neither a header nor part of a hunk: hunk 1 (line 1 of the patch) counts 2 old and 2 new lines, but has 3 and 4. Correct the header to "@@ -1,3 +1,4 @@", or the lines below it.',
    ],
    [
      'that removes more lines than it counts',
      BASE,
      '@@ -1,1 +1,2 @@\n-one\n-two\n+1\n+2\n',
      'The patch has a hunk with other lines than its header counts: hunk 1 (line 1 of the patch) counts 1 old and 2 new lines, but has 2 and 2. Correct the header to "@@ -1,2 +1,2 @@", or the lines below it.',
    ],
    [
      'that breaks off before the next hunk',
      BASE,
      '@@ -1,3 +1,3 @@\n one\n-two\n+2\n@@ -5 +5 @@\n-five\n+5\n',
      'The patch breaks off inside a hunk: line 5 is "@@ -5 +5 @@", but hunk 1 (line 1 of the patch) counts 3 old and 3 new lines and has fewer. Correct the counts, or send the lines that are missing.',
    ],
    [
      'with a hunk at line 0',
      BASE,
      '@@ -0,1 +1 @@\n-one\n+1\n',
      'The patch has a hunk header that cannot be read: a hunk that expects lines of the file begins at line 1 or later.',
    ],
    [
      'of another text, which stands elsewhere',
      BASE,
      '@@ -1,2 +1,2 @@\n four\n-five\n+5\n',
      'The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch). File: "one\\n", patch: "four\\n". The lines of the hunk stand at line 4 of the file: let the hunk begin there, or call with "exact": false, which finds the place.',
    ],
    [
      'of a text that stands at several places',
      'x\na\nx\na\nx\n',
      '@@ -1 +1 @@\n-a\n+b\n',
      'The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch). File: "x\\n", patch: "a\\n". The lines of the hunk stand at lines 2, 4 of the file: let the hunk begin at the one that is meant.',
    ],
    [
      'of a text that is much like another line',
      'const limit = 10;\nconst timeout = 3000;\n',
      '@@ -1 +1 @@\n-const timeout = 300;\n+const timeout = 1;\n',
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch). File: "const limit = 10;\\n", patch: "const timeout = 300;\\n". The nearest text is line 2: "const timeout = 3000;\\n". ${AGAIN}`,
    ],
    [
      'of a text that the file does not have',
      BASE,
      '@@ -2 +2 @@\n-zzz\n+2\n',
      `The patch does not fit: hunk 1 expects another text than line 2 of the file has (line 2 of the patch). File: "two\\n", patch: "zzz\\n". No line of the file is like it. ${AGAIN}`,
    ],
    [
      'of LF lines for a CRLF file',
      'one\r\ntwo\r\n',
      '@@ -2 +2 @@\n-two\n+2\n',
      `The patch does not fit: hunk 1 expects another text than line 2 of the file has (line 2 of the patch; the file ends its lines with CRLF, the patch does not). File: "two\\r\\n", patch: "two\\n". ${RELAXED}`,
    ],
    [
      'of CRLF lines for an LF file',
      BASE,
      '@@ -2 +2 @@\r\n-two\r\n+2\r\n',
      `The patch does not fit: hunk 1 expects another text than line 2 of the file has (line 2 of the patch; the patch ends its lines with CRLF, the file does not). File: "two\\n", patch: "two\\r\\n". ${EXACTLY}.`,
    ],
    [
      'without the byte order mark of the file',
      `\ufeff${BASE}`,
      '@@ -1 +1 @@\n-one\n+1\n',
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch; the file begins with a byte order mark, the patch does not). File: "\\ufeffone\\n", patch: "one\\n". ${RELAXED}`,
    ],
    [
      'in another Unicode form',
      'gro\u0308\u00dfe\n',
      '@@ -1 +1 @@\n-gr\u00f6\u00dfe\n+size\n',
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch; the file has the text in the Unicode form NFD, the patch in NFC). File: "gro\\u0308\u00dfe\\n", patch: "gr\u00f6\u00dfe\\n". ${EXACTLY}.`,
    ],
    [
      'with a tab for spaces',
      '    x = 1\n',
      '@@ -1 +1 @@\n-\tx = 1\n+\tx = 2\n',
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch; they differ in white space only, at the beginning of the line). File: "    x = 1\\n", patch: "\\tx = 1\\n". ${EXACTLY}.`,
    ],
    [
      'with white space that was trimmed away',
      'one  \n',
      '@@ -1 +1 @@\n-one\n+1\n',
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch; they differ in white space only, at the end of the line). File: "one  \\n", patch: "one\\n". ${EXACTLY}.`,
    ],
    [
      'with a no-break space that nobody sees',
      'a\u00a0b\n',
      '@@ -1 +1 @@\n-a b\n+c\n',
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch; they differ in white space only). File: "a\\u00a0b\\n", patch: "a b\\n". ${EXACTLY}.`,
    ],
    [
      'with straight quotes for typographic ones',
      'say \u201chello\u201d\n',
      '@@ -1 +1 @@\n-say "hello"\n+bye\n',
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch; they differ in the kind of quotation marks or dashes). File: "say \u201chello\u201d\\n", patch: "say \\"hello\\"\\n". ${EXACTLY}.`,
    ],
    [
      'that differs in two ways at once',
      'gro\u0308\u00dfe\r\n',
      '@@ -1 +1 @@\n-gr\u00f6\u00dfe\n+size\n',
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch; the file ends its lines with CRLF, the patch does not; the file has the text in the Unicode form NFD, the patch in NFC). File: "gro\\u0308\u00dfe\\r\\n", patch: "gr\u00f6\u00dfe\\n". ${EXACTLY}.`,
    ],
    [
      'that does not know of a missing final newline',
      'one\ntwo',
      '@@ -2 +2 @@\n-two\n+2\n',
      `The patch does not fit: hunk 1 expects another text than line 2 of the file has (line 2 of the patch; the file has no newline at its end, the patch expects one). File: "two", patch: "two\\n". ${RELAXED}`,
    ],
    [
      'that denies a final newline',
      'one\ntwo\n',
      '@@ -2 +2 @@\n-two\n\\ No newline at end of file\n+2\n',
      `The patch does not fit: hunk 1 expects another text than line 2 of the file has (line 2 of the patch; the patch expects no newline at the end of the file, the file has one). File: "two\\n", patch: "two". ${EXACTLY}.`,
    ],
    [
      'of more lines than the file has',
      BASE,
      '@@ -5,2 +5 @@\n five\n-six\n',
      `The patch does not fit: hunk 1 expects another text than line 6 of the file has (line 3 of the patch; the file has 5 lines). No line of the file is like it. ${AGAIN}`,
    ],
    [
      'of a line beyond the end',
      BASE,
      '@@ -40 +40 @@\n-x\n+y\n',
      'The patch does not fit: hunk 1 names line 40, where it cannot be: the file has 5 lines.',
    ],
    [
      'with hunks out of order',
      BASE,
      '@@ -4 +4 @@\n-four\n+4\n@@ -1 +1 @@\n-one\n+1\n',
      'The patch does not fit: hunk 2 names line 1, where it cannot be: the hunk before it ends at line 4: order the hunks by line.',
    ],
    [
      'of an unterminated line in the middle',
      BASE,
      '@@ -1 +1 @@\n-one\n+1\n\\ No newline at end of file\n',
      'The patch says "No newline at end of file" before the end of the file: more lines would follow. Put it after the last line only, or end the last line of the file first.',
    ],
    [
      'of a file that does not exist',
      null,
      '@@ -1 +1 @@\n-one\n+1\n',
      'The patch changes "a.txt", which does not exist. Create it with file.write or a patch from /dev/null.',
    ],
  ])('names the fault: %s', (_, base, patch, message) => {
    expect(refusalOf(base, patch)).toBe(message);
  });

  it.each<[string, string, string]>([
    ['nothing', '\n', 'The patch changes no file: it is empty. Each file begins with "--- a/path" and "+++ b/path".'],
    [
      'a hunk without a file',
      '@@ -1 +1 @@\n-one\n+1\n',
      'The patch has a hunk at line 1 before any file name. Each file begins with "--- a/path" and "+++ b/path".',
    ],
    [
      'counts that are wrong in the second file',
      `${HEAD}@@ -1 +1 @@\n-one\n+1\n--- a/b.txt\n+++ b/b.txt\n@@ -1,2 +1,2 @@\n one\n-two\n`,
      'The patch ends in the middle of a hunk: hunk 2 (line 8 of the patch) counts 2 old and 2 new lines, but has 2 and 1. Correct the header to "@@ -1,2 +1,1 @@", or the lines below it.',
    ],
    [
      'a line that differs in the second file',
      `${HEAD}@@ -1 +1 @@\n-one\n+1\n--- a/b.txt\n+++ b/b.txt\n@@ -2 +2 @@\n-two \n+2\n`,
      `The patch does not fit: hunk 1 of "b.txt" expects another text than line 2 of the file has (line 9 of the patch; they differ in white space only, at the end of the line). File: "two\\n", patch: "two \\n". ${EXACTLY}.`,
    ],
    [
      'a binary change',
      'diff --git a/a b/a\nGIT binary patch\nliteral 0\n',
      'The patch has a line 2 that is neither a header nor part of a hunk: "GIT binary patch" begins a binary patch, and the file tools work on text.',
    ],
  ])('names the fault in a patch of several files: %s', (_, patch, message) => {
    expect(setRefusalOf(patch)).toBe(message);
  });

  it('neither quotes a file that the caller may not read, nor locates a text in it', () => {
    const options = { quotes: false, exact: true, relaxes: false };
    expect(refusalOf(BASE, '@@ -1,2 +1,2 @@\n four\n-five\n+5\n', options)).toBe(
      `The patch does not fit: hunk 1 expects another text than line 1 of the file has (line 2 of the patch). ${AGAIN}`,
    );
  });

  it('quotes a long line around its first difference', () => {
    const line = `${'a'.repeat(500)}X${'b'.repeat(500)}`;
    const message = refusalOf(`${line}\n`, `@@ -1 +1 @@\n-${line.replace('X', 'Y')}\n+z\n`) ?? '';
    expect(message).toContain(`File: ...${JSON.stringify(`${'a'.repeat(40)}X${'b'.repeat(79)}`)}..., patch: `);
  });
});
