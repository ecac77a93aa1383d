import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run, StartParams } from '@assent/contract';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil } from '../support/frames';
import { decide } from '../support/pending';
import { writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const QUICK = { LEASE_SECONDS: '2', SWEEP_SECONDS: '1' };
const TOOL = 'mcp.flaky.change';
const UNAVAILABLE = {
  reason: 'overloaded',
  message: expect.stringContaining('the MCP server "flaky" is being started again') as string,
};

/** An MCP server that cannot start while there is a file "down", and cannot list its tools while there is a file "unlisted". */
const FLAKY_SERVER = `
const fs = require('node:fs');
const at = (name) => process.argv[2] + '/' + name;
if (fs.existsSync(at('down'))) process.exit(1);
fs.writeFileSync(at('pid'), String(process.pid));
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
const inputSchema = { type: 'object', properties: { note: { type: 'string' } } };
const serverInfo = { name: 'flaky', version: '1' };
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo } });
  else if (method === 'tools/list' && fs.existsSync(at('unlisted'))) send({ id, error: { code: -32603, message: 'not now' } });
  else if (method === 'tools/list') send({ id, result: { tools: [{ name: 'change', inputSchema }] } });
  else if (method === 'tools/call') {
    fs.appendFileSync(at('calls'), params.arguments.note + '\\n');
    send({ id, result: { content: [{ type: 'text', text: 'done' }] } });
  } else if (id !== undefined) send({ id, result: {} });
});
`;

describe('an MCP server that cannot be reached for a while', () => {
  let stage: Stage;
  let folder: string;
  let server: Replica;

  beforeEach(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-flaky-'));
    const script = join(folder, 'flaky.cjs');
    const file = join(folder, 'tools.json');
    await writeFile(script, FLAKY_SERVER);
    await writeFile(join(folder, 'calls'), '');
    const flaky = { command: process.execPath, args: [script, folder] };
    await writeFile(file, JSON.stringify({ mcp: { servers: { flaky } } }));
    server = await stage.start({ ...QUICK, TOOLS_FILE: file });
  });
  afterEach(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  const mark = (name: string) => writeFile(join(folder, name), '');
  const unmark = (name: string) => rm(join(folder, name));
  const calls = () => readFile(join(folder, 'calls'), 'utf8');
  const get = (runId: string): Promise<Run> => server.developer.call('run/get', { runId });
  const stateOf = async (approvalId: string) => (await server.reviewer.call('approval/get', { approvalId })).state;
  const putOff = (runId: string) => eventually('the run is put off', async () => (await get(runId)).retrying);
  const audit = async () => {
    const rows = await stage.rows<{ action: string }>('select action from audit_log order by id');
    return rows.map(({ action }) => action).filter((action) => /^(?:approval|diff)\./.test(action));
  };

  async function start(note: string): Promise<string> {
    const action = { id: 'write', kind: 'tool' as const, tool: TOOL, args: { note } };
    const params: StartParams = { ...writePlan('x', 'y'), actions: [action, { id: 'finish', kind: 'finish' }] };
    return (await server.developer.call('start', params)).runId;
  }

  async function pending(note: string) {
    const runId = await start(note);
    const { approvalId, hash } = frameOf(
      await framesUntil(server.developer, runId, 'run.waiting'),
      'approval.requested',
    );
    return { runId, approvalId: String(approvalId), hash: String(hash) };
  }

  const isAway = () =>
    server.developer.call('tool/list', {}).then(({ items }) => items.every(({ name }) => name !== TOOL));

  async function stop(): Promise<void> {
    await mark('down');
    process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), 'SIGKILL');
    await eventually('its tools are gone', isAway);
  }

  async function approve(asked: { readonly approvalId: string; readonly hash: string }): Promise<void> {
    expect((await decide(server.reviewer, asked, 'approve')).status).toBe(200);
  }

  async function ended(runId: string, end: string) {
    const isEnd = ({ type }: { type: string }) => /^run\.(?:completed|failed|cancelled)$/.test(type);
    const frames = await eventually('the run ends', async () => {
      const all = await framesOf(server.developer, runId);
      return all.some(isEnd) ? all : null;
    });
    expect(frames.find(isEnd)?.type).toBe(end);
    return frames;
  }

  it('when its call is approved: the approval holds, the run says that it waits, and the effect is made once', async () => {
    const asked = await pending('once');
    await stop();
    const question = { tool: TOOL, args: { note: 'x' } };
    expect(await server.developer.fail('tool/check', question)).toMatchObject({
      code: -32000,
      message: UNAVAILABLE.message,
    });
    expect((await server.developer.call('tool/list', {})).away).toEqual([
      { prefix: 'mcp.flaky.', reason: 'the MCP server "flaky" is being started again' },
    ]);
    await approve(asked);
    expect(await putOff(asked.runId)).toMatchObject(UNAVAILABLE);
    expect(await get(asked.runId)).toMatchObject({ state: 'running', phase: 'apply', error: null });
    expect(await stateOf(asked.approvalId)).toBe('approved');

    await unmark('down');
    const frames = await ended(asked.runId, 'run.completed');
    expect(frameOf(frames, 'run.retrying')['error']).toMatchObject(UNAVAILABLE);
    expect(frames.map(({ type }) => type)).not.toContain('approval.voided');
    expect(await stateOf(asked.approvalId)).toBe('approved');
    expect(await calls()).toBe('once\n');
    expect(await audit()).toEqual(['approval.approve', 'diff.dispatch', 'diff.apply']);
    expect(await get(asked.runId)).toMatchObject({ retrying: null });
  });

  it('when its call is approved: the run can be cancelled, and nothing is called when the server is back', async () => {
    const asked = await pending('never');
    await stop();
    await approve(asked);
    await putOff(asked.runId);
    await server.developer.call('run/cancel', { runId: asked.runId });
    await unmark('down');
    await ended(asked.runId, 'run.cancelled');
    await eventually('it is back', async () => !(await isAway()));
    const other = await pending('another');
    await approve(other);
    await ended(other.runId, 'run.completed');
    expect(await calls()).toBe('another\n');
  });

  it('only once its call is dispatched: the dispatch is taken back, and made again', async () => {
    const asked = await pending('once');
    await mark('unlisted');
    await approve(asked);
    expect(await putOff(asked.runId)).toMatchObject({
      reason: 'overloaded',
      message: expect.stringContaining('"not now"') as string,
    });
    expect(await stage.rows('select state from diffs union all select state from approvals')).toEqual([
      { state: 'approved' },
      { state: 'approved' },
    ]);
    expect(await calls()).toBe('');
    await eventually('it is put off again', async () => ((await get(asked.runId)).retrying?.attempts ?? 0) > 1);

    await unmark('unlisted');
    const frames = await ended(asked.runId, 'run.completed');
    expect(frames.filter(({ type }) => type === 'run.retrying')).toHaveLength(1);
    expect(await calls()).toBe('once\n');
    const steps = (await audit()).join(' ');
    expect(steps).toMatch(/^approval\.approve (?:diff\.dispatch diff\.postpone ){2,}diff\.dispatch diff\.apply$/);
  });

  it('when its call is drafted: the run waits for it, and asks when it is back', async () => {
    await mark('unlisted');
    const runId = await start('later');
    expect(await putOff(runId)).toMatchObject({ reason: 'overloaded' });
    await unmark('unlisted');
    const frames = await framesUntil(server.developer, runId, 'run.waiting');
    expect(frames.map(({ type }) => type)).not.toContain('tool.failed');
  });
});
