import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '../support/caller';
import { frameOf, framesUntil } from '../support/frames';
import { readPlan, writePlan } from '../support/plans';
import { startServer } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

const SECRET = 'the-password-of-the-orders';
const POLICY = {
  version: 1,
  rules: [
    { id: 'no-secrets', tools: ['file.*'], paths: ['secrets/**'], verdict: 'deny', reason: 'Secrets are for people.' },
    { id: 'notes', tools: ['file.write'], paths: ['notes/**'], verdict: 'allow' },
    { id: 'admins', tools: ['file.delete'], scopes: ['tool:admin'], verdict: 'allow' },
  ],
};

describe('what would happen with a call', () => {
  let stage: Stage;
  let folder: string;
  let server: Replica;
  let developer: Caller;
  let reviewer: Caller;
  const write = (path: string) => ({ tool: 'file.write', args: { path, content: 'x' } });

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-tools-'));
    await writeFile(join(folder, 'policy.json'), JSON.stringify(POLICY));
    await writeFile(
      join(folder, 'tools.json'),
      JSON.stringify({
        http: {
          hosts: ['api.example.org'],
          headers: { 'https://api.example.org': { authorization: { secret: 'ORDERS_KEY' } } },
        },
      }),
    );
    server = await stage.start({
      POLICY_FILE: join(folder, 'policy.json'),
      TOOLS_FILE: join(folder, 'tools.json'),
      ORDERS_KEY: SECRET,
    });
    ({ developer, reviewer } = server);
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is told by RPC and by REST alike, with the rule that says so', async () => {
    const expected = {
      verdict: 'deny',
      rule: 'no-secrets',
      reason: 'Secrets are for people.',
      effect: 'write',
      problems: [],
      breaker: 'closed',
    };
    expect(await developer.call('tool/check', write('secrets/key'))).toEqual(expected);
    const response = await reviewer.post('/tools/check', write('secrets/key'));
    expect([response.status, await response.json()]).toEqual([200, expected]);
  });

  it.each<[string, object, object]>([
    ['a rule that allows', write('notes/a'), { verdict: 'allow', rule: 'notes' }],
    ['the same with text from outside', { ...write('notes/a'), tainted: true }, { verdict: 'ask', rule: 'notes' }],
    [
      'the same in a run that wants to be asked',
      { ...write('notes/a'), policy: { ask: ['file.*'] } },
      { verdict: 'ask', rule: 'start.ask' },
    ],
    ['no rule', write('src/a'), { verdict: 'ask', rule: 'default.write' }],
    [
      'a move out of what is denied',
      { tool: 'file.move', args: { path: 'secrets/a', to: 'notes/a' } },
      { verdict: 'deny', rule: 'no-secrets' },
    ],
    [
      'a tool of the tools file',
      { tool: 'http.request', args: { method: 'POST', url: 'https://api.example.org/orders' } },
      { verdict: 'ask', rule: 'default.external', effect: 'external', problems: [] },
    ],
    [
      'a tool that does not exist',
      { tool: 'shell.nothing', args: {} },
      { verdict: 'deny', rule: 'default.unknown', effect: null, breaker: null, problems: [{ pointer: '/tool' }] },
    ],
    [
      'bad arguments, in a workspace that does not exist',
      { tool: 'file.read', args: { path: '../x' }, workspace: 'prod' },
      { verdict: 'allow', problems: [{ pointer: '/args/path' }, { pointer: '/workspace' }] },
    ],
  ])('is told for %s', async (_, params, expected) => {
    const response = await developer.post('/tools/check', params);
    expect(await response.json()).toMatchObject(expected);
    expect((await developer.ask('tool/check', params)).result).toMatchObject(expected);
  });

  it('depends on what the caller may do', async () => {
    const call = { tool: 'file.delete', args: { path: 'README.md' } };
    expect(await developer.call('tool/check', call)).toMatchObject({ verdict: 'allow', rule: 'admins' });
    expect(await reviewer.call('tool/check', call)).toMatchObject({ verdict: 'ask', rule: 'default.write' });
  });

  it('holds in a run of that caller as it was told', async () => {
    await stage.write('obsolete.md', 'old\n');
    const action = { id: 'write', kind: 'tool' as const, tool: 'file.delete', args: { path: 'obsolete.md' } };
    const plan = writePlan('x', 'y');
    const { runId } = await developer.call('start', { ...plan, actions: [action, { id: 'finish', kind: 'finish' }] });
    const frames = await framesUntil(developer, runId, 'run.completed');
    expect(frameOf(frames, 'tool.guarded')).toMatchObject({ verdict: 'allow', rule: 'admins' });
    await expect(stage.read('obsolete.md')).rejects.toThrow('ENOENT');
  });

  it.each<[object, string]>([
    [{ args: {} }, '/tool'],
    [{ tool: 'file.read' }, '/args'],
    [{ tool: 'file.read', args: {}, workspace: 3 }, '/workspace'],
    [{ tool: 'file.read', args: {}, policy: { allow: ['*'] } }, '/policy'],
    [{ tool: 'file.read', args: {}, policy: { deny: ['[x]'] } }, '/policy/deny/0'],
    [{ tool: 'file.read', args: {}, more: 1 }, '/more'],
  ])('is not told for the question %j', async (question, pointer) => {
    const response = await developer.post('/tools/check', question);
    expect([response.status, await response.json()]).toMatchObject([400, { pointer }]);
    const error = await developer.fail('tool/check', question);
    expect(error).toMatchObject({ code: -32602, data: { pointer: expect.stringMatching(`^${pointer}`) } });
  });

  it('is asked without a trace: nothing is stored, nothing is run', async () => {
    const count = () => stage.rows<{ count: string }>('select count(*) from tool_calls');
    const before = await count();
    await developer.call('tool/check', { tool: 'file.read', args: { path: 'README.md' } });
    expect(await count()).toEqual(before);
  });

  it('is in the list of the tools, with the state of each breaker, and so in the metrics', async () => {
    const { items } = await developer.call('tool/list', {});
    expect(items.find(({ name }) => name === 'http.get')).toMatchObject({ verdict: 'allow', breaker: 'closed' });
    const metrics = await (await developer.fetch('/metrics')).text();
    expect(metrics).toContain('assent_tool_breaker_state{tool="http.get"} 0');
  });

  it('shows no secret in frames or tables, whichever way a tool comes by it', async () => {
    await stage.write('config.txt', `url = postgres://app:pass-1@db\nkey = ${SECRET}\ntoken ghp_${'a1'.repeat(20)}\n`);
    const { runId } = await developer.call('start', readPlan('config.txt'));
    const frames = await framesUntil(developer, runId, 'run.completed');
    expect(frameOf(frames, 'tool.output')).toMatchObject({
      output: { content: 'url = postgres://app:[redacted]@db\nkey = [redacted]\ntoken [redacted]\n' },
    });
    const stored = await stage.rows(
      `select frames::text from frames where run_id = $1 union all select runs::text from runs where id = $1
        union all select tool_calls::text from tool_calls where run_id = $1`,
      [runId],
    );
    for (const secret of [SECRET, 'pass-1', 'ghp_']) {
      expect([secret, JSON.stringify(stored).includes(secret)]).toEqual([secret, false]);
      expect([secret, server.process.lines.join('\n').includes(secret)]).toEqual([secret, false]);
    }
  });

  it("is made stricter by the tenant's own policy, which only changes from the version that was read", async () => {
    const rules = [
      { id: 'freeze', tools: ['file.write'], paths: ['notes/**'], verdict: 'deny' },
      { id: 'wide', tools: ['file.*'], verdict: 'allow' },
    ];
    const none = await developer.call('tool/policy/get', {});
    expect(none).toMatchObject({ version: 0, rules: [], actor: null });
    expect(await developer.call('tool/policy/set', { version: 0, rules, dryRun: true })).toEqual(none);
    const saved = await developer.call('tool/policy/set', { version: 0, rules });
    expect(saved).toMatchObject({ version: 1, rules, maxCalls: null, actor: 'developer' });
    expect(await developer.call('tool/policy/get', {})).toEqual(saved);
    const verdictOf = async (path: string) => (await developer.call('tool/check', write(path))).rule;
    expect([await verdictOf('notes/a'), await verdictOf('src/a')]).toEqual(['tenant.freeze', 'default.write']);

    const { runId } = await developer.call('start', writePlan('notes/a', 'x'));
    const frames = await framesUntil(developer, runId, 'run.failed');
    expect(frameOf(frames, 'tool.guarded')).toMatchObject({ verdict: 'deny', rule: 'tenant.freeze' });

    expect(await developer.fail('tool/policy/set', { version: 0, rules: [] })).toMatchObject({
      code: -32002,
      data: { version: 1, actor: 'developer' },
    });
    const bad = [{ id: 'x', tools: ['*'], verdict: 'maybe' }];
    for (const dryRun of [false, true]) {
      expect(await developer.fail('tool/policy/set', { version: 1, rules: bad, dryRun })).toMatchObject({
        code: -32602,
        data: { pointer: '/rules/0/verdict' },
      });
    }
    expect(await reviewer.fail('tool/policy/set', { version: 1, rules: [] })).toMatchObject({
      code: -32003,
      data: { scope: 'tool:admin' },
    });

    const both = await Promise.all(
      [0, 1].map(() => developer.ask('tool/policy/set', { version: 1, rules: [], maxCalls: 0 })),
    );
    expect(both.map(({ error }) => error?.code ?? null).sort()).toEqual([-32002, null]);
    const over = await developer.call('start', readPlan('README.md'));
    expect(frameOf(await framesUntil(developer, over.runId, 'run.failed'), 'tool.guarded')).toMatchObject({
      rule: 'tenant.budget.max-calls',
    });
    expect(await developer.call('tool/policy/set', { version: 2, rules: [] })).toMatchObject({ version: 3 });
  });

  it.each([
    [{ slq: {} }, /there is no section .*slq.*; there are: .*file, .*http/],
    [{ file: { root: '/' } }, /root is not a known property/],
    [{ sql: { connections: { a: { urlSecret: 'NOT_SET_URL' } } } }, /the environment variable NOT_SET_URL is not set/],
  ])('is never asked of a server whose tools file is %j: it does not start, and says why', async (tools, problem) => {
    const file = join(folder, 'wrong.json');
    await writeFile(file, JSON.stringify(tools));
    const starting = startServer({
      databaseUrl: stage.databaseUrl,
      workspaces: `example=${stage.folder}`,
      env: { TOOLS_FILE: file },
    });
    await expect(starting).rejects.toThrow(problem);
  });
});
