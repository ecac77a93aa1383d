import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, StartParams } from '@assent/contract';
import { frameOf, framesUntil } from '../support/frames';
import { decide } from '../support/pending';
import { writePlan } from '../support/plans';
import { Receiver } from '../support/receiver';
import { Stage, type Replica } from '../support/stage';

/** U+0000 and half a character, in JSON and as bytes. */
const UNSTORABLE = '{"note":"a\\u0000b\\ud800"}\0';

/** An MCP server that answers in the requested way. */
const HOSTILE_SERVER = `
const send = (message) => process.stdout.write(JSON.stringify({ ...message, jsonrpc: '2.0' }) + '\\n');
const text = (value) => ({ type: 'text', text: value });
const ways = {
  'good': { result: { content: [text('good')] } },
  'failed': { result: { content: [text('it broke')], isError: true } },
  'unknown item': { result: { content: [{ type: 'later' }, text('good')] } },
  'code -32000': { error: { code: -32000, message: 'down' } },
  'too large': { result: { content: [text('x'.repeat(9_000_000))] } },
};
const inputSchema = { type: 'object', properties: { way: { type: 'string' } } };
const tools = [{ name: 'look', inputSchema, annotations: { readOnlyHint: true } }, { name: 'change', inputSchema }];
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  const protocolVersion = params?.protocolVersion;
  const serverInfo = { name: 'hostile', version: '1' };
  if (method === 'initialize') send({ result: { protocolVersion, capabilities: { tools: {} }, serverInfo }, id });
  else if (method === 'tools/list') send({ result: { tools }, id });
  else if (method === 'tools/call') send({ ...ways[params.arguments.way], id });
  else if (id !== undefined) send({ result: {}, id });
});
`;

