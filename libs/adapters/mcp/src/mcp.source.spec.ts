import { ToolRegistry } from '@assent/tools/testing';
import { schemaCheck } from '@assent/tools';
import { FICKLE_TOOLS } from '@assent/test-support/fickle-server';
import { contextOf, external, isAlive, read, toolOf, until, useStage } from './testing/mcp-stage';

describe('the tools of an MCP server', () => {
  const held = useStage();

  it('are there with safe names, strict schemas, and the effect the server says', async () => {
    const source = await held.stage.start();
    expect(source.tools().map(({ name, effect, idempotent, effort }) => [name, effect, idempotent, effort])).toEqual([
      ['mcp.fickle.echo', 'read', true, 3],
      ['mcp.fickle.add', 'external', true, 20],
      ...['seen', 'metas', 'notify', 'environment', 'pid', 'fail', 'odd', 'flood', 'die', 'hang'].map((name) => [
        `mcp.fickle.${name}`,
        'read',
        true,
        13,
      ]),
    ]);
    for (const { inputSchema } of source.tools()) schemaCheck(inputSchema);
    // An unchanged tool keeps its adapter object.
    expect(source.tools()[0]).toBe(source.tools()[0]);
    expect(await read(source, 'mcp.fickle.echo', { text: 'hello', remote_path: '/etc' })).toEqual({
      text: 'hello at /etc',
      omitted: [],
      truncated: false,
    });
  });

  it('have the effect the settings force, regardless of what the server declares', async () => {
    const effects = { echo: 'external', add: 'read' } as const;
    const source = await held.stage.start({ servers: { fickle: { ...held.stage.fickle, effects } } });
    expect(toolOf(source, 'mcp.fickle.echo').effect).toBe('external');
    expect(toolOf(source, 'mcp.fickle.add').effect).toBe('read');
  });

  it('that change something are called once, after showing the exact call', async () => {
    const source = await held.stage.start();
    const tool = external(source, 'mcp.fickle.add');
    const draft = await tool.dryRun({}, contextOf());
    expect(draft).toEqual({
      effect: {
        server: 'fickle',
        tool: 'add',
        definition: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        arguments: {},
      },
      summary: [
        'Call the tool "add" of the MCP server "fickle"',
        'The server says that it only adds, MAY REACH the outside world, and does nothing more when repeated.',
        'arguments: {}',
      ].join('\n'),
      targets: ['mcp:fickle'],
    });
    expect(await read(source, 'mcp.fickle.seen')).toMatchObject({ text: '[]' });
    expect(await tool.apply(draft?.effect ?? {}, contextOf())).toEqual({
      outcome: 'applied',
      output: { text: 'added', omitted: [], truncated: false },
      report: { ok: true, message: 'mcp.fickle.add answered and says: "added".' },
    });
    expect(await read(source, 'mcp.fickle.seen')).toMatchObject({ text: '["add"]' });
  });

  it('are given the key of the run and step with a change, the same for every attempt, and none with a read', async () => {
    const source = await held.stage.start();
    const tool = external(source, 'mcp.fickle.add');
    const draft = await tool.dryRun({}, contextOf());
    for (let attempt = 0; attempt < 2; attempt += 1) await tool.apply(draft?.effect ?? {}, contextOf());
    await read(source, 'mcp.fickle.echo', { text: 'x' });
    expect(await read(source, 'mcp.fickle.metas')).toMatchObject({
      text: '[["add","run:1"],["add","run:1"],["echo",null]]',
    });
  });

  it('give storable answers: no pictures, no U+0000, no half characters, no prototype', async () => {
    const source = await held.stage.start();
    expect(await read(source, 'mcp.fickle.odd')).toEqual({
      text: 'a\ufffdb\ufffd\ninside',
      structured: { n: 1, deep: { s: '\ufffd' } },
      omitted: ['image image/png, 4 characters of base64'],
      truncated: true,
    });
  });

  it('report their own failure as an answer, and not as a fault of the connection', async () => {
    const source = await held.stage.start();
    expect(await read(source, 'mcp.fickle.fail')).toEqual({
      text: 'it went wrong\nbadly',
      isError: true,
      omitted: [],
      truncated: false,
    });
    await held.stage.set({
      tools: [
        ...FICKLE_TOOLS,
        { name: 'unknown', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
      ],
    });
    await read(source, 'mcp.fickle.notify');
    await until(() => source.tools().some(({ name }) => name === 'mcp.fickle.unknown'));
    await expect(read(source, 'mcp.fickle.unknown')).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining('no such tool'),
      details: { tool: 'mcp.fickle.unknown' },
    });
  });

  it('get an environment of their own, with the secrets of the settings', async () => {
    const env = { API_TOKEN: { secret: 'TOKEN' }, MODE: 'test' };
    const source = await held.stage.start({ servers: { fickle: { ...held.stage.fickle, env } } });
    expect(await read(source, 'mcp.fickle.environment')).toMatchObject({ text: 'API_TOKEN LANG MODE PATH' });
    expect(JSON.stringify(held.stage.host.lines)).not.toContain('planted');
    await expect(
      held.stage.start({ servers: { fickle: { ...held.stage.fickle, env: { A: { secret: 'NOT_SET' } } } } }),
    ).rejects.toThrow('NOT_SET');
  });
});

