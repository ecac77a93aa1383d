import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  AssentClient,
  AssentHttpError,
  AssentRunError,
  viewOf,
  type ApprovalEvent,
  type ConnectionState,
  type Frame,
} from '@assent/client';
import { runCli } from '@assent/client/cli';
import { callback } from '@assent/client/webhooks';
import { eventually } from '@assent/test-support/eventually';
import { framesOf } from '@assent/test-support/frames';
import { freePort } from '@assent/test-support/free-port';
import { person } from '@assent/test-support/people';
import { readPlan, writePlan } from '@assent/test-support/plans';
import { startPending } from '@assent/test-support/pending';
import { DEVELOPER_KEY, REVIEWER_KEY } from '@assent/test-support/server-process';
import { Stage, type Replica } from '@assent/test-support/stage';

const PAGE = join(__dirname, '../../docs/frontend.md');

describe('the client and a real server', () => {
  let stage: Stage;
  let server: Replica;
  let port: string;
  let developer: AssentClient;
  let reviewer: AssentClient;

  beforeAll(async () => {
    stage = await Stage.open();
    port = String(await freePort());
    server = await stage.start({ PORT: port, WEBHOOK_CALLBACKS: 'granted', EGRESS_ALLOW: '127.0.0.0/8' });
    const { url } = server.process;
    developer = new AssentClient({ url, key: DEVELOPER_KEY });
    reviewer = new AssentClient({ url, credential: () => Promise.resolve(REVIEWER_KEY) });
  });
  afterAll(() => stage.close());

  const asked = async (path: string) => {
    const run = await developer.start(writePlan(path, 'by the client\n'), { idempotencyKey: path });
    const view = run.view();
    const leave = view.subscribe(() => undefined);
    await eventually('the run to wait', () => view.getSnapshot().waiting);
    const { approval } = view.getSnapshot();
    if (!approval) throw new Error('nobody was asked');
    return { run, view, leave, approval };
  };

  it('start, watch, approve and see the result, by the view of the frames', async () => {
    const { run, view, leave, approval } = await asked('client/applied.txt');
    const diff = await reviewer.approvals.diff(approval.approvalId);
    expect(diff.hash).toBe(approval.hash);
    expect(await reviewer.approvals.patch(approval.approvalId)).toBe(diff.patch);
    const decided = run.decided(approval.approvalId);
    await reviewer.approvals.approve(approval.approvalId, diff.hash, { comment: 'fine' });
    expect(await decided).toMatchObject({ type: 'approval.decided', actor: 'reviewer', comment: 'fine' });
    expect(await run.result()).toMatchObject({ kind: 'applied' });
    await eventually('the view to be complete', () => view.getStatus().connection === 'ended');
    leave();
    const frames = (await framesOf(server.developer, run.runId)) as unknown as Frame[];
    expect(view.getSnapshot()).toEqual(viewOf(frames));
    expect(view.getSnapshot()).toMatchObject({
      state: 'completed',
      goal: 'Raise the payment timeout back to three seconds',
      assumptions: [{ assumptionId: 'on-purpose' }, { assumptionId: 'too-short' }],
      chosen: { actionId: 'write' },
      calls: [{ tool: 'file.write', state: 'completed' }],
      diff: { state: 'applied', written: true },
      approval: { state: 'approved' },
    });
    expect(await stage.read('client/applied.txt')).toBe('by the client\n');
  });

  it('end a rejected run with its result, and a cancelled one with an AssentRunError', async () => {
    const rejected = await asked('client/rejected.txt');
    rejected.leave();
    await reviewer.approvals.reject(rejected.approval.approvalId, rejected.approval.hash);
    expect(await rejected.run.result()).toMatchObject({ kind: 'rejected' });
    const cancelled = await asked('client/cancelled.txt');
    cancelled.leave();
    const { runId } = cancelled.run;
    await developer.call('run/cancel', { runId });
    const failure: unknown = await cancelled.run.result().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssentRunError);
    expect(failure).toMatchObject({ runId, reason: 'cancelled' });
  });

  it('refuse a decision on other content than that which is there', async () => {
    const { approval, leave } = await asked('client/revised.txt');
    leave();
    const files = [{ path: 'client/revised.txt', content: 'by the reviewer\n' }];
    const revised = await reviewer.approvals.revise(approval.approvalId, approval.hash, { files });
    const failure: unknown = await reviewer.approvals
      .approve(approval.approvalId, approval.hash)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssentHttpError);
    expect(failure).toMatchObject({ status: 412, retryable: false });
    const decision = 'approve' as const;
    const [answer] = await reviewer.approvals.decide([
      { approvalId: approval.approvalId, hash: revised.hash, decision },
    ]);
    expect(answer).toMatchObject({ status: 200, approval: { state: 'approved', hash: revised.hash } });
  });

  it('follow the inbox, and resume where they left it', async () => {
    const { tail } = await reviewer.call('approval/events', {});
    const pending = await startPending(server.developer, 'client/inbox.txt', 'x');
    const events: ApprovalEvent[] = [];
    for await (const event of reviewer.approvals.events({ after: tail, pages: true })) {
      events.push(event);
      break;
    }
    await reviewer.approvals.approve(pending.approvalId, pending.hash);
    for await (const event of reviewer.approvals.events({ after: events[0]?.seq ?? 0 })) {
      events.push(event);
      if (event.type === 'approval.decided') break;
    }
    expect(events.map(({ seq, type, approvalId }) => [seq, type, approvalId])).toEqual([
      [tail + 1, 'approval.requested', pending.approvalId],
      [tail + 2, 'approval.decided', pending.approvalId],
    ]);
  });

  it('go on over a restart of the server in the middle of a stream', async () => {
    const { run, approval, leave, view } = await asked('client/restart.txt');
    const states: ConnectionState[] = [];
    const seqs: number[] = [];
    const following = (async () => {
      const onConnection = (state: ConnectionState) => states.push(state);
      for await (const { seq } of run.frames({ onConnection })) seqs.push(seq);
    })();
    await eventually('the stream to be live', () => seqs.length === view.getSnapshot().seq);
    await server.process.kill();
    await eventually('the connection to be lost', () => states.includes('lost'));
    server = await stage.start({ PORT: port, WEBHOOK_CALLBACKS: 'granted', EGRESS_ALLOW: '127.0.0.0/8' });
    developer.retryNow();
    await reviewer.approvals.approve(approval.approvalId, approval.hash);
    await following;
    leave();
    const frames = await framesOf(server.developer, run.runId);
    expect(seqs).toEqual(frames.map(({ seq }) => seq));
    expect(states.filter((state) => state === 'live').length).toBeGreaterThan(1);
  });

  it('decide by a signed callback', async () => {
    const { url } = server.process;
    const integrator = await person(stage.sql, url, 'integrator', [], ['webhook:admin', 'approval:decide']);
    const created = await integrator.call('webhook/create', { url: 'http://127.0.0.1:9/', events: ['*'] });
    const { secret } = await integrator.call('webhook/callback_key/issue', { webhookId: created.id });
    const { approvalId, hash } = await startPending(server.developer, 'client/callback.txt', 'x');
    const sign = callback(secret);
    const decision = { url, approvalId, decision: 'approve' as const, hash, comment: 'größer' };
    const request = sign(decision);
    const again = request.clone();
    const answer = await fetch(request);
    expect(await answer.json()).toMatchObject({
      state: 'approved',
      decision: { actor: `webhook:${created.id}`, comment: 'größer' },
    });
    expect((await fetch(again)).status).toBe(409);
    expect((await fetch(callback('whsec_c2VjcmV0c2VjcmV0c2VjcmV0')(decision))).status).toBe(401);
  });

  describe('the program assent', () => {
    const assent = async (key: string, words: readonly string[], answer: string | null = null) => {
      const lines: string[] = [];
      const errors: string[] = [];
      const questions: string[] = [];
      const status = await runCli({
        argv: words,
        env: { ASSENT_URL: server.process.url, ASSENT_KEY: key },
        print: (line) => lines.push(line),
        printError: (line) => errors.push(line),
        ask: (question) => {
          questions.push(question);
          return Promise.resolve(answer);
        },
        readInput: () => Promise.resolve(''),
        program: '/opt/assent/main.js',
      });
      return { status, lines, errors, questions };
    };

    it('lists what waits, shows what would be applied, and approves exactly that', async () => {
      const { runId, approvalId, hash } = await startPending(server.developer, 'client/cli.txt', 'from\u202ethe CLI\n');
      const listed = await assent(REVIEWER_KEY, ['approvals']);
      expect(listed.lines.filter((line) => line.startsWith(approvalId))).toHaveLength(1);
      const refused = await assent(REVIEWER_KEY, ['approve', approvalId], 'no');
      expect([refused.status, refused.errors]).toEqual([1, ['Nothing was decided.']]);
      const approved = await assent(REVIEWER_KEY, ['approve', approvalId, '--comment', 'seen'], 'y');
      expect(approved.lines).toContain('+from<U+202E>the CLI');
      expect(approved.lines.slice(-2)).toEqual([`content ${hash}`, 'The approval is approved.']);
      const told = await assent(DEVELOPER_KEY, ['tail', runId]);
      expect(told.status).toBe(0);
      expect(told.lines.at(-1)).toContain('run.completed');
    });

    it('approves by a hash without asking, and not by another one', async () => {
      const { approvalId, hash } = await startPending(server.developer, 'client/hash.txt', 'x');
      const other = `sha256:${'0'.repeat(64)}`;
      const wrong = await assent(REVIEWER_KEY, ['approve', approvalId, '--hash', other]);
      expect([wrong.status, wrong.errors[0]]).toEqual([1, expect.stringMatching(/^HTTP 412: /)]);
      const right = await assent(REVIEWER_KEY, ['approve', approvalId, '--hash', hash]);
      expect([right.status, right.questions]).toEqual([0, []]);
    });

    it.each([
      [[], 'There is no command "".'],
      [['fly'], 'There is no command "fly".'],
      [['tail'], 'Name one run: assent tail RUN'],
      [['approvals', '--what'], /Unknown option '--what'/],
    ])('says how it is used: %j', async (words, problem) => {
      const { status, errors } = await assent(REVIEWER_KEY, words);
      expect(status).toBe(2);
      expect(errors[0]).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
      expect(errors[1]).toBe('"assent --help" lists the commands.');
    });
  });

  it('is not needed: the program of the documentation follows a run in Python', async () => {
    const source = /```python\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? '';
    const folder = await mkdtemp(join(tmpdir(), 'assent-python-'));
    await writeFile(join(folder, 'follow.py'), source);
    const params = JSON.stringify(readPlan('README.md'));
    const child = spawn('python3', [join(folder, 'follow.py'), server.process.url, DEVELOPER_KEY, params]);
    const started = await Promise.race([once(child, 'spawn'), once(child, 'error')]);
    if (started.length > 0) {
      // This machine has no Python.
      await rm(folder, { recursive: true });
      return;
    }
    const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    await rm(folder, { recursive: true });
    expect([status, errors]).toEqual([0, '']);
    const lines = output.trimEnd().split('\n');
    expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual(lines.map((_, index) => index + 1));
    expect(lines.at(-1)).toMatch(/run\.completed$/);
  });
});
