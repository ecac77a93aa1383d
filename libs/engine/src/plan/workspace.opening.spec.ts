import { AssentError, type JsonObject } from '@assent/contract';
import { FakeStore, runOf } from '../testing/fakes';
import { openingOf } from './workspace.opening';

type Answer = JsonObject | readonly string[] | AssentError | 'deny' | 'ask';
const MISSING = new AssentError('not_found', 'There is no such file.');
const FILES = ['src/a.ts', 'README.md'];

/** The output of `file.list` for a workspace with these files, at most two folders deep. */
function listing(files: readonly string[], depth: number, limit: number): JsonObject {
  const folders = files.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : []));
  const entries = [
    ...[...new Set(folders)].map((path) => ({ path, kind: 'directory' })),
    ...files.map((path) => ({ path, kind: 'file' })),
  ]
    .filter(({ path }) => path.split('/').length <= depth)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return { path: '.', entries: entries.slice(0, limit), truncated: entries.length > limit };
}
const file = (content: string, truncated = false): JsonObject => ({ content, truncated });

/** The opening of a run with these answers to its reads. A verdict other than "allow" must prevent the read. */
async function opening(answers: Readonly<Record<string, Answer>>, maxBytes = 1_000_000, signal?: AbortSignal) {
  const answerOf = (tool: string, args: JsonObject) =>
    answers[typeof args['path'] === 'string' ? args['path'] : tool] ?? MISSING;
  const tools = {
    decider: () =>
      Promise.resolve(({ tool, args }: { tool: string; args: JsonObject }) => {
        const answer = answerOf(tool, args);
        return { verdict: typeof answer === 'string' ? answer : 'allow' };
      }),
    run: ({ tool, args }: { tool: string; args: JsonObject }) => {
      const answer = answerOf(tool, args);
      if (typeof answer === 'string') throw new Error('a read that is not allowed was made');
      if (Array.isArray(answer)) return Promise.resolve(listing(answer, Number(args['depth']), Number(args['limit'])));
      return answer instanceof AssentError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return openingOf(new FakeStore(tools as never).context(runOf(), {}, signal), maxBytes);
}

describe('the opening of a conversation', () => {
  it('has the date, the workspace, its listing and its instructions', async () => {
    expect(await opening({ 'file.list': FILES, 'AGENTS.md': file('Use tabs.\n') })).toEqual({
      date: '2026-01-01',
      workspace: 'example',
      listing: 'README.md\nsrc/\nsrc/a.ts',
      instructions: { path: 'AGENTS.md', text: 'Use tabs.\n' },
    });
  });

  it('shows a fair share of each folder, and says what is cut, or that there is nothing', async () => {
    const many = (folder: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${folder}/${String(index).padStart(4, '0')}`);
    const shared = await opening({ 'file.list': [...many('assets', 500), ...many('lib', 30), 'z.md'] });
    const lines = shared.listing?.split('\n') ?? [];
    expect(lines.filter((line) => line.startsWith('lib/'))).toHaveLength(31);
    expect(lines.filter((line) => line.startsWith('assets/0'))).toHaveLength(200 - 3 - 30);
    expect(lines).toContain('assets/ [cut: 333 more]');
    expect(lines.at(-1)).toBe('z.md');
    const beyond = await opening({ 'file.list': [...many('assets', 2_000), 'z.md'] });
    expect(beyond.listing?.split('\n').slice(-2)).toEqual(['z.md', '[cut: there are more, see file.list]']);
    expect((await opening({ 'file.list': [] })).listing).toBe('(no files)');
  });

  it.each([
    ['is missing', MISSING],
    ['is empty', file(' \n')],
    ['is denied', 'deny'],
    ['would wait for a person', 'ask'],
    ['cannot be read', new AssentError('invalid', 'It is a symbolic link.')],
  ] as const)('takes CLAUDE.md when AGENTS.md %s', async (_, answer) => {
    const { instructions } = await opening({ 'AGENTS.md': answer, 'CLAUDE.md': file('Use spaces.') });
    expect(instructions).toEqual({ path: 'CLAUDE.md', text: 'Use spaces.' });
  });

  it('leaves out what the policy denies and what cannot be read', async () => {
    const bare = { date: '2026-01-01', workspace: 'example' };
    expect(await opening({ 'file.list': 'deny', 'AGENTS.md': 'deny', 'CLAUDE.md': 'deny' })).toEqual(bare);
    expect(await opening({ 'file.list': new AssentError('internal', 'There is no folder.') })).toEqual(bare);
  });

  it('cuts instructions by whole lines at 16 kB, or at less for a small window, and says so', async () => {
    const long = Array.from({ length: 2_000 }, (_, index) => `${index} é`.padEnd(15, '.')).join('\n');
    const { instructions } = await opening({ 'AGENTS.md': file(long) });
    const [text = '', said] = (instructions?.text ?? '').split('\n[cut: ');
    expect(said).toBe('there is more in AGENTS.md]');
    expect(long.startsWith(`${text}\n`)).toBe(true);
    expect(Buffer.byteLength(text)).toBeGreaterThan(16_384 - 20);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16_384);
    const small = await opening({ 'AGENTS.md': file('é'.repeat(100)) }, 21);
    expect(small.instructions?.text).toBe(`${'é'.repeat(10)}\n[cut: there is more in AGENTS.md]`);
    const read = await opening({ 'AGENTS.md': file('short\n', true) });
    expect(read.instructions?.text).toContain('[cut: there is more');
  });

  it('ends with the reason of the signal', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(opening({}, 1_000, signal)).rejects.toThrow('cancelled');
  });
});
