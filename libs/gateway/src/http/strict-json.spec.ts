import fc from 'fast-check';
import { MAX_GAIN_ROWS, MAX_WHEN_LITERALS } from '@assent/contract';
import { MAX_DEPTH, MAX_KEYS, MAX_VALUES, parseStrictJson } from './strict-json';

const parse = (text: string) => parseStrictJson(Buffer.from(text));
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('strict JSON', () => {
  it('reads everything JSON.stringify writes, unchanged', () => {
    const value = fc
      .jsonValue({ maxDepth: 5 })
      .filter((json) => !/__proto__|\\u0000|\\ud[89a-f]/.test(JSON.stringify(json)));
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (json, indent) => {
        const text = JSON.stringify(json, null, indent);
        expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  it.each([
    ['the same key twice', '{"a":1,"a":2}'],
    ['the same key twice, spelled differently', '{"a":1,"\\u0061":2}'],
    ['the same key twice, deep inside', '[{"x":{"a":[{"b":1,"c":2,"b":3}]}}]'],
    ['the same key twice with space before the colon', '{"a" :1,"a"\n:2}'],
    ['a lone surrogate', '{"a":"\\ud800"}'],
    ['a lone surrogate in a key', '{"\\udc00":1}'],
    ['U+0000', '{"a":"x\\u0000y"}'],
    ['a __proto__ key', '{"__proto__":{"admin":true}}'],
    ['nesting beyond the limit', nested(MAX_DEPTH + 1)],
    ['nesting that would exhaust a stack', nested(100_000)],
    ['no JSON', '{"a":'],
    ['nothing', ''],
    ['a byte order mark', '\ufeff{}'],
  ])('refuses %s', (_, text) => {
    expect(parse(text)).toEqual({ ok: false, problem: expect.stringMatching(/\w+/) });
  });

  it('refuses bytes that are not UTF-8 instead of replacing them', () => {
    expect(parseStrictJson(Buffer.from([0x22, 0xff, 0xfe, 0x22]))).toEqual({
      ok: false,
      problem: 'the body is not valid UTF-8',
    });
  });

  it('accepts the maximum nesting depth', () => {
    expect(parse(nested(MAX_DEPTH)).ok).toBe(true);
  });

  const keys = (count: number) => `{${Array.from({ length: count }, (_, at) => `"${at}":0`).join()}}`;
  const values = (count: number) => `[${'0,'.repeat(count - 1)}0]`;

  it('accepts the maximum number of keys and values', () => {
    expect(parse(keys(MAX_KEYS)).ok).toBe(true);
    expect(parse(values(MAX_VALUES - 1)).ok).toBe(true);
  });

  it.each([
    ['a key more in one object', keys(MAX_KEYS + 1), `the body has more than ${MAX_KEYS} keys`],
    [
      'a key more in many objects',
      `[${'{"a":0},'.repeat(MAX_KEYS)}{"a":0}]`,
      `the body has more than ${MAX_KEYS} keys`,
    ],
    ['a value more', values(MAX_VALUES + 1), `the body has more than ${MAX_VALUES} values`],
    ['empty arrays without end', `[${'[],'.repeat(340_000)}[]]`, `the body has more than ${MAX_VALUES} values`],
    [
      'keys without end, before they are parsed',
      `{${'"a":0,'.repeat(170_000)}`,
      `the body has more than ${MAX_KEYS} keys`,
    ],
  ])('refuses %s', (_, text, problem) => {
    expect(parse(text)).toEqual({ ok: false, problem });
  });

  it('accepts the largest gain table that a run may start with', () => {
    const when = Object.fromEntries(Array.from({ length: MAX_WHEN_LITERALS }, (_, at) => [`a${at}`, true]));
    const row = JSON.stringify({ actionId: 'a', when, gain: 0 });
    expect(parse(`[${Array.from({ length: MAX_GAIN_ROWS }, () => row).join()}]`).ok).toBe(true);
  });

  it('handles colons, quotes and backslashes inside strings', () => {
    const value = { 'a:"b"': 'c": "d', '\\': '\\"', '"': ':' };
    expect(parse(JSON.stringify(value))).toEqual({ ok: true, value });
  });

  it('reads a megabyte of escapes', () => {
    const value = { text: '\n"\\'.repeat(170_000) };
    expect(parse(JSON.stringify(value))).toEqual({ ok: true, value });
  });
});
