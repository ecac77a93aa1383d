import { chmod, mkdir, symlink } from 'node:fs/promises';
import { useWorkspace } from '@assent/tools/testing';
import { schemaCheck } from '@assent/tools';
import { argumentPattern } from './shell-programs';
import { shellRead } from './shell-read.adapter';
import { shellRun } from './shell-run.adapter';
import type { Shell } from './shell-call';
import { program, processesWith, shellWith, unconfined, until, workingSandboxes } from './testing/shell-bench';

describe('shell.run and shell.read', () => {
  const workspace = useWorkspace();
  let shell: Shell;

  beforeAll(async () => {
    const sandbox = (await workingSandboxes())[0] ?? (await unconfined());
    shell = shellWith(sandbox, { wallMs: 20_000 });
  });

  it('have schemas that are strict and name the programs', () => {
    const check = schemaCheck(shellRun(shell).inputSchema);
    expect(check({ program: 'sh', args: ['-c', 'x'], path: 'a' }).ok).toBe(true);
    expect(check({ program: 'bash' })).toMatchObject({ ok: false, problem: 'must be one of sh, node' });
    expect(check({ program: 'sh', args: 'a b' }).ok).toBe(false);
    expect(check({ program: 'sh', args: ['a\0b'] }).ok).toBe(false);
    expect(check({ program: 'sh', env: {} }).ok).toBe(false);
  });

  it('run nothing before it is approved, and show exactly what would run', async () => {
    const draft = await shellRun(shell).dryRun(
      { program: 'sh', args: ['-c', 'touch ran', 'a b', '--x\nprogram: "/bin/true"', '\u202e\u200b', ''] },
      workspace.context(),
    );
    expect(await workspace.everything()).toEqual([]);
    expect(draft).toEqual({
      effect: {
        program: 'sh',
        file: '/bin/sh',
        args: ['-c', 'touch ran', 'a b', '--x\nprogram: "/bin/true"', '\u202e\u200b', ''],
        path: '.',
        sandbox: shell.sandbox?.kind,
        limits: shell.limits,
      },
      summary: expect.stringContaining(
        [
          'Run sh in the workspace "test"',
          'program: "/bin/sh"',
          'argument 1: "-c"',
          'argument 2: "touch ran"',
          'argument 3: "a b"',
          String.raw`argument 4: "--x\nprogram: \"/bin/true\""`,
          String.raw`argument 5: "\u{202e}\u{200b}"`,
          'argument 6: ""',
          'folder: "."',
          'sandbox: ',
        ].join('\n'),
      ),
      targets: ['workspace:test'],
    });
  });

  it('run the approved program once, with each argument unchanged', async () => {
    const tool = shellRun(shell);
    const args = ['-c', 'echo run >> ran; printf "[%s]" "$@"', 'sh', '--', '-rf', 'a\nb', '$(id)', '*', "'", ''];
    const draft = await tool.dryRun({ program: 'sh', args }, workspace.context());
    expect(tool.idempotent).toBe(false);
    expect(await tool.apply(draft?.effect ?? {}, workspace.context())).toEqual({
      outcome: 'applied',
      output: {
        ended: 'exit',
        exitCode: 0,
        signal: null,
        stdout: "[--][-rf][a\nb][$(id)][*]['][]",
        stderr: '',
        truncated: false,
        droppedBytes: 0,
        sandbox: shell.sandbox?.kind,
      },
      report: { ok: true, exitCode: 0, message: 'sh ended with exit code 0.' },
    });
    expect(await workspace.read('ran')).toBe('run\n');
  });

  it('do not run under another confinement, or with other limits, than approved', async () => {
    const draft = await shellRun(shell).dryRun({ program: 'sh', args: ['-c', 'touch ran'] }, workspace.context());
    const changed: Shell[] = [
      { ...shell, limits: { ...shell.limits, memoryBytes: shell.limits.memoryBytes * 2 } },
      { ...shell, programs: [program('/usr/bin/env', { name: 'sh' })] },
      ...(shell.sandbox ? [{ ...shell, sandbox: { ...shell.sandbox, kind: 'none' as const, system: [] } }] : []),
    ];
    for (const other of changed.slice(0, shell.sandbox?.kind === 'none' ? 2 : 3)) {
      expect(await shellRun(other).apply(draft?.effect ?? {}, workspace.context())).toMatchObject({ outcome: 'stale' });
    }
    expect(await workspace.everything()).toEqual([]);
  });

  it('report the end of a program that fails', async () => {
    const tool = shellRun(shell);
    const draft = await tool.dryRun({ program: 'sh', args: ['-c', 'echo why >&2; exit 137'] }, workspace.context());
    expect(await tool.apply(draft?.effect ?? {}, workspace.context())).toMatchObject({
      outcome: 'applied',
      output: { exitCode: 137, signal: 'SIGKILL', stderr: 'why\n', ended: 'exit' },
      report: { ok: false, exitCode: 137, message: 'sh ended with exit code 137.' },
    });
  });

  it('refuse programs and arguments outside the settings', async () => {
    const limited: Shell = {
      ...shell,
      programs: [
        program('/bin/sh', {
          patterns: ['status', '--short', '[a-z]+'].map((pattern) => argumentPattern('sh', pattern)),
        }),
        program('/bin/cat', { effect: 'read' }),
      ],
    };
    const tool = shellRun(limited);
    for (const args of [['status\n'], ['--short=x'], ['-c', 'id'], ['x', 'Y'], ['']]) {
      await expect(tool.dryRun({ program: 'sh', args }, workspace.context())).rejects.toMatchObject({
        reason: 'forbidden',
      });
    }
    expect(await tool.dryRun({ program: 'sh', args: ['status', '--short'] }, workspace.context())).not.toBeNull();
    await expect(tool.dryRun({ program: 'cat' }, workspace.context())).rejects.toMatchObject({ reason: 'forbidden' });
    await expect(shellRead(limited).run({ program: 'sh' }, workspace.context())).rejects.toMatchObject({
      reason: 'forbidden',
    });
    // Stored effects could name anything, so they are checked like a new call.
    await expect(
      tool.apply({ program: 'sh', file: '/bin/sh', args: ['-c', 'id'], path: '.' }, workspace.context()),
    ).rejects.toMatchObject({ reason: 'forbidden' });
  });

  it('refuse a program that lies in the workspace, where a call could have put it', async () => {
    await workspace.write('tool', '#!/bin/sh\ntouch ran\n');
    await chmod(workspace.at('tool'), 0o755);
    const inside = { ...shell, programs: [program(workspace.at('tool'))] };
    await expect(shellRun(inside).dryRun({ program: 'tool' }, workspace.context())).rejects.toThrow(
      'inside the workspace',
    );
  });

  it('refuse every call when a sandbox is required and none works', async () => {
    const none = { ...shell, sandbox: null };
    const refused = { reason: 'forbidden', message: 'Programs are refused here.' };
    await expect(shellRun(none).dryRun({ program: 'sh' }, workspace.context())).rejects.toMatchObject(refused);
    await expect(
      shellRun(none).apply({ program: 'sh', args: ['-c', 'touch ran'], path: '.' }, workspace.context()),
    ).rejects.toMatchObject(refused);
    const reads = { ...none, programs: [program('/bin/sh', { effect: 'read' })] };
    await expect(shellRead(reads).run({ program: 'sh' }, workspace.context())).rejects.toMatchObject(refused);
    expect(await workspace.everything()).toEqual([]);
  });

  it('run in the folder itself without a sandbox, within limits, and refuse workspaces with hidden files', async () => {
    const bare = { ...shell, sandbox: await unconfined() };
    await mkdir(workspace.at('in'));
    await symlink(workspace.outside, workspace.at('out'));
    const tool = shellRun(bare);
    const draft = await tool.dryRun(
      { program: 'sh', path: 'in', args: ['-c', '/bin/pwd -P; ulimit -c; env'] },
      workspace.context(),
    );
    const { output } = await tool.apply(draft?.effect ?? {}, workspace.context());
    const lines = (output['stdout'] as string).split('\n');
    expect(lines[0]).toBe('/workspace/in');
    if (bare.sandbox.helpers.prlimit !== null) expect(lines[1]).toBe('0');
    expect(output['stdout']).not.toContain('NODE_');
    expect(draft?.summary).toContain('sandbox: NONE');
    await expect(tool.dryRun({ program: 'sh', path: 'out' }, workspace.context())).rejects.toMatchObject({
      reason: 'invalid',
    });
    await workspace.write('.env', 'KEY=planted');
    await expect(
      tool.apply(draft?.effect ?? {}, workspace.context({ shows: (path) => path !== '.env' })),
    ).rejects.toMatchObject({ reason: 'forbidden' });
  });

  it('end when the call is aborted', async () => {
    const mark = `2${process.pid}.125`;
    const controller = new AbortController();
    const reads = { ...shell, programs: [program('/bin/sh', { effect: 'read' })] };
    const running = shellRead(reads).run(
      { program: 'sh', args: ['-c', `sleep ${mark}`] },
      workspace.context({ signal: controller.signal }),
    );
    await until(async () => (await processesWith(`sleep\0${mark}`)).length === 1);
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    await until(async () => (await processesWith(mark)).length === 0);
  });
});
