import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { askMcp, decideNext, pendingApproval, stateOf, type ToolResult } from '../support/mcp-gateway';
import { person } from '../support/people';
import { hidden } from '../support/plans';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';
import { eventually } from '../support/eventually';

const WRITE = 'file.write';
const TASKS = 'io.modelcontextprotocol/tasks';
const MISSING_CAPABILITY = -32_021;
const INVALID_PARAMS = -32_602;
const UNKNOWN_EVENT = -32_011;
const FORBIDDEN = -32_012;
const TIMEOUT_MS = 120_000;

type Empty = Record<string, never>;
type Json = Readonly<Record<string, unknown>>;

describe('what the MCP server asks the person at its client, its tasks and events', () => {
  let stage: Stage;
  let replica: Replica;
  const clients: Client[] = [];

  beforeAll(async () => {
    stage = await Stage.open();
    replica = await stage.start({ PUBLIC_URL: 'https://assent.example', SELF_APPROVAL: 'allow' });
  });
  afterAll(async () => {
    await Promise.allSettled(clients.map((client) => client.close()));
    await stage.close();
  });

  /** @param answer of the person to each question @returns what was asked */
  const connect = async (
    elicitation: { readonly form?: Empty; readonly url?: Empty },
    answer: () => { readonly action: 'accept' | 'decline'; readonly content?: { answer: boolean } },
    key = DEVELOPER_KEY,
  ): Promise<{ readonly asked: Json[]; call(tool: string, args: object): Promise<ToolResult> }> => {
    const options = { versionNegotiation: { mode: 'auto' }, capabilities: { elicitation } } as const;
    const client = new Client({ name: 'test-client', version: '1' }, options);
    const asked: Json[] = [];
    client.setRequestHandler('elicitation/create', ({ params }) => {
      asked.push(params);
      return answer();
    });
    const requestInit = { headers: { authorization: `Bearer ${key}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', replica.process.url), { requestInit }));
    clients.push(client);
    const call = async (name: string, args: object) =>
      (await client.callTool({ name, arguments: { ...args } }, { timeout: TIMEOUT_MS })) as ToolResult;
    return { asked, call };
  };

  const ask = (method: string, params: Json, capabilities: object, key?: string): Promise<Json> =>
    askMcp(replica, method, params, { capabilities, ...(key !== undefined && { key }) });
  const withTasks = { extensions: { [TASKS]: {} }, elicitation: { form: {} } };
  const resultOf = ({ result }: Json): Json => result as Json;
  const task = async (taskId: unknown): Promise<Json> => resultOf(await ask('tasks/get', { taskId }, withTasks));

  it('puts the question of a run to the person at the client, and goes on with the answer', async () => {
    const { asked, call } = await connect({ form: {} }, () => ({ action: 'accept', content: { answer: true } }));
    const { runId } = await replica.developer.call('start', hidden());
    const waiting = call('await_decision', { runId });
    await pendingApproval(replica.reviewer, WRITE);
    expect(asked).toMatchObject([{ message: 'Which file does the service read?' }]);
    await decideNext(replica, WRITE, 'approve');
    expect(stateOf(await waiting)).toBe('applied');
    expect(await stage.read('config/true-true.txt')).toBe('here\n');
  });

  it('leaves a question that the person declines to the model, and asks only once', async () => {
    const { asked, call } = await connect({}, () => ({ action: 'decline' }));
    const { runId } = await replica.developer.call('start', hidden());
    expect(stateOf(await call('await_decision', { runId }))).toBe('question');
    expect(asked).toHaveLength(1);
    await replica.developer.call('run/cancel', { runId });
  });

  it('takes the signed state of another principal for no answer', async () => {
    const { runId } = await replica.developer.call('start', hidden());
    const call = { name: 'await_decision', arguments: { runId } };
    const { requestState } = resultOf(await ask('tools/call', call, { elicitation: { form: {} } }));
    const other = await person(stage.sql, replica.process.url, 'other');
    const replied = {
      ...call,
      requestState,
      inputResponses: { answer: { action: 'accept', content: { answer: true } } },
    };
    const refused = await ask('tools/call', replied, { elicitation: { form: {} } }, other.key);
    expect(refused['error']).toMatchObject({ code: INVALID_PARAMS, data: { reason: 'invalid_request_state' } });
    expect((await replica.developer.call('run/get', { runId })).pending).toHaveLength(1);
    await replica.developer.call('run/cancel', { runId });
  });

  it('offers the page of an approval to a person who may decide it', async () => {
    const scopes = ['run:write', 'run:read', 'approval:read', 'approval:decide'] as const;
    const solo = await person(stage.sql, replica.process.url, 'solo', [], scopes);
    const { asked, call } = await connect({ url: {} }, () => ({ action: 'accept' }), solo.key);
    const calling = call('propose_change', { title: 'Alone', files: [{ path: 'alone.txt', content: 'one\n' }] });
    const { approvalId } = await pendingApproval(solo, WRITE);
    await eventually('the page is offered', () => asked.length > 0);
    const page = expect.stringContaining(`https://assent.example/ui/approvals/${approvalId}`) as string;
    expect(asked).toMatchObject([{ mode: 'url', url: page }]);
    await decideNext({ ...replica, reviewer: solo }, WRITE, 'approve');
    expect(stateOf(await calling)).toBe('applied');
    expect(asked).toHaveLength(1);
  });

  it('offers no page to a person who may not decide', async () => {
    const asker = await person(stage.sql, replica.process.url, 'asker', [], ['run:write', 'run:read']);
    const { asked, call } = await connect({ url: {} }, () => ({ action: 'accept' }), asker.key);
    const args = { title: 'Asked', files: [{ path: 'asked.txt', content: 'one\n' }], waitSeconds: 0 };
    expect(stateOf(await call('propose_change', args))).toBe('pending');
    expect(asked).toEqual([]);
    await decideNext(replica, WRITE, 'reject');
  });

  it('answers a task where the client takes one, until a person has decided', async () => {
    const files = [{ path: 'task.txt', content: 'one\n' }];
    const call = { name: 'propose_change', arguments: { title: 'As a task', files } };
    const created = resultOf(await ask('tools/call', call, withTasks));
    expect(created).toMatchObject({
      resultType: 'task',
      taskId: expect.any(String) as string,
      status: 'working',
      ttlMs: expect.any(Number) as number,
      pollIntervalMs: 5_000,
    });
    const { taskId } = created;
    expect(await task(taskId)).toMatchObject({ resultType: 'complete', taskId, status: 'working' });
    await decideNext(replica, WRITE, 'approve');
    const done = await eventually('the task is completed', async () => {
      const read = await task(taskId);
      return read['status'] === 'completed' ? read : null;
    });
    expect(done).toMatchObject({ result: { structuredContent: { state: 'applied', runId: taskId } } });
  });

  it('answers a rejection as the result of a completed task', async () => {
    const files = [{ path: 'rejected.txt', content: 'one\n' }];
    const call = { name: 'propose_change', arguments: { title: 'Not as a task', files } };
    const { taskId } = resultOf(await ask('tools/call', call, withTasks));
    await decideNext(replica, WRITE, 'reject', 'No.');
    const done = await eventually('the task is completed', async () => {
      const read = await task(taskId);
      return read['status'] === 'completed' ? read : null;
    });
    expect(done).toMatchObject({ result: { isError: true, structuredContent: { state: 'rejected', comment: 'No.' } } });
  });

  it('asks by a task, takes its answer, and cancels it', async () => {
    const { runId: taskId } = await replica.developer.call('start', hidden());
    const asking = await eventually('the task asks', async () => {
      const read = await task(taskId);
      return read['status'] === 'input_required' ? read : null;
    });
    const [[requestId, request] = ['']] = Object.entries(asking['inputRequests'] as Json);
    expect(request).toMatchObject({
      method: 'elicitation/create',
      params: { message: 'Which file does the service read?' },
    });
    const inputResponses = {
      [requestId]: { action: 'accept', content: { answer: false } },
      unknown: { action: 'accept' },
    };
    expect(resultOf(await ask('tasks/update', { taskId, inputResponses }, withTasks))['resultType']).toBe('complete');
    await pendingApproval(replica.reviewer, WRITE);
    expect(resultOf(await ask('tasks/cancel', { taskId }, withTasks))['resultType']).toBe('complete');
    await eventually('the task is cancelled', async () => (await task(taskId))['status'] === 'cancelled');
  });

  it('has no tasks for clients that do not take them, and none that do not exist', async () => {
    const files = [{ path: 'plain.txt', content: 'one\n' }];
    const call = { name: 'propose_change', arguments: { title: 'Plain', files, waitSeconds: 0 } };
    const plain = resultOf(await ask('tools/call', call, {}));
    expect(plain).toMatchObject({ resultType: 'complete', structuredContent: { state: 'pending' } });
    const { runId } = plain['structuredContent'] as Json;
    expect((await ask('tasks/get', { taskId: runId }, {}))['error']).toMatchObject({ code: MISSING_CAPABILITY });
    for (const taskId of ['none', '0199c1a2-4c2d-7e32-9f60-7b8c9d0e1f0d'])
      expect((await ask('tasks/get', { taskId }, withTasks))['error']).toMatchObject({ code: INVALID_PARAMS });
    await decideNext(replica, WRITE, 'reject');
  });

  it('reports no task on a subscription, and refuses one for tasks by a client that does not take them', async () => {
    const { runId } = await replica.developer.call('start', hidden());
    const listen = { notifications: { taskIds: [runId], resourceSubscriptions: [] } };
    expect(await ask('subscriptions/listen', listen, {})).toMatchObject({
      id: 1,
      error: { code: MISSING_CAPABILITY, data: { requiredCapabilities: { extensions: { [TASKS]: {} } } } },
    });
    const options = { versionNegotiation: { mode: 'auto' }, capabilities: { extensions: { [TASKS]: {} } } } as const;
    const client = new Client({ name: 'test-client', version: '1' }, options);
    clients.push(client);
    const requestInit = { headers: { authorization: `Bearer ${DEVELOPER_KEY}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', replica.process.url), { requestInit }));
    expect((await client.listen({ ...listen.notifications })).honoredFilter).toEqual({});
    await replica.developer.call('run/cancel', { runId });
  });

  describe('events', () => {
    const poll = async (params: Json, key?: string): Promise<Json> =>
      resultOf(await ask('events/poll', params, {}, key));

    it('are listed with their schemas, by the scopes of the caller', async () => {
      const reader = await person(stage.sql, replica.process.url, 'events', [], ['run:read']);
      const namesFor = async (key?: string) => {
        const { events } = resultOf(await ask('events/list', {}, {}, key)) as {
          events: { name: string; delivery: string[] }[];
        };
        expect(events.every(({ delivery }) => delivery.join() === 'poll,webhook')).toBe(true);
        return events.map(({ name }) => name);
      };
      expect(await namesFor()).toEqual(expect.arrayContaining(['approval.decided', 'run.completed']));
      expect(await namesFor(reader.key)).not.toContain('approval.decided');
      const refused = await ask('events/poll', { name: 'approval.decided' }, {}, reader.key);
      expect(refused['error']).toMatchObject({ code: FORBIDDEN });
    });

    it('of approvals come after the cursor, once', async () => {
      const { cursor } = await poll({ name: 'approval.decided', cursor: null });
      const files = [{ path: 'event.txt', content: 'one\n' }];
      const call = { name: 'propose_change', arguments: { title: 'An event', files, waitSeconds: 0 } };
      const { runId } = resultOf(await ask('tools/call', call, {}))['structuredContent'] as Json;
      await decideNext(replica, WRITE, 'reject');
      const page = await eventually('the decision is there', async () => {
        const read = await poll({ name: 'approval.decided', arguments: { runId }, cursor });
        return (read['events'] as Json[]).length > 0 ? read : null;
      });
      expect(page).toMatchObject({
        events: [
          { name: 'approval.decided', data: { runId, state: 'rejected' }, eventId: expect.any(String) as string },
        ],
        truncated: false,
      });
      const next = await poll({ name: 'approval.decided', arguments: { runId }, cursor: page['cursor'] });
      expect(next).toMatchObject({ events: [], hasMore: false, nextPollMs: 5_000 });
      const old = await poll({ name: 'approval.decided', arguments: { runId }, cursor, maxAgeMs: 0 });
      expect(old).toMatchObject({ events: [], truncated: true });
    });

    it('of a run come from its frames', async () => {
      const { runId } = await replica.developer.call('start', hidden());
      expect(await poll({ name: 'run.cancelled', arguments: { runId }, cursor: '0' })).toMatchObject({ events: [] });
      await replica.developer.call('run/cancel', { runId });
      const page = await poll({ name: 'run.cancelled', arguments: { runId }, cursor: '0' });
      expect(page).toMatchObject({ events: [{ name: 'run.cancelled', data: { runId } }], hasMore: false });
      expect((await ask('events/poll', { name: 'run.exploded' }, {}))['error']).toMatchObject({
        code: UNKNOWN_EVENT,
        data: { kind: 'event', pointer: '/name' },
      });
      for (const params of [{ name: 'run.cancelled' }, { name: 'run.cancelled', arguments: { runId }, cursor: 'x' }])
        expect((await ask('events/poll', params, {}))['error']).toMatchObject({ code: INVALID_PARAMS });
    });
  });
});
