import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { schemaCheck, type ReadAdapter } from '@assent/tools';
import { contextOf, external, isAlive, read, toolOf, until, useStage } from './testing/mcp-stage';
import { freePort } from '@assent/test-support/free-port';

const LOOK_MS = 20;

function entryOf(name: string): string {
  return join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js');
}

describe('@modelcontextprotocol/server-filesystem', () => {
  const held = useStage();
  let folder = '';

  beforeEach(async () => {
    folder = held.stage.at('files');
    await mkdir(folder);
    await writeFile(join(folder, 'a.txt'), 'one\ntwo\n');
  });

  const start = async () =>
    held.stage.start({ servers: { fs: { command: process.execPath, args: [entryOf('server-filesystem'), folder] } } });

  it('offers all its tools, each with the effect it declares and a strict schema', async () => {
    const source = await start();
    expect(source.tools().filter(({ description }) => description.startsWith('Disabled'))).toEqual([]);
    for (const { inputSchema } of source.tools()) schemaCheck(inputSchema);
    expect(toolOf(source, 'mcp.fs.read_text_file').effect).toBe('read');
    expect(toolOf(source, 'mcp.fs.list_directory').effect).toBe('read');
    expect(toolOf(source, 'mcp.fs.write_file').effect).toBe('external');
    expect(toolOf(source, 'mcp.fs.move_file').effect).toBe('external');
  });

  it('reads at once, and writes only what was approved', async () => {
    const source = await start();
    expect(await read(source, 'mcp.fs.read_text_file', { remote_path: join(folder, 'a.txt') })).toMatchObject({
      text: 'one\ntwo\n',
    });
    const tool = external(source, 'mcp.fs.write_file');
    const draft = await tool.dryRun({ remote_path: join(folder, 'b.txt'), content: 'new' }, contextOf());
    expect(draft?.summary).toContain('MAY DESTROY something');
    expect(await read(source, 'mcp.fs.list_directory', { remote_path: folder })).toMatchObject({
      text: '[FILE] a.txt',
    });
    expect(await tool.apply(draft?.effect ?? {}, contextOf())).toMatchObject({ outcome: 'applied' });
    expect(await readFile(join(folder, 'b.txt'), 'utf8')).toBe('new');
  });

  it('tells its refusals as failures of the tool', async () => {
    const source = await start();
    expect(await read(source, 'mcp.fs.read_text_file', { remote_path: '/etc/hostname' })).toMatchObject({
      text: expect.stringContaining('Access denied'),
      isError: true,
    });
  });
});

/** Checks that hold for both transports of the server. */
async function everything(source: Awaited<ReturnType<ReturnType<typeof useStage>['stage']['start']>>): Promise<void> {
  for (const { inputSchema } of source.tools()) schemaCheck(inputSchema);
  const { name: echo } = toolOf(source, 'mcp.all.echo');
  const shown = async (name: string, args: Parameters<typeof read>[2]) => {
    const tool = toolOf(source, name);
    if (tool.effect === 'read') return read(source, name, args);
    const one = external(source, name);
    const draft = await one.dryRun(args ?? {}, contextOf());
    return (await one.apply(draft?.effect ?? {}, contextOf())).output;
  };
  expect(await shown(echo, { message: 'hello' })).toMatchObject({ text: 'Echo: hello', truncated: false });
  expect(await shown('mcp.all.get-sum', { a: 2, b: 40 })).toMatchObject({ text: expect.stringContaining('42') });
  expect(await shown('mcp.all.get-tiny-image', {})).toMatchObject({
    omitted: [expect.stringMatching(/^image image\/png, \d+ characters of base64$/)],
    truncated: true,
  });
  expect(await shown('mcp.all.get-structured-content', { location: 'Chicago' })).toMatchObject({
    structured: { temperature: expect.any(Number), conditions: expect.any(String) },
  });
}

describe('@modelcontextprotocol/server-everything', () => {
  const held = useStage();

  it('works over standard streams, with nothing of our environment', async () => {
    process.env['ASSENT_TEST_SECRET'] = 'planted';
    try {
      const source = await held.stage.start({
        servers: {
          all: { command: process.execPath, args: [entryOf('server-everything')], effects: { 'get-env': 'read' } },
        },
      });
      await everything(source);
      const environment = (await read(source, 'mcp.all.get-env'))['text'] as string;
      expect(Object.keys(JSON.parse(environment) as object).sort()).toEqual(['LANG', 'PATH']);
    } finally {
      delete process.env['ASSENT_TEST_SECRET'];
    }
  });

  it('is told when a long operation is aborted', async () => {
    const source = await held.stage.start({
      servers: {
        all: {
          command: process.execPath,
          args: [entryOf('server-everything')],
          effects: { 'trigger-long-running-operation': 'read' },
        },
      },
    });
    const controller = new AbortController();
    const running = read(
      source,
      'mcp.all.trigger-long-running-operation',
      { duration: 60, steps: 2 },
      controller.signal,
    );
    const rejected = expect(running).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await rejected;
    expect(source.tools().length).toBeGreaterThan(0);
  });

  it('works over streamable HTTP, and its end is a fault of the connection until it is back', async () => {
    const port = await freePort();
    let server = await serve(port);
    try {
      const source = await held.stage.start({ servers: { all: { url: `http://127.0.0.1:${port}/mcp` } } });
      await everything(source);
      const echo = toolOf(source, 'mcp.all.echo') as ReadAdapter;
      await end(server);
      // The call fails the same way whether or not the exit was noticed before it.
      await expect(echo.run({ message: 'x' }, contextOf())).rejects.toMatchObject({
        details: { transport: true },
      });
      await until(() => source.tools().length === 0);
      server = await serve(port);
      await held.stage.due((ms) => ms < 60_000);
      await until(() => source.tools().length > 0);
      await everything(source);
    } finally {
      await end(server);
    }
    expect(isAlive(server.pid ?? 0)).toBe(false);
  });
});

async function serve(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [entryOf('server-everything'), 'streamableHttp'], {
    env: { PORT: String(port) },
    stdio: 'ignore',
  });
  while (!(await answers(port))) await delay(LOOK_MS);
  return child;
}

async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/mcp`)).arrayBuffer();
    return true;
  } catch {
    // The server is not listening yet.
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
