import fc from 'fast-check';
import { contentHashOf } from '@assent/platform';
import { buildDiff } from './diff-content';
import { buildExternal, parseStored } from './external-content';

const draft = { effect: { method: 'POST', n: 1 }, summary: '+ one\n', targets: ['https://b.org', 'a', 'a'] };
const built = (changes: object = {}) => {
  const run = buildExternal('http.request', 'docs', { ...draft, ...changes });
  if (run.unchanged) throw new Error('expected an effect');
  return run;
};

describe('buildExternal', () => {
  it('stores one canonical JSON text whose hash is that of its UTF-8 bytes, and shows the summary', () => {
    const { bytes, contentHash, files, patch } = built({ summary: 'ä\n' });
    expect(bytes.toString('utf8')).toBe(
      '{"v":2,"tool":"http.request","workspace":"docs","effect":{"method":"POST","n":1},"summary":"ä\\n","targets":["a","https://b.org"]}',
    );
    expect([contentHash, files, patch]).toEqual([contentHashOf(bytes), [], 'ä\n']);
  });

  it('says unchanged when nothing would change', () => {
    expect(buildExternal('a.b', 'docs', null)).toEqual({ unchanged: true });
  });

  it('marks characters that are invisible or displayed out of order', () => {
    expect(built({ summary: 'a\u202eb\u200bc\u001b[2Jd\r\n\te' }).patch).toBe(
      'a<U+202E>b<U+200B>c<U+1B>[2Jd<U+D>\n\te',
    );
  });

  it.each([
    ['more than a person is shown', { summary: 'x'.repeat(200_001) }],
    ['more than a row carries', { effect: { body: 'x'.repeat(5_000_000) } }],
    ['too many targets', { targets: Array.from({ length: 65 }, (_, index) => `t${index}`) }],
    ['a target with an endless name', { targets: ['t'.repeat(1_025)] }],
  ])('refuses %s', (_, changes) => {
    expect(() => built(changes)).toThrow(
      expect.objectContaining({ reason: 'invalid', details: { pointer: '/args' } }) as Error,
    );
  });
});

describe('parseStored', () => {
  it('parses back to the value it was built from, for any content', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ unit: 'binary' }), (effect, summary) => {
        const text = summary.toWellFormed();
        const { bytes, contentHash, patch } = built({
          effect: JSON.parse(JSON.stringify(effect)) as object,
          summary: text,
        });
        expect(JSON.stringify(parseStored(bytes, contentHash))).toBe(bytes.toString('utf8'));
        expect(parseStored(bytes, contentHash)).toMatchObject({ v: 2, summary: patch });
      }),
    );
  });

  it('gives back files as well', () => {
    const run = buildDiff('file.write', 'docs', { files: [{ path: 'a', base: null, result: 'x' }] });
    if (run.unchanged) throw new Error('expected a change');
    expect(parseStored(run.bytes, run.contentHash)).toMatchObject({ v: 1, files: [{ path: 'a', result: 'x' }] });
  });

  it('refuses bytes that were changed after the approval, even by one', () => {
    const { bytes, contentHash } = built();
    const changed = Buffer.from(bytes);
    changed[changed.indexOf('POST')] = 'p'.charCodeAt(0);
    expect(() => parseStored(changed, contentHash)).toThrow(
      expect.objectContaining({
        reason: 'precondition_failed',
        details: { expected: contentHash, actual: contentHashOf(changed) },
      }) as Error,
    );
  });

  it.each([
    ['{"v":3,"tool":"a","workspace":"b","files":[{}],"patch":""}', 'v must be equal to constant'],
    ['{"v":2}', 'is required'],
    ['{"v":2,"tool":"a","workspace":"b","effect":[],"summary":"","targets":[]}', 'effect must be object'],
    [
      '{"v":2,"tool":"a","workspace":"b","effect":{},"summary":"","targets":[],"more":1}',
      'more is not a known property',
    ],
    ['null', 'must be object'],
    ['{', 'it is not JSON'],
  ])('refuses %s, though its hash is right', (text, problem) => {
    const bytes = Buffer.from(text);
    expect(() => parseStored(bytes, contentHashOf(bytes))).toThrow(
      expect.objectContaining({ reason: 'internal', message: expect.stringContaining(problem) as string }) as Error,
    );
  });
});
