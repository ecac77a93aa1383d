import { readdir, readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { SqlStage } from '@assent/adapters/sql/testing';
import { family as shellFamily } from '@assent/adapters/shell';
import { McpStage } from '@assent/adapters/mcp/testing';
import type { JsonObject } from '@assent/contract';
import { hostOf, useWorkspace, Redactor } from '@assent/tools/testing';
import type { ToolAdapter, ToolContext, ToolSource } from '@assent/tools';
import { scaled } from '../support/limits';

/** Rounds that are looked at, after one that warms up. */
const ROUNDS = 4;
/** Longest wait for what ends on its own: a closing socket, a child that is collected. */
const WITHIN_MS = 20_000;

/** What this process has open: files and sockets, timers, children. */
async function held() {
  const pid = process.pid;
  const [files, children] = await Promise.all([
    readdir('/proc/self/fd').then((names) => names.length),
    readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').then((text) => text.trim().split(' ').filter(Boolean).length),
  ]);
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return { files, children, timers };
}

/** Runs rounds, and waits until no more is allocated than after the first. @throws Error naming the leak */
async function expectNoLeak(round: () => Promise<void>): Promise<void> {
  await round();
  const before = await held();
  for (let turn = 0; turn < ROUNDS; turn += 1) await round();
  const startedAt = performance.now();
  for (;;) {
    const now = await held();
    const grown = Object.entries(now).filter(([name, count]) => count > before[name as keyof typeof before]);
    if (grown.length === 0) return;
    if (performance.now() > startedAt + scaled(WITHIN_MS))
      throw new Error(`left behind: ${JSON.stringify({ before, now })}`);
    await setImmediate();
  }
}

function call(tool: ToolAdapter | undefined, args: JsonObject, context: ToolContext): Promise<unknown> {
  if (tool?.effect === 'read') return tool.run(args, context);
  if (tool?.effect === 'external') return tool.dryRun(args, context);
  throw new Error('There is no such tool.');
}

/** Some calls that work, one that fails, and one that is given up. */
async function use(
  tool: ToolAdapter | undefined,
  good: JsonObject,
  bad: JsonObject,
  slow: JsonObject,
  base: ToolContext,
) {
  await Promise.all([1, 2, 3].map(() => call(tool, good, base)));
  await expect(call(tool, bad, base)).rejects.toThrow();
  const controller = new AbortController();
  const given = expect(call(tool, slow, { ...base, signal: controller.signal })).rejects.toThrow('given up');
  await setImmediate();
  controller.abort(new Error('given up'));
  await given;
}

describe('what the adapters leave behind when they are stopped', () => {
  const workspace = useWorkspace();
  const context = (): ToolContext => ({
    workspace: { name: 'test', root: workspace.root },
    signal: new AbortController().signal,
    idempotencyKey: 'run:1',
    shows: () => true,
    quotes: () => true,
    exact: true,
    keepsContent: false,
    redaction: () => new Redactor().stream(true),
  });

  it('is nothing: MCP servers, their processes, pipes and timers', async () => {
    const stage = new McpStage();
    await stage.open();
    try {
      await expectNoLeak(async () => {
        const source = await stage.start();
        const find = (name: string) => source.tools().find((tool) => tool.name === `mcp.fickle.${name}`);
        await use(find('echo'), { text: 'x' }, { text: 1 }, {}, context()).catch(() => undefined);
        expect(await call(find('fail'), {}, context())).toMatchObject({ isError: true });
        await source.stop();
      });
    } finally {
      await stage.close();
    }
  });

  it('is nothing: programs, their pipes and time limits', async () => {
    const settings = { programs: { sh: { path: '/bin/sh', effect: 'read' } }, sandbox: 'off' };
    await expectNoLeak(async () => {
      const [source] = shellFamily.create(settings, hostOf()) as ToolSource[];
      await source?.start();
      const tool = source?.tools().find(({ name }) => name === 'shell.read');
      const sh = (script: string): JsonObject => ({ program: 'sh', args: ['-c', script] });
      await use(tool, sh('echo x'), { program: 'none' }, sh('sleep 600 & sleep 600'), context());
      await source?.stop();
    });
  });

  it('is nothing: connections of databases', async () => {
    const stage = new SqlStage(process.env);
    await stage.open();
    try {
      await expectNoLeak(async () => {
        const source = stage.source();
        const statement = (text: string): JsonObject => ({ connection: 'shop', statement: text });
        const [tool] = source.tools();
        const slow = statement('select pg_sleep(600)');
        await use(tool, statement('select 1'), statement('select nothing from nowhere'), slow, context());
        await source.stop();
      });
    } finally {
      await stage.close();
    }
  });
});
