import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const ROOT = process.env.ASSENT_ROOT;
const DATA_DIR = join(process.cwd(), 'page-data');
const WORKSPACE = join(process.cwd(), 'workspace');
/** Where the runtime of the example listens. */
const RUNTIME = 'http://127.0.0.1:4000/api';
const RUNTIME_STARTS_WITHIN_MS = 60_000;
const POLL_MS = 100;
const WRITE = { path: 'copilot.txt', content: 'hello from the page\n' };
const CALLS = [
  ['file_write', WRITE],
  ['finish', { reached: true, summary: 'The file is written.' }],
];
const started = [];
let page;
let browser;

/** A model that writes a file and then finishes. */
async function startModel() {
  let calls = 0;
  const model = createServer(async (request, response) => {
    await text(request);
    const [name, args] = CALLS[Math.min(calls, CALLS.length - 1)];
    calls += 1;
    const call = {
      index: 0,
      id: `call_${calls}`,
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    };
    const chunk = (delta, finish_reason) => ({
      id: 'c',
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason }],
    });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const each of [chunk({ tool_calls: [call] }, null), chunk({}, 'tool_calls')])
      response.write(`data: ${JSON.stringify(each)}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  return listening(model);
}

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  started.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

function run(words, env) {
  const child = spawn(process.execPath, words, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(() => child.kill());
  return child;
}

async function startAssent(modelUrl) {
  await mkdir(WORKSPACE);
  const server = run([join(ROOT, 'dist/server/main.js')], {
    PORT: '0',
    DATA_DIR,
    WORKSPACES: `page=${WORKSPACE}`,
    SELF_APPROVAL: 'allow',
    LLM_BASE_URL: `${modelUrl}/v1`,
    LLM_MODEL: 'scripted',
    LLM_API_KEY: 'scripted',
  });
  for await (const chunk of server.stdout) {
    const url = /"url":"([^"]+)"[^\n]*"msg":"listening"/.exec(String(chunk))?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the server does not listen');
}

/** The key of a person who may start runs and decide them. */
function createKey() {
  const scopes = 'run:read,run:write,approval:read,approval:decide';
  const words = ['keys', 'create', '--name', 'page', '--subject', 'ann', '--scopes', scopes];
  const env = { ...process.env, DATA_DIR };
  return execFileSync(process.execPath, [join(ROOT, 'dist/apps/cli/src/main.js'), ...words], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** The page of the example as a browser loads it. */
async function startPage() {
  const entry = `
    import { createRoot } from 'react-dom/client';
    import '@copilotkit/react-core/v2/styles.css';
    import Page from './page.jsx';
    createRoot(document.getElementById('root')).render(<Page />);`;
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: process.cwd(), loader: 'jsx' },
    bundle: true,
    write: false,
    outdir: 'page',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.woff2': 'dataurl', '.woff': 'dataurl', '.ttf': 'dataurl', '.svg': 'dataurl' },
    logLevel: 'error',
  });
  const html =
    '<!doctype html><link rel="stylesheet" href="/stdin.css"><body style="margin:0"><div id="root" style="height:100vh"></div><script src="/stdin.js"></script>';
  return listening(
    createServer((request, response) => {
      const file = outputFiles.find(({ path }) => path.endsWith(request.url));
      const type = request.url.endsWith('.js')
        ? 'text/javascript'
        : request.url.endsWith('.css')
          ? 'text/css'
          : 'text/html';
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(file?.contents ?? html);
    }),
  );
}

/** @throws Error when it does not answer in time */
async function runtimeAnswers() {
  const deadline = AbortSignal.timeout(RUNTIME_STARTS_WITHIN_MS);
  while (!deadline.aborted) {
    const response = await fetch(`${RUNTIME}/info`, { signal: deadline }).catch(() => null);
    if (response?.ok) return;
    await setTimeout(POLL_MS);
  }
  throw new Error(`The runtime did not answer at ${RUNTIME}/info within ${RUNTIME_STARTS_WITHIN_MS} ms.`);
}

before(async () => {
  await cp(join(ROOT, 'examples/copilotkit'), process.cwd(), { recursive: true });
  const assent = await startAssent(await startModel());
  run(['runtime.mjs'], { ASSENT_URL: assent, ASSENT_KEY: createKey(), COPILOTKIT_TELEMETRY_DISABLED: 'true' });
  const address = await startPage();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--disable-dev-shm-usage', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
  });
  page = await browser.newPage({ viewport: { width: 1_000, height: 800 } });
  await runtimeAnswers();
  await page.goto(address);
});
after(async () => {
  await browser?.close();
  for (const stop of started.reverse()) stop();
});

test('a person decides in the chat of the example page, and the file is written', async () => {
  const input = page.getByRole('textbox');
  await input.fill('Write the file');
  await input.press('Enter');
  await page.getByRole('button', { name: 'Approve' }).waitFor();
  await page.getByText('+hello from the page').waitFor();
  await page.screenshot({ path: 'asked.png' });
  await assert.rejects(readFile(join(WORKSPACE, WRITE.path), 'utf8'), { code: 'ENOENT' });
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('The file is written.').first().waitFor();
  await page.screenshot({ path: 'decided.png' });
  assert.equal(await readFile(join(WORKSPACE, WRITE.path), 'utf8'), WRITE.content);
});
