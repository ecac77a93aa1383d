import { spawnSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@assent/contract';
import { useWorkspace } from '@assent/tools/testing';
import { prepareCall, runCall, type Shell } from './shell-call';
import type { Sandbox } from './sandbox';
import type { ShellLimits } from './shell-settings';
import { probeSandbox } from './sandbox-probe';
import { scaled } from '@assent/test-support/limits';
import { processesWith, shellWith, until, workingSandboxes } from './testing/shell-bench';

const MIB = 1_048_576;

describe('the sandbox', () => {
  const workspace = useWorkspace();
  let sandboxes: Sandbox[];

  beforeAll(async () => {
    sandboxes = await workingSandboxes();
  });

  /** Runs a script in every sandbox that works here. */
  const inEach = async (
    script: string,
    look: (output: JsonObject, kind: string) => unknown,
    { limits, writable = true, path = '.', shell = {} }: Options = {},
  ) => {
    await expect(prepareCall(shellWith(null), { program: 'sh' }, workspace.context())).rejects.toThrow('refused here');
    for (const sandbox of sandboxes) {
      const used = shellWith(sandbox, limits, shell);
      const call = await prepareCall(used, { program: 'sh', args: ['-c', script], path }, workspace.context());
      await look(await runCall(used, call, workspace.context(), { writable }), sandbox.kind);
    }
  };

  it('is found by the probe exactly if one works', async () => {
    const { sandbox, failures, unconfined } = await probeSandbox();
    const namespaces = ['-U', '-r', '-m', '-p', '-n', '-f', 'true'];
    const { unshare, setpriv } = unconfined.helpers;
    const offered = unshare !== null && setpriv !== null && spawnSync(unshare, namespaces).status === 0;
    expect(sandboxes.some(({ kind }) => kind === 'namespaces')).toBe(offered);
    expect(sandbox?.kind).toBe(sandboxes[0]?.kind);
    expect(failures.map(({ kind }) => kind)).toEqual(
      ['bwrap', 'namespaces'].slice(0, sandbox ? ['bwrap', 'namespaces'].indexOf(sandbox.kind) : 2),
    );
  });

  it('lets a program change the workspace, unless it only reads', async () => {
    await inEach('echo made > made.txt && cat made.txt', (output) => {
      expect(output).toMatchObject({ exitCode: 0, stdout: 'made\n' });
    });
    await inEach(
      'cat made.txt; echo more >> made.txt || rm made.txt || touch new',
      (output) => {
        expect(output['exitCode']).not.toBe(0);
        expect(output['stdout']).toBe(sandboxes.length > 0 ? 'made\n' : '');
      },
      { writable: false },
    );
    expect(await workspace.everything()).toEqual(sandboxes.length > 0 ? ['made.txt'] : []);
  });

  it('blocks writes everywhere else', async () => {
    const targets = [`${workspace.outside}/new`, '/usr/new', '/new', '/etc/new', '/dev/new', '/proc/new'];
    const script = targets.map((target) => `{ echo x > '${target}'; } 2>/dev/null && echo 'wrote ${target}'`);
    // Only test for permission: a successful write would change the host.
    for (const file of ['sys/kernel/core_pattern', 'sys/kernel/hostname', 'sysrq-trigger', 'self/oom_score_adj']) {
      script.push(`test -w /proc/${file} && echo 'may write ${file}'`);
    }
    await inEach([...script, 'mount -o remount,rw /usr 2>/dev/null && echo remounted', 'true'].join('\n'), (output) => {
      expect(output).toMatchObject({ exitCode: 0, stdout: '' });
    });
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
  });

  it('hides everything outside, by path and by link', async () => {
    await symlink(workspace.outside, workspace.at('link'));
    await inEach(
      `cat '${workspace.outside}/secret.txt' link/secret.txt /etc/passwd /etc/shadow 2>/dev/null; ls -d '${workspace.root}' 2>/dev/null; pwd; ls -a /tmp | wc -l`,
      (output) => {
        expect(output['stdout']).toBe('/workspace\n2\n');
      },
    );
  });

  it('passes only constants of the environment', async () => {
    process.env['ASSENT_TEST_SECRET'] = 'planted';
    try {
      await inEach(
        'env | sort',
        (output) => {
          expect(
            (output['stdout'] as string).split('\n').filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line)),
          ).toEqual([
            'COLOR=never',
            'HOME=/tmp',
            'LANG=C.UTF-8',
            'PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
            '',
          ]);
        },
        { shell: { env: { COLOR: 'never' } } },
      );
      await inEach('cat /proc/1/environ /proc/self/environ', (output) => {
        expect(output['stdout']).not.toContain('planted');
      });
    } finally {
      delete process.env['ASSENT_TEST_SECRET'];
    }
  });

  it('has no network, not even that of the host itself', async () => {
    let connections = 0;
    const server: Server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const script = `require('net').connect(${port}, '127.0.0.1').on('error', (e) => console.log(e.code)).on('connect', () => console.log('connected'))`;
    for (const sandbox of sandboxes) {
      const shell = shellWith(sandbox);
      const call = await prepareCall(shell, { program: 'node', args: ['-e', script] }, workspace.context());
      const output = await runCall(shell, call, workspace.context(), { writable: false });
      expect(output.stdout).toMatch(/^(ECONNREFUSED|ENETUNREACH)\n$/);
    }
    await new Promise((resolve) => server.close(resolve));
    expect(connections).toBe(0);
  });

  it('shows no other process, and has no capability', async () => {
    await inEach(
      'grep CapEff /proc/self/status; grep CapBnd /proc/self/status; ls /proc | grep -c "^[0-9]"',
      (output) => {
        const [effective, bounding, count] = (output['stdout'] as string).split('\n');
        expect([effective, bounding]).toEqual(['CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000']);
        expect(Number(count)).toBeLessThan(10);
      },
    );
  });

  it('covers the files that the policy hides, and no others', async () => {
    await workspace.write('.env', 'KEY=planted');
    await workspace.write('app/.env', 'KEY=planted');
    await workspace.write('app/a b.txt', 'plain');
    const context = workspace.context({ shows: (path) => !path.endsWith('.env') });
    for (const sandbox of sandboxes) {
      for (const writable of [false, true]) {
        const shell = shellWith(sandbox);
        const args = ['-c', 'cat .env app/.env "app/a b.txt" 2>/dev/null; rm -f .env; mv app/.env x; cat x; true'];
        const call = await prepareCall(shell, { program: 'sh', args }, context);
        expect(await runCall(shell, call, context, { writable })).toMatchObject({ stdout: 'plain', exitCode: 0 });
      }
    }
    expect(await workspace.read('.env')).toBe('KEY=planted');
    expect(await workspace.read('app/.env')).toBe('KEY=planted');
  });

  it('runs in the requested folder, and refuses a link', async () => {
    await workspace.write('deep/er/file', '');
    await inEach(
      'pwd; ls',
      (output) => {
        expect(output['stdout']).toBe('/workspace/deep/er\nfile\n');
      },
      { path: 'deep/er' },
    );
    await mkdir(workspace.at('real'));
    await symlink(workspace.outside, workspace.at('deep/out'));
    await symlink('../real', workspace.at('deep/in'));
    const shell = shellWith(sandboxes[0] ?? null);
    for (const path of ['deep/out', 'deep/in', 'deep/er/file', 'missing', '../outside']) {
      await expect(prepareCall(shell, { program: 'sh', path }, workspace.context())).rejects.toMatchObject({
        reason: sandboxes.length > 0 ? 'invalid' : 'forbidden',
      });
    }
  });

  it('limits a fork bomb to its number of processes, and ends it', async () => {
    const mark = `4${process.pid}.25`;
    await inEach(
      `bomb() { sleep ${mark} & bomb; }; bomb`,
      async (output, kind) => {
        // For root, bubblewrap has no binding limit, so the time limit ends it.
        if (kind === 'namespaces') expect(output['stderr']).toContain('fork');
        await until(async () => (await processesWith(mark)).length === 0);
      },
      { limits: { processes: 20, wallMs: scaled(5_000), cpuSeconds: 2 } },
    );
  });

  it('ends what uses too much processor time, memory or disk', async () => {
    await inEach(
      'while :; do :; done',
      (output) => {
        expect(output).toMatchObject({ exitCode: 152, signal: 'SIGXCPU', ended: 'exit' });
      },
      { limits: { cpuSeconds: 1, wallMs: 60_000 } },
    );
    await inEach(
      'head -c 3000000 /dev/zero > big; echo $?',
      (output) => {
        expect(output['stdout']).toBe('153\n');
      },
      { limits: { fileBytes: MIB } },
    );
    await inEach(
      'head -c 90000000 /dev/zero | tail -c 90000000 | wc -c',
      (output) => {
        expect(output['stdout']).toBe('0\n');
        expect(output['stderr']).toContain('memory');
      },
      { limits: { memoryBytes: 32 * MIB } },
    );
    await inEach(
      'head -c 90000000 /dev/zero > /tmp/big',
      (output) => {
        expect(output['stderr']).toContain('No space left');
      },
      { limits: { memoryBytes: 32 * MIB, fileBytes: 1_024 * MIB } },
    );
  });

  it('leaves the workspace unchanged when it is set up', async () => {
    await writeFile(workspace.at('empty'), '');
    await workspace.write('full', 'text');
    await inEach('true', () => undefined);
    expect(await readFile(workspace.at('full'), 'utf8')).toBe('text');
    expect(await workspace.everything()).toEqual(['empty', 'full']);
  });
});

interface Options {
  readonly limits?: Partial<ShellLimits>;
  readonly writable?: boolean;
  readonly path?: string;
  readonly shell?: Partial<Shell>;
}
