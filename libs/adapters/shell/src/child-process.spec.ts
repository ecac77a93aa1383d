import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Redactor, useWorkspace } from '@assent/tools/testing';
import { runProcess, type ProcessRequest } from './child-process';
import { JAIL_PATH, sandboxed, type Sandbox } from './sandbox';
import { limitsOf } from './shell-settings';
import { processesWith, unconfined, until, workingSandboxes } from './testing/shell-bench';

const LONG_MS = 50_000;
const KIB = 1_024;
const PATH = JAIL_PATH;
const filter = () => new Redactor().stream(true);

describe('running a process', () => {
  const run = async (script: string, changes: Partial<ProcessRequest> = {}) =>
    runProcess({
      argv: ['/bin/sh', '-c', script],
      cwd: '/',
      env: { PATH },
      wallMs: LONG_MS,
      outputBytes: 64 * KIB,
      filter,
      signal: new AbortController().signal,
      ...changes,
    });

  it.each<[string, number, string | null]>([
    ['exit 0', 0, null],
    ['exit 3', 3, null],
    ['exit 255', 255, null],
    ['exit 137', 137, 'SIGKILL'],
    ['kill -KILL $$', 137, 'SIGKILL'],
    ['kill -TERM $$', 143, 'SIGTERM'],
    ['kill -SEGV $$', 139, 'SIGSEGV'],
  ])('reports how it ended: %s', async (script, exitCode, signal) => {
    expect(await run(script)).toEqual({
      ended: 'exit',
      exitCode,
      signal,
      stdout: '',
      stderr: '',
      droppedBytes: 0,
    });
  });

  it('separates both streams, and gets no input', async () => {
    expect(await run('cat; echo out; echo err >&2')).toMatchObject({ exitCode: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('keeps the beginning and the end of long output in whole characters, reports the gap, and continues', async () => {
    const end = await run(`printf 'ä%.0s' $(seq 1 600); exit 4`, { outputBytes: KIB + 1 });
    const half = 'ä'.repeat(KIB / 4);
    const stdout = `${half}\n[... 176 bytes left out ...]\n${half}`;
    expect(end).toMatchObject({ ended: 'exit', exitCode: 4, stdout, droppedBytes: 176 });
  });

  it('cuts long output between lines', async () => {
    const { stdout, droppedBytes } = await run('seq 1000 9999; exit 1', { outputBytes: KIB });
    const line = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join('');
    expect(stdout).toBe(`${line(1000, 1101)}[... ${droppedBytes} bytes left out ...]\n${line(9898, 9999)}`);
    expect(droppedBytes).toBe(45_000 - 2 * 102 * 5);
  });

  it('leaves output unchanged that has exactly the maximum size', async () => {
    const { stdout, droppedBytes } = await run(`printf 'x%.0s' $(seq 1 ${KIB})`, { outputBytes: KIB });
    expect([stdout, droppedBytes]).toEqual(['x'.repeat(KIB), 0]);
  });

  it('shows no part of a secret that the cut goes through', async () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(60)}-----END PRIVATE KEY-----\n`;
    const { stdout } = await run(`printf 'a%.0s' $(seq 1 500); printf '%s' '\n${key}'; echo done`, {
      outputBytes: KIB,
    });
    expect(stdout).toContain('bytes left out');
    expect(stdout).not.toContain('MIIE');
    const token = `ghp_${'Ab1'.repeat(300)}`;
    const { stdout: tail } = await run(`printf 'a%.0s' $(seq 1 500); echo ' ${token}'; seq 1 100`, {
      outputBytes: KIB,
    });
    expect(tail).toContain('[redacted]');
    expect(tail).not.toContain('Ab1');
  });

  it('replaces invalid bytes', async () => {
    expect(await run(String.raw`printf 'a\000b\377c'`)).toMatchObject({ stdout: 'a\0b\ufffdc' });
  });

  it('is ended when it floods its output, which is not held in memory', async () => {
    const before = process.memoryUsage.rss();
    const end = await run('head -c 1000000000 /dev/zero; sleep 50', { outputBytes: 64 * KIB });
    expect(end).toMatchObject({ ended: 'output', exitCode: 137, signal: 'SIGKILL' });
    expect(end.stdout.match(/\0/g)).toHaveLength(64 * KIB);
    const held = process.memoryUsage.rss() - before;
    expect(held).toBeLessThan(300 * KIB * KIB);
  });

  it('is ended with all its children when it takes too long', async () => {
    const mark = `5${process.pid}.125`;
    expect(await run(`trap '' TERM; sleep ${mark} & sleep ${mark}`, { wallMs: 200 })).toMatchObject({
      ended: 'time',
      exitCode: 137,
    });
    await until(async () => (await processesWith(mark)).length === 0);
  });

  it('loses its background processes when it ends', async () => {
    const mark = `6${process.pid}.125`;
    expect(await run(`sleep ${mark} & echo done`)).toMatchObject({ ended: 'exit', exitCode: 0, stdout: 'done\n' });
    await until(async () => (await processesWith(mark)).length === 0);
  });

  it('throws the reason of an abort, before and during', async () => {
    const mark = `7${process.pid}.125`;
    const reason = new Error('cancelled');
    await expect(run('true', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const running = run(`trap '' TERM; sleep ${mark}; true`, { signal: controller.signal });
    await until(async () => (await processesWith(mark)).length > 0);
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await until(async () => (await processesWith(mark)).length === 0);
  });

  it('reports a program that cannot be started, and leaves nothing open', async () => {
    await expect(run('', { argv: ['/nowhere/program'] })).rejects.toThrow('ENOENT');
  });
});

describe('a process tree that refuses to end', () => {
  const workspace = useWorkspace();

  /** Forks twice, leaves its session and group, closes its output, and ignores every signal that can be ignored. */
  const stubborn = (mark: string) =>
    `trap '' TERM HUP INT; (setsid sh -c 'trap "" TERM HUP INT; sleep ${mark} >/dev/null 2>&1 </dev/null' &) & sleep ${mark}`;

  const start = (sandbox: Sandbox, mark: string, signal: AbortSignal, wallMs = LONG_MS) =>
    runProcess({
      argv: sandboxed(sandbox, {
        argv: ['/bin/sh', '-c', stubborn(mark)],
        workspace: workspace.root,
        writable: false,
        path: '.',
        hidden: [],
        readable: [],
        env: { PATH },
        limits: limitsOf({}),
      }),
      cwd: '/',
      env: { PATH },
      wallMs,
      outputBytes: KIB,
      filter,
      signal,
    });

  it('is gone in every sandbox after an abort', async () => {
    for (const [index, sandbox] of (await workingSandboxes()).entries()) {
      const mark = `8${index}${process.pid}.125`;
      const controller = new AbortController();
      const running = start(sandbox, mark, controller.signal);
      await until(async () => (await processesWith(`sleep\0${mark}`)).length === 2);
      controller.abort(new Error('cancelled'));
      await expect(running).rejects.toThrow('cancelled');
      await until(async () => (await processesWith(mark)).length === 0);
    }
  });

  it('is gone in every sandbox after the time limit', async () => {
    for (const [index, sandbox] of (await workingSandboxes()).entries()) {
      const mark = `9${index}${process.pid}.125`;
      const end = await start(sandbox, mark, new AbortController().signal, 500);
      expect(end).toMatchObject({ ended: 'time' });
      await until(async () => (await processesWith(mark)).length === 0);
    }
  });

  it('outside a sandbox loses all of its group', async () => {
    const mark = `3${process.pid}.125`;
    const script = `trap '' TERM HUP; (sh -c 'trap "" TERM; sleep ${mark}' &) & sleep ${mark}`;
    const sandbox = await unconfined();
    const controller = new AbortController();
    const running = runProcess({
      argv: sandboxed(sandbox, {
        argv: ['/bin/sh', '-c', script],
        workspace: workspace.root,
        writable: true,
        path: '.',
        hidden: [],
        readable: [],
        env: { PATH },
        limits: limitsOf({}),
      }),
      cwd: '/',
      env: {},
      wallMs: LONG_MS,
      outputBytes: KIB,
      filter,
      signal: controller.signal,
    });
    await until(async () => (await processesWith(`sleep\0${mark}`)).length === 2);
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    await until(async () => (await processesWith(mark)).length === 0);
  });
});

describe('a server that is killed', () => {
  const workspace = useWorkspace();

  /** The part of the server, in a separate process. */
  const RUNNER = `
    const [folder, argv] = process.argv.slice(1);
    const { runProcess } = require(folder + '/child-process');
    void runProcess({ argv: JSON.parse(argv), cwd: '/', env: { PATH: '${JAIL_PATH}' }, wallMs: ${LONG_MS},
      outputBytes: ${KIB}, signal: new AbortController().signal });
  `;

  it('takes every sandbox along', async () => {
    for (const [index, sandbox] of (await workingSandboxes()).entries()) {
      const mark = `77${index}${process.pid}.125`;
      const argv = sandboxed(sandbox, {
        argv: ['/bin/sh', '-c', `trap '' TERM HUP; sleep ${mark} & wait; sleep ${mark}`],
        workspace: workspace.root,
        writable: true,
        path: '.',
        hidden: [],
        readable: [],
        env: { PATH },
        limits: limitsOf({}),
      });
      const server = spawn(
        process.execPath,
        ['-r', '@swc-node/register', '-e', RUNNER, '--', __dirname, JSON.stringify(argv)],
        { cwd: join(__dirname, '../../../..'), stdio: 'ignore' },
      );
      await until(async () => (await processesWith(`sleep\0${mark}`)).length === 1);
      server.kill('SIGKILL');
      await until(async () => (await processesWith(mark)).length === 0);
    }
  });
});