describe('what a tool answers', () => {
  let stage: Stage;
  let folder: string;
  let receiver: Receiver;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-answers-'));
    receiver = await Receiver.open();
    const file = join(folder, 'tools.json');
    const script = join(folder, 'hostile.cjs');
    await writeFile(script, HOSTILE_SERVER);
    const tools = {
      http: { hosts: ['127.0.0.1'] },
      mcp: { servers: { hostile: { command: process.execPath, args: [script] } } },
      shell: { programs: { sh: { path: '/bin/sh', effect: 'external' } }, sandbox: 'off' },
    };
    await writeFile(file, JSON.stringify(tools));
    server = await stage.start({ TOOLS_FILE: file, EGRESS_ALLOW: '127.0.0.0/8' });
  });
  afterAll(async () => {
    await stage.close();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(tool: string, args: JsonObject): Promise<string> {
    const action = { id: 'write', kind: 'tool' as const, tool, args };
    const params: StartParams = { ...writePlan('x', 'y'), actions: [action, { id: 'finish', kind: 'finish' }] };
    return (await server.developer.call('start', params)).runId;
  }

  /** Starts a change, approves it, and waits for the end. */
  async function change(tool: string, args: JsonObject, ending: 'run.completed' | 'run.failed') {
    const runId = await start(tool, args);
    const waiting = await framesUntil(server.developer, runId, 'run.waiting');
    const { approvalId, hash } = frameOf(waiting, 'approval.requested');
    expect(
      (await decide(server.reviewer, { approvalId: String(approvalId), hash: String(hash) }, 'approve')).status,
    ).toBe(200);
    const frames = await framesUntil(server.developer, runId, ending);
    const run = await server.developer.call('run/get', { runId });
    const [row] = await stage.rows<object>(
      `select (select state from diffs where run_id = $1) as diff, (select state from approvals where run_id = $1) as approval,
        (select state from tool_calls where run_id = $1) as call,
        (select detail -> 'effect' ->> 'ok' from audit_log where run_id = $1 and action = 'diff.apply') as ok`,
      [runId],
    );
    return { frames, run, row };
  }

  const post = () => ({ method: 'POST', url: `${receiver.origin}/orders` });
  const failures: readonly (readonly [string, string, () => JsonObject, number | null, object, object])[] = [
    ['an HTTP status 422', 'http.request', post, 422, { status: 422 }, { status: 422, body: 'no' }],
    ['an HTTP status 503', 'http.request', post, 503, { status: 503 }, { status: 503, body: 'no' }],
    [
      'an exit code',
      'shell.run',
      () => ({ program: 'sh', args: ['-c', 'echo oh; exit 3'] }),
      null,
      { exitCode: 3 },
      { exitCode: 3, stdout: 'oh\n' },
    ],
    [
      'isError',
      'mcp.hostile.change',
      () => ({ way: 'failed' }),
      null,
      { isError: true },
      { text: 'it broke', isError: true },
    ],
    ['a JSON-RPC error', 'mcp.hostile.change', () => ({ way: 'code -32000' }), null, {}, { error: {} }],
    ['an answer nobody can read', 'mcp.hostile.change', () => ({ way: 'too large' }), null, {}, { error: {} }],
  ];

  it.each(failures)(
    'makes a run fail whose approved effect failed: %s',
    async (_, tool, args, status, effect, output) => {
      receiver.answer = (response) => response.writeHead(status ?? 200).end('no');
      const { frames, run, row } = await change(tool, args(), 'run.failed');
      const reported = { ok: false, tool, ...effect, message: expect.any(String) as string };
      const error = {
        reason: 'effect_failed',
        message: expect.stringContaining('The call was made. Check ') as string,
      };
      expect(frames.slice(-4)).toMatchObject([
        { type: 'tool.output', output },
        { type: 'diff.applied', files: [], written: true },
        { type: 'tool.failed', tool, error, breaker: 'closed' },
        { type: 'run.failed', error, result: { kind: 'applied', actionId: 'write', effect: reported } },
      ]);
      expect(run).toMatchObject({ state: 'failed', error, result: { kind: 'applied' } });
      expect(run.result?.effect).toEqual(reported);
      expect(row).toEqual({ diff: 'applied', approval: 'approved', call: 'failed', ok: 'false' });
    },
  );

  it.each([
    ['an HTTP status', 'http.request', post, { status: 200 }],
    ['an exit code', 'shell.run', () => ({ program: 'sh', args: ['-c', 'true'] }), { exitCode: 0 }],
    ['a result', 'mcp.hostile.change', () => ({ way: 'unknown item' }), {}],
  ] as const)('says how an approved effect went: %s', async (_, tool, args, effect) => {
    receiver.answer = (response) => response.end('done');
    const { run, row } = await change(tool, { ...args() }, 'run.completed');
    expect(run.result).toMatchObject({ kind: 'applied', actionId: 'write' });
    expect(run.result?.effect).toEqual({ ok: true, tool, ...effect, message: expect.any(String) });
    expect(row).toEqual({ diff: 'applied', approval: 'approved', call: 'completed', ok: 'true' });
  });

  it('is the result of a read, also when it says that something is wrong', async () => {
    receiver.answer = (response) => response.writeHead(404).end('no');
    const runs = [
      await start('http.get', { url: receiver.origin }),
      await start('mcp.hostile.look', { way: 'failed' }),
    ];
    const results = [];
    for (const runId of runs) {
      const frames = await framesUntil(server.developer, runId, 'run.completed');
      results.push(frameOf(frames, 'run.completed')['result']);
    }
    expect(results).toMatchObject([
      { kind: 'output', output: { status: 404, body: 'no' } },
      { kind: 'output', output: { text: 'it broke', isError: true } },
    ]);
  });

  it('is stored with any characters, for a read and for an approved effect', async () => {
    receiver.answer = (response) => response.end(UNSTORABLE);
    const stored = { body: '{"note":"a\\u0000b\\ud800"}\ufffd' };
    const read = await framesUntil(
      server.developer,
      await start('http.get', { url: receiver.origin }),
      'run.completed',
    );
    expect(frameOf(read, 'tool.output')).toMatchObject({ output: stored });
    const { frames, row } = await change('http.request', post(), 'run.completed');
    expect(frameOf(frames, 'tool.output')).toMatchObject({ output: stored });
    expect(row).toMatchObject({ diff: 'applied', approval: 'approved' });
  });

  it('does not close the tool for everybody, however often it is of no use', async () => {
    for (let call = 0; call < 6; call += 1) {
      const frames = await framesUntil(
        server.developer,
        await start('mcp.hostile.look', { way: 'code -32000' }),
        'run.failed',
      );
      expect(frameOf(frames, 'tool.failed')).toMatchObject({ error: { reason: 'invalid' }, breaker: 'closed' });
    }
    const frames = await framesUntil(
      server.developer,
      await start('mcp.hostile.look', { way: 'good' }),
      'run.completed',
    );
    expect(frameOf(frames, 'tool.output')).toMatchObject({ output: { text: 'good' } });
  });
});
