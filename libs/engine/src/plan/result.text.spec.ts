import fc from 'fast-check';
import { resultText } from './result.text';

const output = (value: object) => ({
  kind: 'result',
  result: { kind: 'output', actionId: 'a1', output: value as never },
});
const file = (content: string, over: object = {}) =>
  output({ path: 'a.txt', hash: 'sha256:1', offset: 1, totalLines: content.split('\n').length, content, ...over });

describe('a result in a conversation', () => {
  it('is the lines of a file with their numbers', () => {
    expect(resultText(file('one\ntwo', { offset: 9, totalLines: 12 }), 1_000)).toBe(
      'a.txt, lines 9-10 of 12\n    9| one\n   10| two\n[lines 9-10 of 12: continue with offset 11]',
    );
    expect(resultText(file('one\n', { totalLines: 1 }), 1_000)).toBe('a.txt, lines 1-1 of 1\n    1| one');
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

  it('is JSON for everything else, with what a reviewer said', () => {
    const error = { kind: 'error', error: { reason: 'invalid', message: 'no' } };
    expect(resultText(error, 1_000)).toBe(JSON.stringify(error));
    expect(resultText(output({ entries: [1] }), 1_000)).toBe('{"entries":[1]}');
    const reviewed = { ...output({ text: 'ok' }), review: { by: 'ann', comment: 'Mind the unit.' } };
    expect(resultText(reviewed, 1_000)).toContain('Mind the unit.');
  });
});
