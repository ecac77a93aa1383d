import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

const root = import.meta.dirname;
const bin = (path) => join(root, 'node_modules', path);
const { applied: frames } = JSON.parse(
  readFileSync(join(process.env.ASSENT_ROOT, 'packages/client/recordings/0.1.0.json'), 'utf8'),
);
const DENO = ['run', '--allow-net', '--allow-env', '--allow-read', '--node-modules-dir=manual'];
const runtimes = [
  ['Node 22', bin('node22/bin/node'), [], 'v22.'],
  ['Node 24', bin('node24/bin/node'), [], 'v24.'],
  ['Bun', bin('.bin/bun'), ['run'], '1.'],
  ['Deno', bin('.bin/deno'), DENO, 'deno 2.'],
];
const end = frames.find(({ type }) => type === 'run.completed').seq;
/** Cursors of the connections that were made. */
let cursors = [];
/** Replays the recorded run. The first connection is cut within a frame. */
const server = createServer(({ url }, response) => {
  const cursor = Number(new URL(url, 'http://server').searchParams.get('after') ?? 0);
  cursors.push(cursor);
  const text = frames
    .filter(({ seq }) => seq > cursor)
    .map((frame) => `id: ${frame.seq}\ndata: ${JSON.stringify(frame)}\n\n`)
    .join('');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (cursors.length > 1) response.end(`retry: 10\n\n${text}`);
  else response.write(`retry: 10\n\n${text.slice(0, text.length / 2)}`, () => response.socket.end());
});

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

for (const [name, program, options, version] of runtimes) {
  for (const file of ['follow.mjs', 'follow.cjs']) {
    test(`${name} loads every entry and follows a run over a cut connection: ${file}`, async () => {
      const run = promisify(execFile);
      assert.ok((await run(program, ['--version'])).stdout.startsWith(version));
      cursors = [];
      const url = `http://127.0.0.1:${server.address().port}`;
      const { stdout } = await run(program, [...options, join(root, file), url, frames[0].runId], { cwd: root });
      const entries = ['function', 'function', 'function', 'function'];
      assert.deepEqual(JSON.parse(stdout), { seq: end, state: 'completed', entries });
      // Runtimes differ in what they deliver of a body that is cut.
      assert.equal(cursors.length, 2);
      assert.ok(cursors[1] < end);
    });
  }
}