describe('an MCP server that fails', () => {
  const held = useStage();
  const pidOf = async (source: Parameters<typeof read>[0]) => Number((await read(source, 'mcp.fickle.pid'))['text']);
  const isRestart = (ms: number) => ms < 60_000;

  it.each(['die', 'flood'])('breaks the call as a fault of the connection, and is started again: %s', async (how) => {
    const source = await held.stage.start();
    const pid = await pidOf(source);
    await expect(read(source, `mcp.fickle.${how}`)).rejects.toMatchObject({
      reason: 'overloaded',
      details: { transport: true, sent: true },
    });
    await until(() => source.tools().length === 0);
    await held.stage.due(isRestart);
    await until(() => source.tools().length > 0);
    expect(await pidOf(source)).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
  });

  it('is named by a retryable error while it is started again, and a tool that it does not have is a mistake', async () => {
    const source = await held.stage.start();
    const registry = new ToolRegistry([], [source], held.stage.host.log);
    const problemOf = (name: string): unknown => {
      try {
        registry.checkArgs(name, { text: 'x' });
        return null;
      } catch (thrown) {
        return thrown;
      }
    };
    expect(problemOf('mcp.fickle.echo')).toBeNull();
    await read(source, 'mcp.fickle.die').catch(() => undefined);
    await until(() => source.tools().length === 0);
    expect(problemOf('mcp.fickle.echo')).toMatchObject({
      reason: 'overloaded',
      retryable: true,
      message: expect.stringContaining('the MCP server "fickle" is being started again'),
      details: { pointer: '/tool', server: 'fickle', retryAfterSeconds: 1 },
    });
    expect(problemOf('mcp.other.echo')).toMatchObject({ reason: 'invalid' });
    await held.stage.due(isRestart);
    await until(() => source.tools().length > 0);
    expect(problemOf('mcp.fickle.echo')).toBeNull();
    expect(problemOf('mcp.fickle.none')).toMatchObject({ reason: 'invalid' });
  });

  it('is told when a call is aborted', async () => {
    const source = await held.stage.start();
    const controller = new AbortController();
    const hanging = read(source, 'mcp.fickle.hang', {}, controller.signal);
    const rejected = expect(hanging).rejects.toThrow('cancelled by the run');
    while ((await read(source, 'mcp.fickle.seen'))['text'] !== '["hang"]');
    controller.abort(new Error('cancelled by the run'));
    await rejected;
    expect(await read(source, 'mcp.fickle.seen')).toMatchObject({ text: '["hang","cancelled"]' });
  });

  it('is told when a call takes too long, which is a fault of the connection', async () => {
    const source = await held.stage.start({ servers: { fickle: { ...held.stage.fickle, timeoutMs: 500 } } });
    await expect(read(source, 'mcp.fickle.hang')).rejects.toMatchObject({
      reason: 'timeout',
      details: { transport: true, sent: true },
    });
    expect(await read(source, 'mcp.fickle.seen')).toMatchObject({ text: '["hang","cancelled"]' });
  });

  it('that cannot be started is tried again, more slowly each time, and after ten times left alone for a while', async () => {
    await held.stage.set({ refuse: true });
    const source = await held.stage.start({
      servers: { fickle: held.stage.fickle, missing: { command: '/nowhere/server' } },
    });
    expect(source.tools()).toEqual([]);
    expect(held.stage.waiting).toHaveLength(2);
    // Only the connected server goes on; the entry of the other stays first in line.
    await source.stop();
    expect(held.stage.waiting).toEqual([]);

    const alone = await held.stage.start({ servers: { missing: { command: '/nowhere/server' } } });
    const delays: number[] = [];
    for (let turn = 0; turn < 11; turn += 1) delays.push(await held.stage.due(() => true));
    expect(delays.slice(0, 10).every((ms) => ms > 0 && ms <= 30_000)).toBe(true);
    expect(delays[10]).toBe(600_000);
    expect(held.stage.host.lines.map(([, , text]) => text)).toContain(
      'mcp: the server keeps failing and is left alone for a while',
    );
    await alone.stop();
  });

  it('comes back with its tools once it works again', async () => {
    await held.stage.set({ refuse: true });
    const source = await held.stage.start();
    await held.stage.set({});
    await held.stage.due(isRestart);
    await until(() => source.tools().length > 0);
    expect(await read(source, 'mcp.fickle.echo', { text: 'x' })).toMatchObject({ text: 'x' });
  });

  it('is ended for good when the source stops, even one that does not want to', async () => {
    await held.stage.set({ stubborn: true });
    const source = await held.stage.start();
    const pid = await pidOf(source);
    await Promise.all([source.stop(), source.stop()]);
    expect(isAlive(pid)).toBe(false);
    expect(source.tools()).toEqual([]);
    expect(held.stage.waiting).toEqual([]);
  });
});
