import type { JsonObject, Scope, ToolCall } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import { ToolsStage } from './testing/tools-stage';
import { useWorkspace } from './testing/temp-workspace';
import type { ToolsService } from './tools.service';

describe('ToolsService', () => {
  const workspace = useWorkspace();
  const stage = new ToolsStage(workspace);
  const { caller, options } = stage;
  const call = stage.call.bind(stage);
  const principal = { ...caller, scopes: new Set<Scope>(['run:read']), roles: new Set<string>() };
  let tools: ToolsService;

  beforeEach(async () => {
    tools = await stage.open([
      { id: 'secrets', tools: ['file.*'], paths: ['secrets/**'], verdict: 'deny' },
      { id: 'drafts', tools: ['file.*'], paths: ['drafts/**'], effects: ['read'], verdict: 'ask' },
      { id: 'notes', tools: ['file.write'], paths: ['notes/**'], verdict: 'allow' },
    ]);
    await workspace.write('secrets/key', 'token');
    await workspace.write('drafts/a', 'token');
    await workspace.write('a.txt', 'token\n');
  });
  afterEach(async () => {
    await stage.close();
  });

  it('names the workspaces, and no folder of the machine', () => {
    expect(tools.workspaces()).toEqual(['docs', 'other']);
  });

  it('lists the tools with the verdict for this caller', async () => {
    const verdicts = async (narrowing = {}) =>
      (await tools.list(caller, narrowing)).map(({ name, verdict, rule }) => [name, verdict, rule].join(' '));
    expect(await verdicts()).toEqual(
      expect.arrayContaining([
        'file.list allow default.read',
        'file.read allow default.read',
        'file.write ask default.write',
        'fake.effect ask default.external',
      ]),
    );
    expect(await verdicts({ deny: ['file.write'], ask: ['file.search'] })).toEqual(
      expect.arrayContaining([
        'file.read allow default.read',
        'file.search ask start.ask',
        'file.write deny start.deny',
      ]),
    );
    const strict = await stage.open([], [{ id: 'no-fakes', tools: ['fake.*'], verdict: 'deny' }]);
    expect((await strict.list(caller)).filter(({ verdict }) => verdict === 'deny')).toMatchObject([
      { name: 'fake.read', rule: 'tenant.no-fakes', breaker: 'closed' },
      { name: 'fake.effect', rule: 'tenant.no-fakes', breaker: 'closed' },
    ]);
    const listed = (await tools.list(caller)).find(({ name }) => name === 'file.read');
    expect(JSON.parse(JSON.stringify(listed?.inputSchema))).toMatchObject({
      type: 'object',
      required: ['path'],
      additionalProperties: false,
    });
  });

  it('describes what a call would do, including all of its faults, and runs nothing', async () => {
    const ask = (tool: string, args: JsonObject, more: object = {}) =>
      tools.preview({ tool, args, workspace: 'docs', ...more }, principal);
    expect(await ask('fake.read', { path: '../x' }, { workspace: 'prod' })).toEqual({
      verdict: 'allow',
      rule: 'default.read',
      reason: 'Reading is allowed unless a rule says otherwise.',
      effect: 'read',
      problems: [
        { pointer: '/args/path', message: expect.stringContaining('contains "." or ".."') },
        { pointer: '/workspace', message: 'There is no workspace "prod". There are: docs, other.' },
      ],
      breaker: 'closed',
    });
    expect(await ask('file.write', { path: 'notes/a', content: '' })).toMatchObject({ verdict: 'allow', problems: [] });
    expect(await ask('file.write', { path: 'notes/a', content: '' }, { tainted: true })).toMatchObject({
      verdict: 'ask',
      rule: 'notes',
    });
    expect(await ask('file.write', { path: 'notes/a' }, { policy: { deny: ['file.*'] } })).toMatchObject({
      verdict: 'deny',
      rule: 'start.deny',
      problems: [{ pointer: '/args/content' }],
    });
    expect(await ask('shell.nothing', {})).toMatchObject({
      verdict: 'deny',
      rule: 'default.unknown',
      effect: null,
      breaker: null,
      problems: [{ pointer: '/tool' }],
    });
    await expect(ask('file.read', {}, { policy: { deny: ['[x]'] } })).rejects.toMatchObject({
      details: { pointer: '/policy/deny/0' },
    });
    expect(stage.reads).toBe(0);
  });

  it('denies a call that does not tell which paths it touches', async () => {
    const decided = await tools.preview(
      { tool: 'file.patch_many', args: { patch: 'no patch' }, workspace: 'docs' },
      principal,
    );
    expect(decided).toMatchObject({
      verdict: 'deny',
      rule: 'default.unreadable',
      problems: [{ pointer: '/args/patch', message: expect.stringContaining('"no patch"') as string }],
    });
  });

  it('refuses a call that cannot be read as bad input, not as one that the policy denies', async () => {
    const anyPath = {
      name: 'client.open',
      description: 'Opens.',
      inputSchema: { type: 'object', properties: { path: {} } },
    };
    const forClient = tools.forClient([anyPath]);
    const refused = (pointer: string) => expect.objectContaining({ reason: 'invalid', details: { pointer } }) as Error;
    expect(() => tools.check(call('file.patch_many', { patch: '@@ -1 @@\n' }))).toThrow(refused('/args/patch'));
    expect(() => forClient.check(call('client.open', { path: 7 }))).toThrow(refused('/args/path'));
    await expect(tools.dryRun(call('file.patch_many', { patch: 'x' }), options)).rejects.toEqual(
      refused('/args/patch'),
    );
  });

  it('quotes a file in a refusal only where the policy lets the caller read it', async () => {
    const refusalOf = async (path: string) => {
      const patch = '@@ -1 +1 @@\n-tokens\n+x\n';
      return tools.dryRun(call('file.patch', { path, patch }), options).catch((thrown: unknown) => String(thrown));
    };
    expect(await refusalOf('a.txt')).toContain('File: "token\\n", patch: "tokens\\n".');
    expect(await refusalOf('drafts/a')).toContain('expects another text than line 1');
    expect(await refusalOf('drafts/a')).not.toContain('token');
  });

  it('denies a call whose path is not a string, which no rule about paths could match', async () => {
    const anyPath = {
      name: 'client.open',
      description: 'Opens.',
      inputSchema: { type: 'object', properties: { path: {} } },
    };
    const forClient = tools.forClient([anyPath]);
    for (const path of [['secrets/a'], { a: 1 }, 7, null, true]) {
      expect(await forClient.guard(call('client.open', { path }), caller, 'run')).toMatchObject({
        verdict: 'deny',
        rule: 'default.unreadable',
      });
    }
    expect(await forClient.guard(call('client.open', { path: 'a' }), caller, 'run')).toMatchObject({ verdict: 'ask' });
  });

  it('compiles the tools of a client once for all reads of its run', () => {
    const declared = [{ name: 'client.a', description: 'A.', inputSchema: { type: 'object' } }];
    expect(tools.forClient(declared)).toBe(tools.forClient(declared));
    expect(tools.forClient([...declared])).not.toBe(tools.forClient(declared));
    expect(tools.forClient(undefined)).toBe(tools);
  });

  it.each<[string, ToolCall, string]>([
    ['a tool that does not exist', call('shell.run'), '/tool'],
    ['a workspace that does not exist', call('file.list', {}, 'prod'), '/workspace'],
    ['a workspace named like a property of objects', call('file.list', {}, '__proto__'), '/workspace'],
    ['an argument that is missing', call('file.read'), '/args/path'],
    ['a path that leaves the workspace', call('file.write', { path: '../x', content: '' }), '/args/path'],
  ])('refuses %s on every way of calling', async (_, bad, pointer) => {
    const refusal = { reason: 'invalid', details: { pointer } };
    expect(() => {
      tools.check(bad);
    }).toThrow(expect.objectContaining(refusal) as Error);
    await expect(tools.run(bad, options)).rejects.toMatchObject(refusal);
    await expect(tools.dryRun(bad, options)).rejects.toMatchObject(refusal);
  });

  it('guards each call by the policy and the narrowing of its run', async () => {
    const verdictOf = async (toolCall: ToolCall, narrowing = {}) =>
      (await tools.guard(toolCall, caller, 'run', narrowing)).rule;
    const note = call('file.write', { path: 'notes/a', content: '' });
    expect(await verdictOf(note)).toBe('notes');
    expect(await verdictOf(note, { ask: ['file.*'] })).toBe('start.ask');
    expect(await verdictOf(call('file.move', { path: 'notes/a', to: 'secrets/b' }))).toBe('secrets');
    expect(await verdictOf(call('shell.run'))).toBe('default.unknown');
  });

  it('does not run a denied call, even if the guard was skipped', async () => {
    const forbidden = { reason: 'forbidden', details: { rule: 'secrets' } };
    await expect(tools.run(call('file.read', { path: 'secrets/key' }), options)).rejects.toMatchObject(forbidden);
    await expect(tools.run(call('file.read', { path: 'SECRETS/key' }), options)).rejects.toMatchObject(forbidden);
    await expect(
      tools.dryRun(call('file.write', { path: 'secrets/key', content: 'x' }), options),
    ).rejects.toMatchObject(forbidden);
  });

  it('hides paths of stricter rules from searches and lists', async () => {
    expect(await tools.run(call('file.search', { query: 'token' }), options)).toEqual({
      matches: [{ path: 'a.txt', line: 1, text: 'token' }],
      truncated: false,
    });
    expect(await tools.run(call('file.list', { glob: '**' }), options)).toMatchObject({
      entries: [{ path: 'a.txt' }, { path: 'policy.json' }],
    });
    expect(await tools.run(call('file.list', { path: 'drafts' }), options)).toMatchObject({
      entries: [{ path: 'drafts/a' }],
    });
  });

  it('takes an approved change from dry run to disk once', async () => {
    const diff = await tools.dryRun(call('file.write', { path: 'new/b.txt', content: 'hello\n' }), options);
    if (diff.unchanged) throw new Error('expected a change');
    expect(diff).toMatchObject({
      contentHash: contentHashOf(diff.bytes),
      files: [
        {
          path: 'new/b.txt',
          kind: 'create',
          baseHash: null,
          resultHash: contentHashOf('hello\n'),
          added: 1,
          removed: 0,
        },
      ],
      patch:
        'diff --git a/new/b.txt b/new/b.txt\nnew file mode 100644\n--- /dev/null\n+++ b/new/b.txt\n@@ -0,0 +1,1 @@\n+hello\n',
    });
    expect(tools.lockKeys(diff.bytes, diff.contentHash)).toHaveLength(1);
    expect(await tools.apply(diff.bytes, diff.contentHash, options)).toEqual({
      outcome: 'applied',
      files: [{ path: 'new/b.txt', state: 'base' }],
      output: null,
      effect: null,
    });
    expect(await workspace.read('new/b.txt')).toBe('hello\n');
    expect(await tools.apply(diff.bytes, diff.contentHash, options)).toMatchObject({ outcome: 'already_applied' });
    expect(await tools.dryRun(call('file.write', { path: 'new/b.txt', content: 'hello\n' }), options)).toEqual({
      unchanged: true,
    });
  });

  it('applies nothing but the bytes that were approved', async () => {
    const [first, second] = await Promise.all(
      ['one', 'two'].map(async (content) => tools.dryRun(call('file.write', { path: 'a.txt', content }), options)),
    );
    if (!first || first.unchanged || !second || second.unchanged) throw new Error('expected changes');
    const mismatch = {
      reason: 'precondition_failed',
      details: { expected: first.contentHash, actual: second.contentHash },
    };
    await expect(tools.apply(second.bytes, first.contentHash, options)).rejects.toMatchObject(mismatch);
    expect(() => tools.lockKeys(second.bytes, first.contentHash)).toThrow(expect.objectContaining(mismatch) as Error);
    expect(await tools.apply(first.bytes, first.contentHash, options)).toMatchObject({ outcome: 'applied' });
    expect(await tools.apply(second.bytes, second.contentHash, options)).toMatchObject({
      outcome: 'stale',
      files: [{ path: 'a.txt', state: 'other' }],
      output: null,
    });
    expect(await workspace.read('a.txt')).toBe('one');
  });

  it('does not apply by a tool that only reads, nor dry-run one, nor run one that writes', async () => {
    const bytes = Buffer.from(
      JSON.stringify({
        v: 1,
        tool: 'file.read',
        workspace: 'docs',
        files: [{ path: 'x', kind: 'create', baseHash: null, resultHash: contentHashOf(''), result: '' }],
        patch: '',
      }),
    );
    const refusal = { reason: 'invalid', details: { pointer: '/tool' } };
    await expect(tools.apply(bytes, contentHashOf(bytes), options)).rejects.toMatchObject(refusal);
    await expect(tools.dryRun(call('file.read', { path: 'a.txt' }), options)).rejects.toMatchObject(refusal);
    await expect(tools.run(call('file.write', { path: 'a.txt', content: '' }), options)).rejects.toMatchObject(refusal);
  });

  it('does not boot with a policy file that is wrong', async () => {
    await expect(stage.open([{ id: 'a', tools: ['*'], verdict: 'yes' }])).rejects.toMatchObject({
      reason: 'invalid',
      details: { pointer: '/rules/0/verdict' },
    });
  });
});
