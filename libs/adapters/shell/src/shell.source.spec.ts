import { useWorkspace, MemoryTrust } from '@assent/tools/testing';
import { type ToolHost, type ReadAdapter, type ExternalAdapter, schemaCheck } from '@assent/tools';
import type { Sandbox } from './sandbox';
import type { ProbeResult } from './sandbox-probe';
import { family } from './shell.family';
import type { ShellSettings } from './shell-settings';
import { ShellSource } from './shell.source';
import { processesWith, unconfined, until } from './testing/shell-bench';

describe('the shell family', () => {
  const workspace = useWorkspace();
  let bare: Sandbox;
  let lines: { level: string; fields: object; text: string }[];
  let host: ToolHost;

  beforeAll(async () => {
    bare = await unconfined();
  });

  beforeEach(() => {
    lines = [];
    host = {
      trust: new MemoryTrust(),
      log: {
        info: (fields, text) => lines.push({ level: 'info', fields, text }),
        warn: (fields, text) => lines.push({ level: 'warn', fields, text }),
      },
      secret: () => '',
      redact: (text) => text,
    };
  });

  const nothingWorks = (): ProbeResult => ({
    sandbox: null,
    unconfined: bare,
    failures: [
      { kind: 'bwrap', reason: 'not installed: bwrap' },
      { kind: 'namespaces', reason: 'unshare failed: Operation not permitted' },
    ],
  });
  const programs: ShellSettings['programs'] = {
    sh: { effect: 'external' },
    cat: { effect: 'read' },
    'no-such-program': { effect: 'read' },
  };
  const started = async (settings: ShellSettings, probe: ProbeResult) => {
    const source = new ShellSource(settings, host, async () => Promise.resolve(probe));
    await source.start();
    return source;
  };

  it('is off without programs', () => {
    expect(family.create({}, host)).toEqual([]);
    expect(family.create({ sandbox: 'off', programs: {} }, host)).toEqual([]);
    expect(family.create({ programs: { cat: { effect: 'read' } } }, host)).toHaveLength(1);
  });

  it('has settings that are strict', () => {
    const check = schemaCheck(family.settingsSchema);
    expect(check({ programs: { git: { path: '/usr/bin/git', effect: 'read', args: ['log'] } } }).ok).toBe(true);
    expect(check({ programs: { git: { effect: 'write' } } }).ok).toBe(false);
    expect(check({ programs: { git: { effect: 'read', path: 'git' } } }).ok).toBe(false);
    expect(check({ programs: { 'a/b': { effect: 'read' } } }).ok).toBe(false);
    expect(check({ programs: {}, sandbox: 'maybe' }).ok).toBe(false);
    expect(check({ programs: {}, limits: { wallMs: 0 } }).ok).toBe(false);
    expect(check({ programs: {}, env: { 'A=B': 'x' } }).ok).toBe(false);
  });

  it('stops the start for an invalid argument pattern', () => {
    expect(() => family.create({ programs: { git: { effect: 'read', args: ['('] } } }, host)).toThrow(
      'shell.programs.git.args: "(" is not a regular expression.',
    );
  });

  it('reports missing programs, and offers the tools of the others', async () => {
    const source = await started({ programs }, { ...nothingWorks(), sandbox: { ...bare, kind: 'namespaces' } });
    expect(source.tools().map(({ name, effect }) => [name, effect])).toEqual([
      ['shell.read', 'read'],
      ['shell.run', 'external'],
    ]);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { programs: ['no-such-program'] } }));
    await source.stop();
    expect(source.tools()).toEqual([]);
  });

  it('refuses calls with the reason when a sandbox is required and none works', async () => {
    const source = await started({ programs }, nothingWorks());
    const [read, run] = source.tools() as [ReadAdapter, ExternalAdapter];
    const message =
      'Programs are refused: a sandbox is required and none works on this host (bwrap: not installed: bwrap; namespaces: unshare failed: Operation not permitted). ' +
      'Install bubblewrap or allow user namespaces; shell.sandbox "preferred" or "off" runs them without one.';
    await expect(read.run({ program: 'cat' }, workspace.context())).rejects.toMatchObject({
      reason: 'forbidden',
      message,
    });
    await expect(run.dryRun({ program: 'sh' }, workspace.context())).rejects.toMatchObject({
      reason: 'forbidden',
      message,
    });
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', text: 'shell: every call is refused, because no sandbox works here' }),
    );
    await source.stop();
  });

  it.each(['preferred', 'off'] as const)('runs without one when it is %s, and says so', async (sandbox) => {
    const source = await started({ programs, sandbox }, nothingWorks());
    const [read] = source.tools() as [ReadAdapter];
    await workspace.write('a.txt', 'text');
    expect(await read.run({ program: 'cat', args: ['a.txt'] }, workspace.context())).toMatchObject({
      stdout: 'text',
      sandbox: 'none',
    });
    expect(lines.map(({ text }) => text)).toContain(
      'shell: programs run WITHOUT a sandbox, with all rights of the server',
    );
    await source.stop();
  });

  it('ends running programs when it stops, and starts nothing afterwards', async () => {
    const mark = `1${process.pid}.125`;
    const source = await started({ programs: { sleep: { effect: 'read' } }, sandbox: 'off' }, nothingWorks());
    const [read] = source.tools() as [ReadAdapter];
    const running = read.run({ program: 'sleep', args: [mark] }, workspace.context());
    const failed = expect(running).rejects.toMatchObject({ reason: 'draining' });
    await until(async () => (await processesWith(mark)).length === 1);
    await source.stop();
    expect(await processesWith(mark)).toEqual([]);
    await failed;
    await expect(read.run({ program: 'sleep', args: [mark] }, workspace.context())).rejects.toMatchObject({
      reason: 'draining',
    });
    await source.stop();
  });
});
