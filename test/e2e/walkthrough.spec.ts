import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { framesOf } from '../support/frames';
import { scaled } from '../support/limits';
import { commandBlocks, missingLine, scriptBlocks, type CommandBlock } from '../support/page-blocks';
import { PageShell } from '../support/page-shell';

const ROOT = join(__dirname, '../..');
const PAGE_MS = 600_000;
/** Of `field`, and of a server that refuses: the last command of a block may well have worked. */
const FAILURE = /\bTypeError\b|"error":\{|"status":[45]\d\d/;
const STARTS_SERVER = /\bnpm start\b/;

type Follow = (runId: string, onFrame: (frame: { readonly type: string }) => void, after?: number) => Promise<void>;

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Every command of a page in order, as a reader with a fresh clone runs them. */
async function walk(shell: PageShell, page: string): Promise<void> {
  const blocks = commandBlocks(read(page));
  const following: { readonly block: CommandBlock; readonly stream: Awaited<ReturnType<PageShell['follow']>> }[] = [];
  expect(blocks.length).toBeGreaterThan(5);
  for (const block of blocks) {
    const place = `${page}:${block.line}`;
    if (STARTS_SERVER.test(block.commands)) {
      await shell.serve(block.commands);
    } else if (block.goesOn) {
      const stream = await shell.follow(block.commands);
      // A reader continues when no more output comes.
      await eventually('the run waits', async () => (await stream.output()).includes('"type":"run.waiting"'));
      following.push({ block, stream });
    } else {
      const { status, output } = await shell.run(block.commands);
      const hasFailed = status !== 0 || FAILURE.test(output);
      expect({ place, status, output: hasFailed ? output : '' }).toEqual({ place, status: 0, output: '' });
      if (block.shown) expectShown(place, block.shown, output);
    }
  }
  // They end with the run, as the page says.
  for (const { block, stream } of following) {
    expect([page, block.line, await stream.ended()]).toEqual([page, block.line, 0]);
    const output = await stream.output();
    expectShown(`${page}:${block.line}`, block.shown ?? [], output);
    expect(output).toContain('"type":"run.completed"');
  }
}

function expectShown(place: string, shown: readonly string[], output: string): void {
  const missing = missingLine(shown, output);
  expect({ place, missing, output: missing === null ? '' : output }).toEqual({ place, missing: null, output: '' });
}

describe.each(['README.md', 'docs/quickstart.md'])('%s', (page) => {
  let shell: PageShell;

  beforeAll(async () => {
    shell = await PageShell.open();
  });
  afterAll(() => shell.close(), scaled(PAGE_MS));

  it(
    'can be followed, command by command, and shows what comes out',
    async () => {
      await walk(shell, page);
      if (page !== 'docs/quickstart.md') return;
      const developer = new Caller(shell.url, await shell.variable('DEVELOPER_KEY'));
      await expectTable(developer);
      await runInBrowser(developer);
    },
    scaled(PAGE_MS),
  );

  it('holds no number of a frame and no cursor, which another run would not have', () => {
    expect(read(page)).not.toMatch(/after=\d{2,}|^\| \d+(?:-\d+)? +\| `/m);
  });
});

/** The table of frames, against the first run of the page. */
async function expectTable(developer: Caller): Promise<void> {
  const { items } = await developer.call('run/list', { limit: 10 });
  const first = items.at(-1);
  const types = (await framesOf(developer, first?.runId ?? '')).map(({ type }) => type);
  const expected = types.filter((type, index) => type !== 'memory.recalled' && type !== types[index - 1]);
  const rows = Array.from(
    read('docs/quickstart.md').matchAll(/^\| ((?:`[a-z.]+`(?:, )?)+) +\|/gm),
    ([, cell = '']) => cell,
  );
  const named = rows.flatMap((cell) => Array.from(cell.matchAll(/`([a-z.]+)`/g), ([, type]) => type));
  expect(named).toEqual(expected);
}

/** The page's function with what a browser gives it: addresses that are relative to the page. */
async function runInBrowser(developer: Caller): Promise<void> {
  const [script] = scriptBlocks(read('docs/quickstart.md'));
  const { items } = await developer.call('run/list', { limit: 1 });
  const runId = items[0]?.runId ?? '';
  class PageEventSource extends EventSource {
    constructor(path: string) {
      super(`${developer.url}${path}`);
    }
  }
  const pageFetch = (path: string, init: RequestInit): Promise<Response> => fetch(`${developer.url}${path}`, init);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function('fetch', 'EventSource', 'key', `${script?.source ?? ''}\nreturn follow;`) as (
    ...parts: readonly [typeof pageFetch, typeof PageEventSource, string]
  ) => Follow;
  const follow = make(pageFetch, PageEventSource, developer.key);
  const seen: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const onFrame = ({ type }: { readonly type: string }): void => {
      seen.push(type);
      if (type === 'run.cancelled') resolve();
    };
    follow(runId, onFrame).catch(reject);
  });
  expect(seen).toEqual((await framesOf(developer, runId)).map(({ type }) => type));
}
