import fc from 'fast-check';
import { resultText, reviewText } from './result.text';

const output = (value: object) => ({
  kind: 'result',
  result: { kind: 'output', actionId: 'a1', output: value as never },
});
const file = (content: string, over: object = {}) =>
  output({ path: 'a.txt', hash: 'sha256:1', offset: 1, totalLines: content.split('\n').length, content, ...over });

describe('a result in a conversation', () => {
  it('is the lines of a file with their numbers', () => {
    expect(resultText(file('one\ntwo', { offset: 9, totalLines: 1_200 }), 1_000)).toBe(
      'a.txt, lines 9-10 of 1,200, UTF-8, LF line ends\n    9| one\n   10| two\n[lines 9-10 of 1,200: continue with offset 11]',
    );
    expect(resultText(file('one', { totalLines: 1 }), 1_000)).toBe('a.txt, lines 1-1 of 1, UTF-8\n    1| one');
  });

  it('names the form of a file, and shows line ends only where they differ', () => {
    expect(resultText(file('\uFEFFa\r\nb\r\n', { totalLines: 2 }), 1_000)).toBe(
      'a.txt, lines 1-2 of 2, UTF-8 with a byte order mark, CRLF line ends\n    1| a\n    2| b',
    );
    expect(resultText(file('a\r\nb\n', { totalLines: 2 }), 1_000)).toBe(
      'a.txt, lines 1-2 of 2, UTF-8, mixed line ends\n    1| a\r\n    2| b',
    );
  });

  it('says what was cut before it was stored', () => {
    const cut = { member: 'text', kept: 1, of: 2_000 };
    expect(resultText({ ...output({ text: 'x' }), cut }, 1_000)).toBe(
      'x\n[cut: "text" has 2,000, the first 1 are here]',
    );
    expect(resultText({ ...file('one\n', { totalLines: 9 }), cut }, 1_000)).toMatch(
      /\[lines 1-1 of 9: continue with offset 2\]$/,
    );
  });

  it('is cut by whole lines, and says where to go on', () => {
    const lines = fc.array(fc.stringMatching(/^[a-z]{0,40}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 60, max: 800 }), (given, maxChars) => {
        const text = resultText(file(given.join('\n'), { totalLines: given.length }), maxChars);
        const numbered = text.split('\n').filter((line) => /^\s*\d+\| /.test(line));
        numbered.forEach((line, index) => expect(line).toBe(`${String(index + 1).padStart(5)}| ${given[index] ?? ''}`));
        const shown = numbered.length;
        const kept = given.at(-1) === '' ? given.length - 1 : given.length;
        if (shown < kept) expect(text).toContain(`continue with offset ${shown + 1}]`);
      }),
    );
  });

  it('is text as it is, after the other members of the output', () => {
    expect(resultText(output({ exitCode: 1, stdout: 'a "b"\n' }), 1_000)).toBe('{"exitCode":1}\na "b"\n');
    expect(resultText(output({ text: 'x\ny\nz' }), 3)).toBe('x\n[cut: 4 more characters]');
  });

  it('is the answer of a person word for word', () => {
    const resolved = [{ assumptionId: 'x1', truth: true }];
    const answered = { kind: 'answered', by: 'ann', answer: { text: 'In "ms",\nof course.', truth: true }, resolved };
    expect(resultText(answered, 1_000)).toBe(
      'ann answered:\nyes\nIn "ms",\nof course.\nsettled: [{"assumptionId":"x1","truth":true}]',
    );
    const expired = { kind: 'expired', by: 'system:expiry', answer: null, resolved: [] };
    expect(resultText(expired, 1_000)).toBe(JSON.stringify(expired));
  });

  it('is JSON for everything else, without what reviewers said', () => {
    const error = { kind: 'error', error: { reason: 'invalid', message: 'no' } };
    expect(resultText(error, 1_000)).toBe(JSON.stringify(error));
    expect(resultText(output({ entries: [1] }), 1_000)).toBe('{"entries":[1]}');
    const reviewed = { ...error, review: { decision: 'approve', by: 'ann', comment: 'Mind the unit.' } };
    expect(resultText(reviewed, 1_000)).toBe(JSON.stringify(error));
  });
});

describe('what people said about a proposal', () => {
  const reviewOf = (review: object) => reviewText({ ...output({ text: 'ok' }), review: review as never });

  it('is said word for word', () => {
    expect(reviewText(output({}))).toBeNull();
    expect(reviewOf({ decision: 'approve', by: 'ann', comment: null })).toBe('ann approved it.');
    expect(reviewOf({ decision: 'reject', by: 'ann', comment: 'Not "now".\nLater.' })).toBe(
      'ann rejected it. Comment:\nNot "now".\nLater.',
    );
  });

  it('has the votes of others, and an edit as a diff', () => {
    const changes = '--- a.txt\tas proposed\n+++ a.txt\tas approved\n@@ -1 +1 @@\n-a\n+b\n';
    const votes = [{ by: 'bob', decision: 'approve', comment: 'Fine.' }];
    const revised = { by: 'cleo', origin: 'edit', changes };
    const comments = [{ by: 'cleo', comment: 'Shorter.' }];
    expect(reviewOf({ decision: 'approve', by: 'ann', comment: '', votes, comments, revised })).toBe(
      `ann approved it, as changed by cleo.\nbob voted to approve it. Comment:\nFine.\ncleo changed it. Comment:\nShorter.\nAs proposed / as approved:\n${changes}`,
    );
  });
});
