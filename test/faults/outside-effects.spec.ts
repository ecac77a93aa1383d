import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartParams } from '@assent/contract';
import { eventually } from '../support/eventually';
import { frameOf, framesUntil } from '../support/frames';
import { decide, offerOf } from '../support/pending';
import { writePlan } from '../support/plans';
import { Receiver } from '../support/receiver';
import { Stage, type Replica } from '../support/stage';
import { TcpProxy } from '../support/tcp-proxy';

const TOKEN = 'a-token-of-the-receiver';
const FAST_TAKEOVER = { LEASE_SECONDS: '2', SWEEP_SECONDS: '1' };

describe('an effect outside', () => {
  let stage: Stage;
  let folder: string;
  let receiver: Receiver;

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-outside-'));
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(() => receiver.close());

  /** @param idempotent whether the receiver is said to honour Idempotency-Key */
  async function start(idempotent: boolean, header = 'X-Api-Key', env: Record<string, string> = {}): Promise<Replica> {
    const file = join(folder, 'tools.json');
    const headers = { [receiver.origin]: { [header.toLowerCase()]: { secret: 'RECEIVER_TOKEN' } } };
    await writeFile(file, JSON.stringify({ http: { hosts: ['127.0.0.1'], idempotencyKeys: idempotent, headers } }));
    const allowed = { RECEIVER_TOKEN: TOKEN, EGRESS_ALLOW: '127.0.0.0/8' };
    return stage.start({ ...FAST_TAKEOVER, TOOLS_FILE: file, ...allowed, ...env });
  }

  /** A run that wants to send an order, up to its question. */
  async function pending({ developer }: Replica) {
    const args = {
      method: 'POST',
      url: `${receiver.origin}/orders`,
      headers: { 'content-type': 'text/plain' },
      body: '1',
    };
    const action = { id: 'write', kind: 'tool' as const, tool: 'http.request', args };
    const params: StartParams = { ...writePlan('x', 'y'), actions: [action, { id: 'finish', kind: 'finish' }] };
    const { runId } = await developer.call('start', params);
    const frames = await framesUntil(developer, runId, 'run.waiting');
    const { approvalId, diffId, hash } = frameOf(frames, 'approval.requested');
    return { runId, frames, approvalId: String(approvalId), diffId: String(diffId), hash: String(hash) };
  }

  const rowsOf = async (runId: string) => {
    const [row] = await stage.rows<{ diff: string; approval: string; audit: string[] }>(
      `select (select state from diffs where run_id = $1) as diff, (select state from approvals where run_id = $1) as approval,
        (select array_agg(action order by id) from audit_log where run_id = $1) as audit`,
      [runId],
    );
    return row;
  };

  it('is shown as it would be, happens once it is approved, and tells what came back without secrets', async () => {
    const server = await start(false);
    receiver.answer = (response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: 7, echo: TOKEN, password: 'abc' }));
    };
    const { runId, frames, diffId, approvalId, hash } = await pending(server);
    expect(frameOf(frames, 'diff.created')).toMatchObject({ diffId, files: [], hash });
    const diff = await server.developer.call('diff/get', { diffId });
    expect(diff).toMatchObject({ files: [], patch: expect.stringContaining(`POST ${receiver.origin}/orders`) });
    expect(receiver.requests).toEqual([]);

    expect((await decide(server.reviewer, { approvalId, hash }, 'approve')).status).toBe(200);
    const all = await framesUntil(server.developer, runId, 'run.completed');
    expect(frameOf(all, 'diff.applied')).toMatchObject({ diffId, hash, files: [], written: true });
    const said = JSON.stringify(frameOf(all, 'tool.output')['output']);
    expect(said).toContain('[redacted]');
    for (const text of [said, diff.patch, server.process.lines.join('\n')]) expect(text).not.toContain(TOKEN);
    expect(receiver.requests).toMatchObject([
      { method: 'POST', path: '/orders', body: '1', headers: { 'x-api-key': TOKEN, 'idempotency-key': `${runId}:1` } },
    ]);
    expect(await rowsOf(runId)).toMatchObject({
      diff: 'applied',
      audit: ['approval.approve', 'diff.dispatch', 'diff.apply'],
    });
    await server.process.kill();
  });

  it('that must not happen twice is left to a person when its replica dies in the middle', async () => {
    const first = await start(false);
    const asked = await pending(first);
    // The receiver has the request and never answers.
    receiver.answer = () => undefined;
    await decide(first.reviewer, asked, 'approve');
    await eventually('the request at the receiver', () => receiver.requests.length === 1);
    await first.process.kill();
    const second = await start(false);
    const frames = await framesUntil(second.developer, asked.runId, 'run.failed');
    expect(frameOf(frames, 'run.failed')).toMatchObject({
      error: {
        reason: 'outcome_unknown',
        message: `The outcome of http.request is unknown (an earlier attempt was cut off): look at POST ${receiver.origin}/orders, then start again.`,
      },
    });
    expect(receiver.requests).toHaveLength(1);
    expect(await rowsOf(asked.runId)).toEqual({
      diff: 'applying',
      approval: 'voided',
      audit: ['approval.approve', 'diff.dispatch', 'diff.unknown'],
    });
    await second.process.kill();
  });

  it('that was answered is kept when the database is lost before its commit', async () => {
    const proxy = await TcpProxy.open(stage.databaseUrl);
    const server = await start(false, 'X-Api-Key', { DATABASE_URL: proxy.url, LEASE_SECONDS: '30' });
    const asked = await pending(server);
    receiver.answer = (response) => {
      // Reading the state of the run fails as well, as long as new connections do.
      proxy.cutFor(1_000);
      response.end('{"done":true}');
    };
    await decide(server.reviewer, asked, 'approve');
    // Until then the server answers that its database cannot be reached.
    await eventually('the run ends', async () => {
      const ended = await stage.rows('select from runs where id = $1 and finished_at is not null', [asked.runId]);
      return ended.length === 1;
    });
    const frames = await framesUntil(server.developer, asked.runId, 'run.completed');
    expect(frameOf(frames, 'tool.output')).toMatchObject({ output: { status: 200, body: '{"done":true}' } });
    expect(receiver.requests).toHaveLength(1);
    expect(await rowsOf(asked.runId)).toEqual({
      diff: 'applied',
      approval: 'approved',
      audit: ['approval.approve', 'diff.dispatch', 'diff.apply'],
    });
    await server.process.kill();
    await proxy.close();
  });

  it('that may happen again is repeated under the same key when its replica dies in the middle', async () => {
    const first = await start(true);
    const asked = await pending(first);
    receiver.answer = () => undefined;
    await decide(first.reviewer, asked, 'approve');
    await eventually('the request at the receiver', () => receiver.requests.length === 1);
    await first.process.kill();
    receiver.answer = (response) => response.end('{"done":true}');
    const second = await start(true);
    await framesUntil(second.developer, asked.runId, 'run.completed');
    const key = `${asked.runId}:1`;
    expect(receiver.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([key, key]);
    expect(await rowsOf(asked.runId)).toMatchObject({ diff: 'applied', approval: 'approved' });
    await second.process.kill();
  });

  it('whose answer is cut off is left to a person as well; one that was never sent is not', async () => {
    const server = await start(false);
    const cut = await pending(server);
    receiver.answer = (_, request) => request.socket.destroy();
    await decide(server.reviewer, cut, 'approve');
    const frames = await framesUntil(server.developer, cut.runId, 'run.failed');
    expect(frameOf(frames, 'tool.failed')).toMatchObject({ error: { reason: 'outcome_unknown' } });
    expect(await rowsOf(cut.runId)).toMatchObject({
      diff: 'applying',
      audit: ['approval.approve', 'diff.dispatch', 'diff.unknown'],
    });

    const unsent = await pending(server);
    await receiver.close();
    await decide(server.reviewer, unsent, 'approve');
    const failed = await framesUntil(server.developer, unsent.runId, 'run.failed');
    expect(frameOf(failed, 'tool.failed')).toMatchObject({ error: { reason: 'overloaded' } });
    expect(await rowsOf(unsent.runId)).toMatchObject({
      diff: 'voided',
      audit: ['approval.approve', 'diff.dispatch', 'diff.fail'],
    });
    receiver = await Receiver.open();
    await server.process.kill();
  });

  it('or a look at it is repeated with its own arguments after a crash, though no row or frame shows what is secret in them', async () => {
    const first = await start(true);
    receiver.answer = () => undefined;
    const path = '/orders?api_key=k-0123456789abcdef&page=2';
    const action = { id: 'write', kind: 'tool' as const, tool: 'http.get', args: { url: receiver.origin + path } };
    const params = { ...writePlan('x', 'y'), actions: [action, { id: 'finish', kind: 'finish' as const }] };
    const { runId } = await first.developer.call('start', params);
    await eventually('the request at the receiver', () => receiver.requests.length === 1);
    await first.process.kill();
    receiver.answer = (response) => response.end('done');
    const second = await start(true);
    const frames = await framesUntil(second.developer, runId, 'run.completed');
    expect(receiver.requests.map((request) => request.path)).toEqual([path, path]);
    expect(frameOf(frames, 'tool.proposed')['args']).toEqual({
      url: `${receiver.origin}/orders?api_key=[redacted]&page=2`,
    });
    const [row] = await stage.rows<{ args: object }>('select args from tool_calls where run_id = $1', [runId]);
    expect(row?.args).toEqual(frameOf(frames, 'tool.proposed')['args']);
    await second.process.kill();
  });

  it('that would not be what was approved any more does not happen', async () => {
    const first = await start(false);
    const asked = await pending(first);
    await first.process.kill();
    const second = await start(false, 'X-Other-Key');
    await decide(second.reviewer, asked, 'approve');
    // The current effect needs a new approval.
    const offered = await offerOf(second.developer, asked);
    expect(receiver.requests).toEqual([]);
    await decide(second.reviewer, offered, 'reject');
    const frames = await framesUntil(second.developer, asked.runId, 'run.completed');
    expect(frameOf(frames, 'diff.stale')).toMatchObject({
      diffId: asked.diffId,
      files: [],
      offer: { diffId: offered.diffId, revision: 2, origin: 'redraft' },
    });
    expect(receiver.requests).toEqual([]);
    expect(await second.reviewer.call('approval/get', { approvalId: asked.approvalId })).toMatchObject({
      state: 'voided',
    });
    await second.process.kill();
  });
});
