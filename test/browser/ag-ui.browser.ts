import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { person } from '@assent/test-support/people';
import { assentProps } from '@assent/test-support/ag-ui';
import { writePlan } from '@assent/test-support/plans';
import { Stage, type Replica } from '@assent/test-support/stage';
import { launchChromium } from './support/chromium';

const BUNDLE = join(__dirname, 'support/bundle.mjs');
const MODULE = join(__dirname, 'support/ag-ui.page.mjs');
const HTML = `<!doctype html><title>A run</title><button id="start">Start</button><button id="approve" disabled>Approve</button>
<p id="state"></p><pre id="patch"></pre><p id="said"></p><p id="error"></p>`;

describe('a page with the client of AG-UI', () => {
  let pages: Server;
  let origin: string;
  let script = '';
  let stage: Stage;
  let server: Replica;
  let browser: Browser;

  beforeAll(async () => {
    pages = createServer((request, response) => {
      const [type, text] =
        request.url === '/' ? ['html', `${HTML}<script type="module">${script}</script>`] : ['plain', ''];
      response.writeHead(200, { 'content-type': `text/${type}; charset=utf-8` }).end(text);
    });
    pages.listen(0, '127.0.0.1');
    await once(pages, 'listening');
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    stage = await Stage.open();
    [server, browser] = await Promise.all([
      stage.start({ SELF_APPROVAL: 'allow', ALLOWED_ORIGINS: origin }),
      launchChromium(),
    ]);
    const { key } = await person(stage.sql, server.process.url, 'ann');
    const props = assentProps(writePlan('page.txt', 'from a page'));
    const { stdout } = await promisify(execFile)(process.execPath, [BUNDLE, MODULE], { maxBuffer: Infinity });
    script = `globalThis.ASSENT = ${JSON.stringify({ url: server.process.url, key, props })};\n${stdout}`;
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
    await once(pages.close(), 'close');
  });

  it('starts a run, shows its change, and goes on with the decision of the person', async () => {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    await page.goto(origin);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('+from a page').waitFor();
    const approve = page.getByRole('button', { name: 'Approve', disabled: false });
    await approve.click();
    await page.getByText('completed', { exact: true }).waitFor();
    expect(await stage.read('page.txt')).toBe('from a page');
    expect([await page.locator('#said').textContent(), await page.locator('#error').textContent(), faults]).toEqual([
      expect.stringContaining('page.txt'),
      '',
      [],
    ]);
    await page.close();
  });
});
