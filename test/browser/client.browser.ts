import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEVELOPER_KEY, REVIEWER_KEY } from '@assent/test-support/server-process';
import { writePlan } from '@assent/test-support/plans';
import { ConsoleScene } from './support/console-scene';

const ROOT = join(__dirname, '../..');
const BUILD_LIMIT_MS = 120_000;
const run = promisify(execFile);
const IMPORTS = { imports: { '@assent/client': '/index.js', '@assent/client/': '/' } };
const PAGE = join(__dirname, 'support/client.page.mjs');
const HTML = `<!doctype html><title>A client</title><script type="importmap">${JSON.stringify(IMPORTS)}</script>
<script type="module" src="/page.js"></script>`;

interface Playing {
  play(given: object): Promise<unknown>;
}

/** A page that imports the packed client as a browser does: its files by an import map, without a bundler. */
describe('the packed client in a browser', () => {
  let folder: string;
  let pages: Server;
  let scene: ConsoleScene;
  let origin: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-packed-'));
    const built = join(folder, 'built');
    await run(process.execPath, ['-r', '@swc-node/register', 'scripts/client-build.ts', built], { cwd: ROOT });
    const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: built });
    const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[];
    await run('tar', ['-xzf', join(folder, packed?.filename ?? ''), '-C', folder]);
    pages = createServer((request, response) => {
      const { url = '/' } = request;
      if (url === '/') return void response.writeHead(200, { 'content-type': 'text/html' }).end(HTML);
      const isPage = url === '/page.js';
      readFile(
        isPage ? PAGE : join(folder, 'package/dist/esm', url.endsWith('.js') ? url : join(url, 'index.js')),
      ).then(
        (text) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(text),
        () => response.writeHead(404).end(),
      );
    }).listen(0, '127.0.0.1');
    await once(pages, 'listening');
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    scene = await ConsoleScene.open({ ALLOWED_ORIGINS: origin });
  }, BUILD_LIMIT_MS);
  afterAll(async () => {
    await scene.close();
    pages.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('starts a run, follows it, approves what it read, and verifies with the entries for tests and webhooks', async () => {
    const page = await scene.browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    await page.goto(origin);
    const given = {
      url: scene.server.process.url,
      keys: [DEVELOPER_KEY, REVIEWER_KEY],
      params: writePlan('a.txt', 'packed'),
    };
    await page.waitForFunction(() => 'play' in globalThis);
    const outcome = await page.evaluate((params) => (globalThis as unknown as Playing).play(params), given);
    expect(outcome).toEqual({ state: 'completed', others: ['function', 'function'] });
    expect(await scene.stage.read('a.txt')).toBe('packed');
    expect(faults).toEqual([]);
    await page.close();
  });
});
