import { randomUUID } from 'node:crypto';
import type { Interrupt, Tool } from '@ag-ui/client';
import type { StartParams } from '@assent/contract';
import { AgUiClient, assentProps, badEvents, typesOf, type WireEvent } from '../support/ag-ui';
import type { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { offerOf } from '../support/pending';
import { person } from '../support/people';
import { hidden, readPlan, writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const GOAL = 'Raise the payment timeout';
/** The longest patch in the state. */
const PATCH_MAX_BYTES = 65_536;
/** Tools of the client that a run takes. */
const MAX_TOOLS = 64;

describe('the AG-UI endpoint', () => {
  let stage: Stage;
  let server: Replica;
  /** May start runs and decide them. */
  let ann: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ SELF_APPROVAL: 'allow' });
    ann = await person(stage.sql, server.process.url, 'ann');
    const rules = [{ id: 'two', paths: ['quorum/**'], quorum: 2 }];
    const { version } = await server.developer.call('approval/policy/get', {});
    await server.developer.call('approval/policy/set', { version, rules });
  });
  afterAll(() => stage.close());

  const clientOf = (caller: Caller, threadId: string = randomUUID()) => new AgUiClient(caller, threadId, GOAL);
  /** Starts a run and ends at its interrupt. */
  const interrupted = async (params: StartParams, caller = ann, more: object = {}, tools: Tool[] = []) => {
    const client = clientOf(caller);
    const runId = randomUUID();
    const turn = { runId, tools, forwardedProps: assentProps(params, more) };
    await client.turn(turn);
    const [interrupt] = client.agent.pendingInterrupts;
    if (!interrupt) throw new Error(`there is no interrupt: ${JSON.stringify(client.events.at(-1))}`);
    return { client, interrupt, turn };
  };
  const hashOf = ({ responseSchema }: Interrupt): unknown =>
    (responseSchema?.['properties'] as { hash?: { const: unknown } }).hash?.const;
  const answer = (interrupt: Interrupt, decision: 'approve' | 'reject', more: object = {}) => ({
    resume: [
      {
        interruptId: interrupt.id,
        status: 'resolved' as const,
        payload: { decision, hash: hashOf(interrupt), ...more },
      },
    ],
  });
  const assentRunOf = (client: AgUiClient): string => String(client.state['runId']);
  const last = (events: readonly WireEvent[]): WireEvent | undefined => events.at(-1);

  it('runs to the end, with the state and the messages of the run', async () => {
    const client = clientOf(server.developer);
    await client.turn({ forwardedProps: assentProps(readPlan('README.md')) });
    expect(badEvents(client.events)).toEqual([]);
    expect(typesOf(client.events).filter((type) => type !== 'STATE_DELTA' && type !== 'CUSTOM')).toEqual([
      'RUN_STARTED',
      'STATE_SNAPSHOT',
      'STEP_STARTED',
      'STEP_FINISHED',
      'TOOL_CALL_START',
      'TOOL_CALL_ARGS',
      'TOOL_CALL_END',
      'TOOL_CALL_RESULT',
      'TEXT_MESSAGE_START',
      'TEXT_MESSAGE_CONTENT',
      'TEXT_MESSAGE_END',
      'RUN_FINISHED',
    ]);
    expect(client.state).toMatchObject({
      state: 'completed',
      goal: GOAL,
      call: { tool: 'file.read', state: 'completed' },
    });
    expect(client.agent.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect(last(client.events)).toMatchObject({ outcome: { type: 'success' }, result: { kind: 'output' } });
  });

  it('interrupts for the person who may decide, and goes on with the decision', async () => {
    const { client, interrupt, turn } = await interrupted(writePlan('ag-ui.txt', 'hello\n'));
    expect(interrupt).toMatchObject({ reason: 'assent:approval', message: 'Approve file.write: ag-ui.txt (+1 -0)?' });
    expect(client.state).toMatchObject({ diff: { hash: hashOf(interrupt), patch: expect.stringContaining('+hello') } });
    const second = clientOf(ann, client.agent.threadId);
    await second.turn(turn);
    expect(second.agent.pendingInterrupts).toEqual([interrupt]);
    expect(second.state).toEqual(client.state);
    expect(second.agent.messages).toEqual(client.agent.messages);
    await client.turn(answer(interrupt, 'approve', { comment: 'Fine.' }));
    expect(await stage.read('ag-ui.txt')).toBe('hello\n');
    expect(last(client.events)).toMatchObject({ outcome: { type: 'success' }, result: { kind: 'applied' } });
    expect(client.agent.messages.find(({ role }) => role === 'tool')).toMatchObject({
      toolCallId: interrupt.toolCallId,
    });
    expect(client.state).toMatchObject({
      approval: { state: 'approved', decision: { actor: 'ann', comment: 'Fine.' } },
    });
    expect(badEvents(client.events)).toEqual([]);
  });

  it('passes a rejection on', async () => {
    const { client, interrupt } = await interrupted(writePlan('rejected.txt', 'x'));
    await client.turn(answer(interrupt, 'reject'));
    expect(client.state).toMatchObject({
      state: 'completed',
      approval: { state: 'rejected' },
      diff: { state: 'rejected' },
    });
    expect(badEvents(client.events)).toEqual([]);
  });

  it('refuses a decision on content that has changed, and interrupts again with the new content', async () => {
    const { client, interrupt } = await interrupted(writePlan('revised.txt', 'old\n'));
    const approvalId = String(interrupt.metadata?.['assent/approvalId']);
    const files = [{ path: 'revised.txt', content: 'new\n' }];
    await server.reviewer.call('approval/revise', { approvalId, hash: String(hashOf(interrupt)), files });
    await client.turn(answer(interrupt, 'approve'));
    expect(client.events.find(({ type }) => type === 'RUN_ERROR')).toMatchObject({ code: 'content_changed' });
    const [again] = client.agent.pendingInterrupts;
    if (!again) throw new Error('there is no new interrupt');
    expect(again.id).toBe(interrupt.id);
    expect(hashOf(again)).not.toBe(hashOf(interrupt));
    expect(client.state).toMatchObject({ diff: { revision: 2, patch: expect.stringContaining('+new') } });
    await client.turn(answer(again, 'approve'));
    expect(await stage.read('revised.txt')).toBe('new\n');
    expect(badEvents(client.events)).toEqual([]);
  });

  it('shows for what the run waits where others decide, and goes on after their decision', async () => {
    const client = clientOf(server.developer);
    const turn = client.turn({ forwardedProps: assentProps(writePlan('waited.txt', 'x')) });
    const [approval] = await eventually('it is asked for', async () => {
      const { items } = await server.reviewer.call('approval/list', { state: 'pending', requester: 'developer' });
      return items.length > 0 ? items : null;
    });
    if (!approval) throw new Error('there is no approval');
    const { approvalId, hash } = approval;
    await server.reviewer.call('approval/decide', { approvalId, decision: 'approve', hash });
    const events = await turn;
    const activity = client.agent.messages.find(({ role }) => role === 'activity');
    expect(activity).toMatchObject({
      activityType: 'assent.waiting',
      content: { for: 'approval', approvalId, state: 'approved' },
    });
    expect(last(events)).toMatchObject({ outcome: { type: 'success' }, result: { kind: 'applied' } });
    expect(badEvents(events)).toEqual([]);
  });

  it('ends with the run that is cancelled', async () => {
    const client = clientOf(server.developer);
    const turn = client.turn({ forwardedProps: assentProps(writePlan('cancelled.txt', 'x')) });
    await eventually('the run waits', () => Promise.resolve(client.state['state'] === 'waiting' || null));
    await server.developer.call('run/cancel', { runId: assentRunOf(client) });
    expect(last(await turn)).toMatchObject({ outcome: { type: 'cancelled' } });
    expect(badEvents(client.events)).toEqual([]);
  });

  it('asks a question by an interrupt', async () => {
    const { client, interrupt } = await interrupted(hidden());
    expect(interrupt).toMatchObject({ reason: 'assent:question', message: 'Which file does the service read?' });
    expect(client.state['questions']).toHaveProperty([interrupt.id]);
    const resolved = ['first', 'second'].map((assumptionId) => ({ assumptionId, truth: true }));
    await client.turn({ resume: [{ interruptId: interrupt.id, status: 'resolved', payload: { resolved } }] });
    expect(client.state).toMatchObject({
      questions: {},
      assumptions: { first: { resolved: { truth: true, actor: 'ann' } } },
    });
    const [approval] = client.agent.pendingInterrupts;
    expect(approval).toMatchObject({
      reason: 'assent:approval',
      message: 'Approve file.write: config/true-true.txt (+1 -0)?',
    });
    expect(badEvents(client.events)).toEqual([]);
  });

  it('applies the default of a question that a person leaves', async () => {
    const { client, interrupt } = await interrupted(hidden({ questions: { onExpiry: 'likely' } }));
    await client.turn({ resume: [{ interruptId: interrupt.id, status: 'cancelled' }] });
    expect(client.state).toMatchObject({ assumptions: { first: { resolved: { truth: true } } } });
    expect(client.agent.pendingInterrupts).toMatchObject([{ reason: 'assent:approval' }]);
    expect(badEvents(client.events)).toEqual([]);
  });

  it('proposes the change again when the file has changed', async () => {
    await stage.write('stale.txt', 'old\n');
    const { client, interrupt } = await interrupted(writePlan('stale.txt', 'new\n'));
    await stage.write('stale.txt', 'newer\n');
    await client.turn(answer(interrupt, 'approve'));
    const offer = await offerOf(ann, {
      runId: assentRunOf(client),
      approvalId: String(interrupt.metadata?.['assent/approvalId']),
    });
    const [again] = client.agent.pendingInterrupts;
    if (!again) throw new Error('there is no new interrupt');
    expect(hashOf(again)).toBe(offer.hash);
    await client.turn(answer(again, 'approve'));
    expect(await stage.read('stale.txt')).toBe('new\n');
    expect(badEvents(client.events)).toEqual([]);
  });

  const LOOKUP = {
    name: 'lookup',
    description: 'Looks up an order',
    parameters: { type: 'object', properties: { order: { type: 'string' } } },
    metadata: { 'assent/effect': 'read' },
  };
  /** The same tool as an external effect, which a person approves. */
  const CHANGE = { ...LOOKUP, metadata: {} };
  const calling = (): Partial<StartParams> => ({
    memory: false,
    actions: [{ id: 'call', kind: 'tool', tool: 'client.lookup', args: { order: '7' } }],
    beliefs: {
      assumptions: [{ id: 'paid', text: 'Order 7 is paid', p: 0.9 }],
      gains: [{ actionId: 'call', when: {}, gain: 1 }],
    },
  });

  it('lets the client carry out its own tool, and goes on with the result', async () => {
    const client = clientOf(server.developer);
    const events = await client.turn({ tools: [LOOKUP], forwardedProps: assentProps(calling()) });
    const call = events.find(({ type }) => type === 'TOOL_CALL_START');
    const toolCallId = String(call?.['toolCallId']);
    expect(call).toMatchObject({ toolCallName: 'lookup' });
    expect(last(events)).toMatchObject({ outcome: { type: 'success', pendingToolCallIds: [toolCallId] } });
    client.agent.addMessage({ id: 'result', role: 'tool', toolCallId, content: '{"total":7}' });
    client.agent.addMessage({ id: 'other', role: 'tool', toolCallId: 'call_of_somebody_else', content: 'x' });
    const more = await client.turn({ tools: [LOOKUP] });
    expect(last(more)).toMatchObject({
      outcome: { type: 'success' },
      result: { kind: 'output', output: { total: 7 } },
    });
    expect(client.agent.messages.filter(({ role }) => role === 'tool').map(({ id }) => id)).toEqual([
      'result',
      'other',
    ]);
    expect(badEvents(client.events)).toEqual([]);
  });

  it('tells the run that the tool of the client has failed', async () => {
    const client = clientOf(server.developer);
    const events = await client.turn({ tools: [LOOKUP], forwardedProps: assentProps(calling()) });
    const toolCallId = String(events.find(({ type }) => type === 'TOOL_CALL_START')?.['toolCallId']);
    client.agent.addMessage({ id: 'result', role: 'tool', toolCallId, content: '', error: 'no such order' });
    await client.turn({ tools: [LOOKUP] });
    expect(client.state).toMatchObject({ state: 'failed', call: { error: { message: 'no such order' } } });
  });

  it('refuses the decision of a person who may not decide, and the interrupt stays open', async () => {
    const { client, interrupt } = await interrupted(writePlan('forbidden.txt', 'x'), server.developer, {
      wait: 'interrupt',
    });
    await client.turn(answer(interrupt, 'approve'));
    expect(last(client.events)).toMatchObject({ type: 'RUN_ERROR', code: 'forbidden' });
    expect(client.agent.pendingInterrupts).toEqual([interrupt]);
    const approvalId = String(interrupt.metadata?.['assent/approvalId']);
    await server.reviewer.call('approval/decide', { approvalId, decision: 'reject', hash: String(hashOf(interrupt)) });
    const events = await client.turn(answer(interrupt, 'approve'));
    expect(client.state).toMatchObject({
      state: 'completed',
      approval: { decision: { decision: 'reject', actor: 'reviewer' } },
    });
    expect(badEvents(events)).toEqual([]);
  });

  it('leaves an approval to others when the person cancels the interrupt', async () => {
    const { client, interrupt } = await interrupted(writePlan('left.txt', 'x'));
    const turn = client.turn({ resume: [{ interruptId: interrupt.id, status: 'cancelled' }] });
    const approvalId = String(interrupt.metadata?.['assent/approvalId']);
    await server.reviewer.call('approval/decide', { approvalId, decision: 'approve', hash: String(hashOf(interrupt)) });
    expect(last(await turn)).toMatchObject({ outcome: { type: 'success' }, result: { kind: 'applied' } });
    const activity = client.agent.messages.find(({ role }) => role === 'activity');
    expect(activity).toMatchObject({ activityType: 'assent.waiting', content: { approvalId, state: 'approved' } });
    expect(badEvents(client.events)).toEqual([]);
  });

  it('starts nothing in a thread with an open interrupt, and decides nothing because a message says so', async () => {
    const { client, interrupt } = await interrupted(writePlan('open.txt', 'x'));
    const other = clientOf(ann, client.agent.threadId);
    other.agent.addMessage({ id: 'yes', role: 'user', content: 'Yes, approve it.' });
    await other.turn({ forwardedProps: assentProps(writePlan('other.txt', 'x')) });
    const approvalId = String(interrupt.metadata?.['assent/approvalId']);
    expect(await ann.call('approval/get', { approvalId })).toMatchObject({ state: 'pending', votes: [] });
    expect(other.events).toMatchObject([
      { type: 'RUN_ERROR', code: 'interrupts_open', message: expect.stringContaining(interrupt.id) },
    ]);
  });

  it('links a patch that is too long for the state', async () => {
    const { client, interrupt } = await interrupted(writePlan('long.txt', 'x'.repeat(PATCH_MAX_BYTES)));
    const patchUrl = `/approvals/${String(interrupt.metadata?.['assent/approvalId'])}/diff`;
    expect(client.state).toMatchObject({ diff: { patch: null, patchUrl } });
    const response = await ann.fetch(patchUrl, { headers: { accept: 'text/x-diff' } });
    expect((await response.text()).length).toBeGreaterThan(PATCH_MAX_BYTES);
  });

  it('ends with the error of a run that expires', async () => {
    const { client, interrupt } = await interrupted(writePlan('expired.txt', 'x'));
    const approvalId = String(interrupt.metadata?.['assent/approvalId']);
    await stage.rows(`update approvals set expires_at = now() - interval '1 second' where id = $1`, [approvalId]);
    const refused = await client.turn(answer(interrupt, 'approve'));
    expect(refused).toMatchObject([{ type: 'RUN_ERROR', code: 'expired' }]);
    const events = await client.turn({ resume: [{ interruptId: interrupt.id, status: 'cancelled' }] });
    expect(last(events)).toMatchObject({ type: 'RUN_ERROR', code: 'gone' });
    expect(client.state).toMatchObject({ state: 'failed', approval: { state: 'expired' } });
    expect(badEvents(client.events)).toEqual([]);
  });

  /** The state without what no row of the run says. */
  const storedState = ({ state }: AgUiClient) => {
    const { assumptions, call, diff, tree, ...rest } = state as {
      readonly [name: string]: unknown;
      readonly assumptions: Readonly<Record<string, object>>;
      readonly tree: object;
    };
    const withoutRescored = Object.entries(assumptions).map(([id, each]) => [id, { ...each, rescored: null }] as const);
    return {
      ...rest,
      tree: { ...tree, warnings: [] },
      assumptions: Object.fromEntries(withoutRescored),
      diff: { ...(diff as object), written: null },
      callId: (call as { readonly callId: string } | null)?.callId,
    };
  };

  it('says how a run stands, and goes on, however many of its frames were deleted', async () => {
    const { client, interrupt, turn } = await interrupted(writePlan('quorum/gap.txt', 'x'));
    const { threadId } = client.agent;
    const runId = assentRunOf(client);
    const approvalId = String(interrupt.metadata?.['assent/approvalId']);
    const hash = String(hashOf(interrupt));
    await server.developer.call('assumption/resolve', { runId, assumptionId: 'too-short', truth: true });
    await framesUntil(server.developer, runId, 'tree.rescored');
    await server.reviewer.call('approval/decide', { approvalId, decision: 'approve', hash });
    const uncut = clientOf(ann, threadId);
    await uncut.turn(turn);
    const [row] = await stage.rows<{ seq: number }>('select seq from runs where id = $1', [runId]);
    const head = row?.seq ?? 0;
    expect(uncut.state).toMatchObject({
      assumptions: { 'too-short': { resolved: { truth: true } } },
      chosen: { actionId: 'write' },
      approval: { state: 'pending', votes: [{ actor: 'reviewer' }], needed: { people: 1 } },
    });
    let late = client;
    for (let cut = 1; cut <= head; cut += 1) {
      await stage.rows('delete from frames where run_id = $1 and seq <= $2', [runId, cut]);
      late = clientOf(ann, threadId);
      const events = await late.turn(turn);
      expect(badEvents(events)).toEqual([]);
      expect(events).toContainEqual(expect.objectContaining({ name: 'assent.gap', value: { earliest: cut + 1 } }));
      const stands = { state: storedState(late), interrupts: late.agent.pendingInterrupts };
      expect({ cut, ...stands }).toEqual({
        cut,
        state: storedState(uncut),
        interrupts: uncut.agent.pendingInterrupts,
      });
      expect(late.agent.messages).toMatchObject([{ role: 'user' }, { role: 'assistant', toolCalls: [{}] }]);
    }
    const events = await late.turn(answer(interrupt, 'approve'));
    expect(last(events)).toMatchObject({ outcome: { type: 'success' }, result: { kind: 'applied' } });
    expect(late.state).toMatchObject({ approval: { state: 'approved', decision: { actor: 'ann' } } });
    expect(late.agent.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect(await stage.read('quorum/gap.txt')).toBe('x');

    const finished = storedState(late);
    await stage.rows('delete from frames where run_id = $1', [runId]);
    const later = clientOf(ann, threadId);
    await later.turn(turn);
    expect({ ...storedState(later), callId: undefined }).toEqual({ ...finished, callId: undefined });
  });

  it('asks a question, and calls the tool of the client, without the frames that said so', async () => {
    const { client: asked, interrupt, turn } = await interrupted(hidden());
    await stage.rows('delete from frames where run_id = $1', [assentRunOf(asked)]);
    const late = clientOf(ann, asked.agent.threadId);
    await late.turn(turn);
    expect(late.agent.pendingInterrupts).toEqual([interrupt]);
    expect(late.state).toMatchObject({ questions: asked.state['questions'] });
    const resolved = ['first', 'second'].map((assumptionId) => ({ assumptionId, truth: true }));
    await late.turn({ resume: [{ interruptId: interrupt.id, status: 'resolved', payload: { resolved } }] });
    expect(late.agent.pendingInterrupts).toMatchObject([{ reason: 'assent:approval' }]);

    const client = clientOf(server.developer);
    const call = { runId: randomUUID(), tools: [LOOKUP], forwardedProps: assentProps(calling()) };
    const events = await client.turn(call);
    const toolCallId = String(events.find(({ type }) => type === 'TOOL_CALL_START')?.['toolCallId']);
    await stage.rows('delete from frames where run_id = $1', [assentRunOf(client)]);
    const other = clientOf(server.developer, client.agent.threadId);
    expect(last(await other.turn(call))).toMatchObject({ outcome: { pendingToolCallIds: [toolCallId] } });
    expect(other.agent.messages.at(-1)).toMatchObject({
      toolCalls: [{ id: toolCallId, function: { name: 'lookup', arguments: '{"order":"7"}' } }],
    });
    other.agent.addMessage({ id: 'result', role: 'tool', toolCallId, content: '{"total":7}' });
    expect(last(await other.turn({ tools: [LOOKUP] }))).toMatchObject({ result: { output: { total: 7 } } });
    expect(badEvents([...late.events, ...other.events])).toEqual([]);
  });

  it('says how a run ended whose frames were deleted', async () => {
    const client = clientOf(server.developer);
    const turn = { runId: randomUUID(), forwardedProps: assentProps(readPlan('README.md')) };
    await client.turn(turn);
    await stage.rows(`delete from frames where run_id = $1`, [assentRunOf(client)]);
    const late = clientOf(server.developer, client.agent.threadId);
    const events = await late.turn(turn);
    expect(typesOf(events)).toEqual(['RUN_STARTED', 'STATE_SNAPSHOT', 'MESSAGES_SNAPSHOT', 'CUSTOM', 'RUN_FINISHED']);
    const { tree, paths, chosen, assumptions } = client.state;
    expect(late.state).toMatchObject({ state: 'completed', goal: GOAL, tree, paths, chosen, assumptions, call: null });
    expect(late.agent.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'The tool has answered.' },
    ]);
    expect(badEvents(events)).toEqual([]);
  });

  it('maps a run of 10,000 frames', async () => {
    const client = clientOf(server.developer);
    const trace = Array.from({ length: 1_000 }, (_, index) => `Thought ${index}. `);
    const turn = { runId: randomUUID(), forwardedProps: assentProps(readPlan('README.md', { trace })) };
    await client.turn(turn);
    expect(client.agent.messages.find(({ role }) => role === 'reasoning')?.content).toBe(trace.join(''));
    // Every part of the trace ten times, in place: a caller may send a thousand.
    const runId = assentRunOf(client);
    await stage.rows(
      `with copied as (delete from frames where run_id = $1 returning *),
        parts as (select copied.*, n from copied, generate_series(1, case when type = 'trace.delta' then 10 else 1 end) n)
      insert into frames (run_id, seq, tenant_id, at, type, step, body)
        select run_id, row_number() over (order by seq, n), tenant_id, at, type, step, body from parts`,
      [runId],
    );
    const [row] = await stage.rows<{ seq: number }>('select max(seq) as seq from frames where run_id = $1', [runId]);
    expect(row?.seq).toBeGreaterThan(10_000);
    await stage.rows('update runs set seq = $2 where id = $1', [runId, row?.seq]);
    const { threadId } = client.agent;
    const messages = [{ id: 'goal', role: 'user', content: GOAL }];
    const response = await server.developer.post('/ag-ui', { ...turn, threadId, messages, tools: [], context: [] });
    const events = Array.from(
      (await response.text()).matchAll(/^data: (.*)$/gm),
      ([, json = '']) => JSON.parse(json) as WireEvent,
    );
    const parts = events.flatMap(({ type, delta }) => (type === 'REASONING_MESSAGE_CONTENT' ? [delta] : []));
    expect(parts.join('')).toBe(trace.map((part) => part.repeat(10)).join(''));
    expect(last(events)).toMatchObject({ type: 'RUN_FINISHED', metadata: { 'assent/seq': row?.seq } });
    expect(badEvents(events)).toEqual([]);
  });

  it('waits for a second person where the policy needs two, and shows who is missing', async () => {
    const { client, interrupt } = await interrupted(writePlan('quorum/a.txt', 'x'));
    const turn = client.turn(answer(interrupt, 'approve'));
    const approvalId = String(interrupt.metadata?.['assent/approvalId']);
    await eventually('one vote is counted', async () => {
      const { votes } = await server.reviewer.call('approval/get', { approvalId });
      return votes.length === 1;
    });
    await server.reviewer.call('approval/decide', { approvalId, decision: 'approve', hash: String(hashOf(interrupt)) });
    const events = await turn;
    expect(last(events)).toMatchObject({ outcome: { type: 'success' }, result: { kind: 'applied' } });
    const activity = client.agent.messages.find(({ role }) => role === 'activity');
    expect(activity).toMatchObject({ activityType: 'assent.waiting', content: { approvalId, state: 'approved' } });
    expect(events.filter(({ type }) => type.startsWith('ACTIVITY_')).map((event) => JSON.stringify(event))).toEqual(
      expect.arrayContaining([expect.stringContaining('"people":1')]),
    );
    expect(client.state).toMatchObject({ approval: { votes: [{ actor: 'ann' }] } });
    expect(badEvents(client.events)).toEqual([]);
  });

  it('approves an external effect with other arguments, and changes no files that way', async () => {
    const { client, interrupt } = await interrupted({ goal: GOAL, ...calling() }, ann, {}, [CHANGE]);
    expect(interrupt.responseSchema).toMatchObject({ properties: { editedArgs: { type: 'object' } } });
    const events = await client.turn({
      ...answer(interrupt, 'approve', { editedArgs: { order: '8' } }),
      tools: [CHANGE],
    });
    expect(client.state).toMatchObject({ approval: { revision: 2, decision: { actor: 'ann' } } });
    const { pendingToolCallIds: [toolCallId] = [] } = last(events)?.['outcome'] as { pendingToolCallIds?: string[] };
    const { pending } = await ann.call('run/get', { runId: assentRunOf(client) });
    expect(toolCallId).toEqual(expect.any(String));
    expect(pending).toMatchObject([{ params: { args: { order: '8' } } }]);
    expect(badEvents(client.events)).toEqual([]);
    const files = await interrupted(writePlan('edited.txt', 'x'));
    const { threadId } = files.client.agent;
    const messages = [{ id: 'goal', role: 'user', content: GOAL }];
    const edit = answer(files.interrupt, 'approve', { editedArgs: { path: 'y' } });
    const refused = await ann.post('/ag-ui', {
      threadId,
      runId: randomUUID(),
      messages,
      tools: [],
      context: [],
      ...edit,
    });
    expect([refused.status, await refused.json()]).toMatchObject([400, { pointer: '/resume/0/payload/editedArgs' }]);
  });

  it('answers errors before the first event as problem details', async () => {
    const input = (more: object = {}) => ({
      threadId: 't',
      runId: randomUUID(),
      messages: [{ id: '1', role: 'user', content: GOAL }],
      tools: [],
      context: [],
      forwardedProps: assentProps(readPlan('README.md')),
      ...more,
    });
    const refused = async (body: object, headers: Readonly<Record<string, string>> = {}, by = server.developer) => {
      const response = await by.post('/ag-ui', body, headers);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      return [response.status, ((await response.json()) as { pointer?: string }).pointer];
    };
    expect(await refused({})).toEqual([400, '/threadId']);
    expect(await refused(input({ messages: [] }))).toEqual([400, '/messages']);
    expect(await refused(input({ forwardedProps: { assent: { maxSteps: 0 } } }))).toEqual([
      400,
      '/forwardedProps/assent/maxSteps',
    ]);
    expect(await refused(input({ resume: [{ interruptId: 'req_1', status: 'resolved' }] }))).toEqual([
      404,
      '/resume/0/interruptId',
    ]);
    expect(await refused(input(), {}, server.reviewer)).toEqual([403, undefined]);
    expect(await refused(input(), { accept: 'application/x-protobuf' })).toEqual([406, undefined]);
    expect(await refused(input({ tools: [{ ...LOOKUP, name: 'Look up' }] }))).toEqual([422, undefined]);
    const tools = Array.from({ length: MAX_TOOLS + 1 }, (_, index) => ({ ...LOOKUP, name: `lookup${index}` }));
    expect(await refused(input({ tools }))).toEqual([422, undefined]);
    const long = [{ id: '1', role: 'user', content: 'x'.repeat(8_001) }];
    expect(await refused(input({ messages: long }))).toEqual([400, '/messages/0/content']);
    const first = input({ parentRunId: 'parent-1' });
    const { items } = await server.developer.call('run/list', { limit: 1 });
    await (await server.developer.post('/ag-ui', first)).text();
    const [newest] = (await server.developer.call('run/list', { limit: 1 })).items;
    expect([newest?.clientTraceId, newest?.runId === items[0]?.runId]).toEqual(['parent-1', false]);
    expect(await refused({ ...first, context: [{ description: 'more', value: 'text' }] })).toEqual([409, undefined]);
    const capabilities = await server.developer.fetch('/ag-ui/capabilities');
    expect(await capabilities.json()).toMatchObject({
      transport: { resumable: true },
      humanInTheLoop: { interrupts: true },
    });
  });
});
