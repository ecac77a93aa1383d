import { Global, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import type { ToolCall } from '@assent/contract';
import { Config, Database, contentHashOf, loadConfig } from '@assent/platform';
import { useWorkspace } from './testing/temp-workspace';
import { ToolsModule } from './tools.module';
import { ToolsService } from './tools.service';

describe('ToolsService', () => {
  const workspace = useWorkspace();
  const options = { signal: new AbortController().signal, idempotencyKey: 'run:1' };
  const call = (tool: string, args: ToolCall['args'] = {}, name = 'docs'): ToolCall => ({
    tool,
    args,
    workspace: name,
  });
  const opened: TestingModule[] = [];
  let tools: ToolsService;

  async function open(rules: object[] = []): Promise<ToolsService> {
    await workspace.write('policy.json', JSON.stringify({ version: 1, rules }));
    const config = loadConfig(
      { WORKSPACES: `docs=${workspace.root},other=${workspace.outside}`, POLICY_FILE: workspace.at('policy.json') },
      workspace.root,
    );
    @Global()
    @Module({
      // No test here stores anything: the database is never connected.
      providers: [
        { provide: Config, useValue: config },
        { provide: Database, useValue: new Database(new DataSource({ type: 'postgres' })) },
      ],
      exports: [Config, Database],
    })
    class PlatformPart {}
    const module = await Test.createTestingModule({ imports: [PlatformPart, ToolsModule] }).compile();
    opened.push(module);
    return module.get(ToolsService);
  }

  beforeEach(async () => {
    tools = await open([
      { id: 'secrets', tools: ['file.*'], paths: ['secrets/**'], verdict: 'deny' },
      { id: 'drafts', tools: ['file.*'], paths: ['drafts/**'], effects: ['read'], verdict: 'ask' },
      { id: 'notes', tools: ['file.write'], paths: ['notes/**'], verdict: 'allow' },
    ]);
    await workspace.write('secrets/key', 'token');
    await workspace.write('drafts/a', 'token');
    await workspace.write('a.txt', 'token\n');
  });
  afterEach(async () => {
    for (const module of opened.splice(0)) await module.close();
  });

  it('names the workspaces, and no folder of the machine', () => {
    expect(tools.workspaces()).toEqual(['docs', 'other']);
  });

  it('lists the tools with the verdict for this caller', () => {
    expect(tools.list().map(({ name, effect, verdict, rule }) => [name, effect, verdict, rule])).toEqual([
      ['file.list', 'read', 'allow', 'default.read'],
      ['file.read', 'read', 'allow', 'default.read'],
      ['file.search', 'read', 'allow', 'default.read'],
      ['file.write', 'write', 'ask', 'default.write'],
      ['file.patch', 'write', 'ask', 'default.write'],
    ]);
    expect(tools.list({ deny: ['file.{write,patch}'], ask: ['file.search'] }).map(({ verdict }) => verdict)).toEqual([
      'allow',
      'allow',
      'ask',
      'deny',
      'deny',
    ]);
    expect(JSON.parse(JSON.stringify(tools.list()[1]?.inputSchema))).toMatchObject({
      type: 'object',
      required: ['path'],
      additionalProperties: false,
    });
  });

  it.each<[string, ToolCall, string]>([
    ['a tool that does not exist', call('shell.run'), '/tool'],
    ['a workspace that does not exist', call('file.list', {}, 'prod'), '/workspace'],
    ['a workspace named like a property of objects', call('file.list', {}, '__proto__'), '/workspace'],
    ['an argument that is missing', call('file.read'), '/args/path'],
    ['a path that leaves the workspace', call('file.write', { path: '../x', content: '' }), '/args/path'],
  ])('refuses %s, whichever way it comes', async (_, bad, pointer) => {
    const refusal = { reason: 'invalid', details: { pointer } };
    expect(() => {
      tools.check(bad);
    }).toThrow(expect.objectContaining(refusal) as Error);
    await expect(tools.run(bad, options)).rejects.toMatchObject(refusal);
    await expect(tools.dryRun(bad, options)).rejects.toMatchObject(refusal);
  });

  it('guards each call by the policy and by what the run asked for', () => {
    expect(tools.guard(call('file.write', { path: 'notes/a', content: '' }))).toMatchObject({
      verdict: 'allow',
      rule: 'notes',
    });
    expect(tools.guard(call('file.write', { path: 'notes/a', content: '' }), { ask: ['file.*'] })).toMatchObject({
      verdict: 'ask',
      rule: 'start.ask',
    });
    expect(tools.guard(call('shell.run'))).toMatchObject({ verdict: 'deny', rule: 'default.unknown' });
  });

  it('does not run what the policy denies, though nobody asked the guard', async () => {
    const forbidden = { reason: 'forbidden', details: { rule: 'secrets' } };
    await expect(tools.run(call('file.read', { path: 'secrets/key' }), options)).rejects.toMatchObject(forbidden);
    await expect(tools.run(call('file.read', { path: 'SECRETS/key' }), options)).rejects.toMatchObject(forbidden);
    await expect(
      tools.dryRun(call('file.write', { path: 'secrets/key', content: 'x' }), options),
    ).rejects.toMatchObject(forbidden);
  });

  it('keeps searches and lists away from what a stricter rule covers', async () => {
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
    expect(await tools.apply(second.bytes, second.contentHash, options)).toEqual({
      outcome: 'stale',
      files: [{ path: 'a.txt', state: 'other' }],
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
    await expect(open([{ id: 'a', tools: ['*'], verdict: 'yes' }])).rejects.toMatchObject({
      reason: 'invalid',
      details: { pointer: '/rules/0/verdict' },
    });
  });
});
