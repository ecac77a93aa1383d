import { eventually } from '../support/eventually';
import {
  CLIENTS,
  connect,
  decideNext,
  pendingApproval,
  textOf,
  type GatewayClient,
  type ToolResult,
} from '../support/mcp-gateway';
import { person } from '../support/people';
import { hidden } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const WRITE = 'file.write';
const WAIT = '?hold=100';

function factsOf(result: ToolResult): Readonly<Record<string, unknown>> {
  const facts = result.structuredContent ?? {};
  expect(textOf(result)).toBe(JSON.stringify(facts));
  expect(Object.keys(facts)[0]).toBe('state');
  expect(Object.keys(facts).at(-1)).toBe('next');
  return facts;
}

describe.each(CLIENTS)('the MCP server with %s', (kind) => {
  let stage: Stage;
  let replica: Replica;
  let client: GatewayClient;
  const clients: GatewayClient[] = [];
  const slug = kind.replaceAll(/\W+/g, '-');

  const open = async (settings: { query?: string; key?: string } = {}): Promise<GatewayClient> => {
    const opened = await connect(kind, replica, { path: '/mcp', query: WAIT, ...settings });
    clients.push(opened);
    return opened;
  };
  const propose = (title: string, path: string, content: string, more: object = {}): Promise<ToolResult> =>
    client.call('propose_change', { title, files: [{ path, content }], ...more });

  beforeAll(async () => {
    stage = await Stage.open();
    replica = await stage.start({ PUBLIC_URL: 'https://assent.example' });
    client = await open();
  });
  afterAll(async () => {
    await Promise.allSettled(clients.map((opened) => opened.close()));
    await stage.close();
  });

  it('speaks the newest revision that the client knows', () => {
    expect(client.protocolVersion).toBe(kind === 'client 2.4, auto' ? '2026-07-28' : '2025-11-25');
  });

  it('lists the tools that the scopes of the caller allow; none of them approves', async () => {
    const tools = await client.list();
    expect(tools.map(({ name }) => name)).toEqual([
      'propose_change',
      'await_decision',
      'search_memory',
      'start_run',
      'get_run',
      'answer_question',
      'report_outcome',
      'check_tool',
      'permission',
    ]);
    expect(tools.find(({ name }) => name === 'propose_change')).toMatchObject({
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
      _meta: { 'anthropic/alwaysLoad': true },
    });
    const reader = await person(stage.sql, replica.process.url, 'reader', [], ['run:read']);
    const reading = await open({ key: reader.key });
    const readable = await reading.list();
    expect(readable.map(({ name }) => name)).toEqual(['await_decision', 'get_run', 'check_tool']);
    expect(readable.every(({ annotations }) => (annotations as { readOnlyHint: boolean }).readOnlyHint)).toBe(true);
    await expect(reading.call('propose_change', {})).rejects.toThrow(/403|scope|forbidden/i);
  });

  it('holds a proposal until it is approved and applied', async () => {
    const path = 'held.txt';
    const messages: (string | undefined)[] = [];
    const calling = client.call(
      'propose_change',
      { title: 'Add a file', files: [{ path, content: 'one\n' }], reason: 'It is missing.' },
      { onprogress: ({ message }) => messages.push(message) },
    );
    const approvalId = await decideNext(replica, WRITE, 'approve', 'Good.');
    expect(factsOf(await calling)).toMatchObject({ state: 'applied', files: [path], by: 'reviewer', comment: 'Good.' });
    expect(await stage.read(path)).toBe('one\n');
    expect(messages.some((message) => message?.includes(`approval ${approvalId}, expires`))).toBe(true);
  });

  it('answers pending after the wait, and the decision by await_decision', async () => {
    const path = 'later.txt';
    const pending = await propose('Add another', path, 'two\n', { waitSeconds: 0 });
    expect(pending.isError ?? false).toBe(false);
    const facts = factsOf(pending);
    const approval = await pendingApproval(replica.reviewer, WRITE);
    expect(facts).toMatchObject({
      state: 'pending',
      approvalId: approval.approvalId,
      hash: approval.hash,
      rule: expect.any(String) as string,
      expiresAt: expect.any(String) as string,
      reviewUrl: expect.stringContaining(`https://assent.example/ui/approvals/${approval.approvalId}`) as string,
    });
    const { approvalId, runId } = facts;
    expect(factsOf(await client.call('await_decision', { approvalId, waitSeconds: 0 }))).toEqual(facts);
    expect(factsOf(await client.call('await_decision', { runId, waitSeconds: 0 }))).toEqual(facts);
    const waiting = [{ approvalId }, { runId }].map((which) => client.call('await_decision', which));
    await decideNext(replica, WRITE, 'approve');
    for (const result of await Promise.all(waiting)) {
      expect(factsOf(result)).toMatchObject({ state: 'applied', files: [path], by: 'reviewer' });
    }
  });

  it('answers a rejection with its comment, and again to the same proposal', async () => {
    const calling = propose('Add a third', 'third.txt', 'three\n');
    await decideNext(replica, WRITE, 'reject', 'Name it better.');
    const first = await calling;
    expect(first.isError).toBe(true);
    const facts = factsOf(first);
    expect(facts).toMatchObject({ state: 'rejected', by: 'reviewer', comment: 'Name it better.' });
    expect(factsOf(await propose('Add a third', 'third.txt', 'three\n'))).toEqual(facts);
  });

  it('makes one approval of 100 equal proposals, and of 100 with one key', async () => {
    for (const meta of [{}, { 'assent/idempotencyKey': `once-${slug}` }]) {
      const title = `Add it once, ${JSON.stringify(meta)}`;
      const args = { title, files: [{ path: 'once.txt', content: 'once\n' }] };
      const call = (more: object) => client.call('propose_change', { ...args, ...more }, { meta });
      const all = await Promise.all(Array.from({ length: 100 }, () => call({ waitSeconds: 0 })));
      const facts = all.map(factsOf);
      const approvals = new Set(facts.map(({ approvalId }) => approvalId));
      expect([...approvals]).toEqual([expect.any(String)]);
      const { items } = await replica.reviewer.call('approval/list', { state: 'pending' });
      expect(items.map(({ approvalId }) => approvalId)).toEqual([...approvals]);
      await decideNext(replica, WRITE, 'reject');
      const again = factsOf(await call({}));
      expect(again).toMatchObject({ state: 'rejected', runId: facts[0]?.['runId'] });
    }
  });

  it('refuses a key that is used for another proposal', async () => {
    const meta = { 'assent/idempotencyKey': `other-${slug}` };
    const args = (content: string) => ({ title: 'A key', files: [{ path: 'key.txt', content }], waitSeconds: 0 });
    const { runId } = factsOf(await client.call('propose_change', args('one\n'), { meta }));
    const other = await client.call('propose_change', args('two\n'), { meta });
    expect([other.isError, factsOf(other)['reason']]).toEqual([true, 'idempotency_mismatch']);
    await replica.developer.call('run/cancel', { runId: String(runId) });
  });

  it('changes existing, new and deleted files with one approval', async () => {
    await stage.write('old.txt', 'old\n');
    await stage.write('kept.txt', 'one\ntwo\n');
    const files = [
      { path: 'new/a.txt', content: 'a\n\nb\n' },
      { path: 'kept.txt', content: 'one\n2\n' },
      { path: 'bare.txt', content: 'no line break' },
      { path: 'old.txt', content: null },
    ];
    const calling = client.call('propose_change', { title: 'Move on', files });
    const { approvalId } = await pendingApproval(replica.reviewer, 'file.patch_many');
    const { patch } = await replica.reviewer.call('approval/diff/get', { approvalId });
    expect(patch).toContain('-two\n+2\n');
    await decideNext(replica, 'file.patch_many', 'approve');
    expect(factsOf(await calling)).toMatchObject({ state: 'applied' });
    const texts = await Promise.all(['new/a.txt', 'kept.txt', 'bare.txt'].map((path) => stage.read(path)));
    expect(texts).toEqual(['a\n\nb\n', 'one\n2\n', 'no line break']);
    await expect(stage.read('old.txt')).rejects.toThrow('ENOENT');
  });

  it('answers the conflict when the file has changed meanwhile', async () => {
    await stage.write('stale.txt', 'first\n');
    const patch = '--- a/stale.txt\n+++ b/stale.txt\n@@ -1 +1 @@\n-first\n+proposed\n';
    const calling = client.call('propose_change', { title: 'Change it', patch });
    await pendingApproval(replica.reviewer, 'file.patch_many');
    await stage.write('stale.txt', 'changed meanwhile\n');
    await decideNext(replica, 'file.patch_many', 'approve');
    const result = await calling;
    expect(result.isError).toBe(true);
    const facts = factsOf(result);
    expect(facts['state']).toBe('stale');
    expect(facts['conflict']).toContain('changed meanwhile');
  });

  it('starts a run of given actions and reports it', async () => {
    const started = factsOf(
      await client.call('start_run', {
        goal: 'Read the readme',
        actions: [{ id: 'list', kind: 'tool', tool: 'file.list', args: { path: '.' } }],
        beliefs: { assumptions: [], gains: [{ actionId: 'list', when: {}, gain: 1 }] },
      }),
    );
    const { runId } = started;
    expect(started).toMatchObject({ stream: `/runs/${String(runId)}/frames` });
    const facts = factsOf(await client.call('get_run', { runId, waitSeconds: 100 }));
    expect(facts).toMatchObject({ state: 'output', runId, goal: 'Read the readme', chosen: { actionId: 'list' } });
    expect((facts['frames'] as { type: string }[]).at(-1)?.type).toBe('run.completed');
  });

  it('answers a question of a run, reports an outcome, and searches the memory', async () => {
    const { runId } = await replica.developer.call('start', hidden());
    const asked = factsOf(await client.call('get_run', { runId, waitSeconds: 100 }));
    expect(asked).toMatchObject({ state: 'question', question: 'Which file does the service read?' });
    const { requestId } = asked;
    const resolved = ['first', 'second'].map((assumptionId) => ({ assumptionId, truth: true }));
    const answer = { resolved };
    const answered = await client.call('answer_question', { requestId, answer });
    expect(factsOf(answered)).toMatchObject({ state: 'answered', requestId });
    await decideNext(replica, WRITE, 'reject');
    const again = await client.call('answer_question', { requestId, answer: { text: 'Neither.' } });
    expect([again.isError, factsOf(again)['reason']]).toEqual([true, 'conflict']);
    const { runId: done } = factsOf(
      await client.call('start_run', {
        goal: 'List it',
        actions: [{ id: 'list', kind: 'tool', tool: 'file.list', args: { path: '.' } }],
        beliefs: { assumptions: [], gains: [{ actionId: 'list', when: {}, gain: 1 }] },
      }),
    );
    await client.call('await_decision', { runId: done });
    const reported = await client.call('report_outcome', { runId: done, outcome: 'success', note: 'It is there.' });
    expect(factsOf(reported)).toMatchObject({ state: 'completed', runId: done, outcome: 'success' });
    const found = factsOf(await client.call('search_memory', { query: 'a lesson about giraffes' }));
    expect(found).toMatchObject({ state: 'found', fragments: expect.any(Array) as unknown[] });
  });

  it('says what would happen with a call', async () => {
    const args = { path: 'x.txt', content: 'x' };
    expect(factsOf(await client.call('check_tool', { tool: WRITE, args }))).toMatchObject({
      state: 'ask',
      effect: 'write',
      problems: [],
    });
  });

  it('puts the question of a coding agent to a person, by a key with that scope only', async () => {
    const laptop = await person(stage.sql, replica.process.url, 'laptop', [], ['permission:ask']);
    const asking = await open({ key: laptop.key });
    expect((await asking.list()).map(({ name }) => name)).toEqual(['permission']);
    const ask = (command: string) =>
      asking.call('permission', { tool_name: 'Bash', input: { command }, tool_use_id: command });
    const allowed = ask('ls');
    const approvalId = await decideNext(replica, 'agent.test-client.Bash', 'approve');
    expect(JSON.parse(textOf(await allowed))).toEqual({ behavior: 'allow', updatedInput: { command: 'ls' } });
    const denied = ask('rm -r /');
    await decideNext(replica, 'agent.test-client.Bash', 'reject', 'Certainly not.');
    expect(JSON.parse(textOf(await denied))).toEqual({
      behavior: 'deny',
      message: expect.stringContaining('Certainly not.') as string,
    });
    const decided = await client.call('await_decision', { approvalId, waitSeconds: 0 });
    expect(factsOf(decided)).toMatchObject({ state: 'approved', by: 'reviewer' });
    const asked = ask('make deploy');
    const { approvalId: pending } = await pendingApproval(replica.reviewer, 'agent.test-client.Bash');
    const early = await client.call('await_decision', { approvalId: pending, waitSeconds: 0 });
    expect([early.isError ?? false, factsOf(early)['state']]).toEqual([false, 'pending']);
    const messages: (string | undefined)[] = [];
    const waiting = client.call(
      'await_decision',
      { approvalId: pending },
      { onprogress: ({ message }) => messages.push(message) },
    );
    await eventually('the wait is reported', () => messages.some((text) => text?.includes(`approval ${pending}`)));
    await decideNext(replica, 'agent.test-client.Bash', 'reject', 'Not today.');
    expect(factsOf(await waiting)).toMatchObject({ state: 'rejected', by: 'reviewer', comment: 'Not today.' });
    await asked;
  });

  it('refuses bad arguments as a protocol error, and failed operations as a result', async () => {
    await expect(client.call('propose_change', { title: 'x', colour: 'red' })).rejects.toMatchObject({
      code: -32602,
      data: { pointer: '/colour' },
    });
    await expect(client.call('approve', {})).rejects.toMatchObject({ code: -32602 });
    const runId = '0199c1a2-4c2d-7e32-9f60-7b8c9d0e1f0d';
    const unknown = await client.call('get_run', { runId });
    expect(unknown.isError).toBe(true);
    expect(factsOf(unknown)).toMatchObject({ state: 'failed', reason: 'not_found', retryable: false });
  });
});
