import { buildDiff, parseContent } from './diff-content';
import { contentHashOf } from '@assent/platform';

const built = () => {
  const diff = buildDiff('file.write', 'docs', {
    files: [
      { path: 'b.txt', base: 'old\n', result: 'new\nlines\n' },
      { path: 'same.txt', base: 'x', result: 'x' },
      { path: 'a/ä.txt', base: null, result: 'fresh' },
    ],
  });
  if (diff.unchanged) throw new Error('expected a change');
  return diff;
};

describe('buildDiff', () => {
  it('tells each changed file, by path, and leaves out the unchanged', () => {
    expect(built().files).toEqual([
      { path: 'a/ä.txt', kind: 'create', baseHash: null, resultHash: contentHashOf('fresh'), added: 1, removed: 0 },
      {
        path: 'b.txt',
        kind: 'modify',
        baseHash: contentHashOf('old\n'),
        resultHash: contentHashOf('new\nlines\n'),
        added: 2,
        removed: 1,
      },
    ]);
  });

  it('stores one canonical JSON text whose hash is that of its UTF-8 bytes', () => {
    const { bytes, contentHash, patch } = built();
    expect(contentHash).toBe(contentHashOf(bytes));
    expect(bytes.toString('utf8')).toBe(
      `{"v":1,"tool":"file.write","workspace":"docs","files":[` +
        `{"path":"a/ä.txt","kind":"create","baseHash":null,"resultHash":"${contentHashOf('fresh')}","result":"fresh"},` +
        `{"path":"b.txt","kind":"modify","baseHash":"${contentHashOf('old\n')}","resultHash":"${contentHashOf('new\nlines\n')}","result":"new\\nlines\\n"}` +
        `],"patch":${JSON.stringify(patch)}}`,
    );
    expect(patch.match(/^diff --git .*$/gm)).toEqual(['diff --git a/a/ä.txt b/a/ä.txt', 'diff --git a/b.txt b/b.txt']);
  });

  it('gives the same bytes for the same draft, regardless of the order of its files', () => {
    const files = [
      { path: 'a', base: null, result: 'x' },
      { path: 'b', base: 'y', result: 'z' },
    ];
    expect(buildDiff('t', 'w', { files })).toEqual(buildDiff('t', 'w', { files: files.toReversed() }));
  });

  it('says unchanged when nothing would change', () => {
    expect(buildDiff('file.write', 'docs', { files: [{ path: 'a', base: 'x', result: 'x' }] })).toEqual({
      unchanged: true,
    });
  });

  it('counts the creation of an empty file as a change', () => {
    expect(buildDiff('file.write', 'docs', { files: [{ path: 'a', base: null, result: '' }] })).toMatchObject({
      unchanged: false,
      files: [{ path: 'a', kind: 'create', added: 0, removed: 0 }],
    });
  });
});

describe('parseContent', () => {
  it('parses back to the value it was built from', () => {
    const { bytes, contentHash, patch } = built();
    expect(parseContent(bytes, contentHash)).toEqual({
      v: 1,
      tool: 'file.write',
      workspace: 'docs',
      files: [
        { path: 'a/ä.txt', kind: 'create', baseHash: null, resultHash: contentHashOf('fresh'), result: 'fresh' },
        {
          path: 'b.txt',
          kind: 'modify',
          baseHash: contentHashOf('old\n'),
          resultHash: contentHashOf('new\nlines\n'),
          result: 'new\nlines\n',
        },
      ],
      patch,
    });
  });

  it('refuses bytes that were changed after the approval, even by one', () => {
    const { bytes, contentHash } = built();
    const changed = Buffer.from(bytes);
    changed[changed.indexOf('fresh')] = 'F'.charCodeAt(0);
    expect(() => parseContent(changed, contentHash)).toThrow(
      expect.objectContaining({
        reason: 'precondition_failed',
        details: { expected: contentHash, actual: contentHashOf(changed) },
      }) as Error,
    );
  });

  const document = () =>
    JSON.parse(built().bytes.toString()) as { files: Record<string, unknown>[] } & Record<string, unknown>;
  const altered = (change: (content: ReturnType<typeof document>) => void) => {
    const content = document();
    change(content);
    return JSON.stringify(content);
  };
  it.each([
    [
      'another version',
      altered((content) => {
        content['v'] = 2;
      }),
      'v must be equal to constant',
    ],
    [
      'a property more',
      altered((content) => {
        content['extra'] = 1;
      }),
      'extra is not a known property',
    ],
    [
      'no files',
      altered((content) => {
        content.files = [];
      }),
      'files must NOT have fewer than 1 items',
    ],
    [
      'a path that leaves the workspace',
      altered((content) => {
        Object.assign(content.files[0] ?? {}, { path: '../x' });
      }),
      'contains "." or ".."',
    ],
    [
      'a path twice',
      altered((content) => {
        content.files.push({ ...content.files[0] });
      }),
      'a path is duplicated',
    ],
    [
      'a result that is not of its hash',
      altered((content) => {
        Object.assign(content.files[0] ?? {}, { result: 'other' });
      }),
      'a result and its hash contradict each other',
    ],
    [
      'a creation with a base',
      altered((content) => {
        Object.assign(content.files[1] ?? {}, { kind: 'create' });
      }),
      'a kind and its base hash contradict each other',
    ],
    ['no JSON', '{', 'it is not JSON'],
  ])('refuses stored content with %s, though its hash is right', (_, text, problem) => {
    const bytes = Buffer.from(text);
    expect(() => parseContent(bytes, contentHashOf(bytes))).toThrow(
      expect.objectContaining({ message: expect.stringContaining(problem) as string }) as Error,
    );
  });
});
