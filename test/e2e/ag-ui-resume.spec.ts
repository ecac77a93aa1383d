import { randomUUID } from 'node:crypto';
import { AssentAgent } from '@assent/client/ag-ui';
import { AgUiClient, assentProps, badEvents, type Turn, type WireEvent } from '../support/ag-ui';
import type { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { freePort } from '../support/free-port';
import { breaksOff } from '../support/model-replies';
import { FINISHES, MODEL_GOAL, ModelScene, READS } from '../support/model-scene';
import { playing } from '../support/model-script';
import { person } from '../support/people';
import { readPlan, writePlan } from '../support/plans';
import { searching } from '../support/search-model';

/** Bytes of a response after which a connection of `AssentAgent` breaks. */
const CUTS = [1, 300, 700, 1_500, 3_000, 5_000, 8_000, 12_000];

describe('an AG-UI client that is cut off', () => {
  let scene: ModelScene;
  let ann: Caller;

  beforeAll(async () => {
    scene = await ModelScene.open({ SELF_APPROVAL: 'allow', LLM_MAX_RETRIES: '1' });
    ann = await person(scene.stage.sql, scene.replica.process.url, 'ann');
  });
  afterAll(() => scene.close());

  const endOf = ({ agent }: AgUiClient) => ({
    state: agent.state as unknown,
    messages: agent.messages,
    interrupts: agent.pendingInterrupts,
  });
  /** Cuts a client after each event of a turn and sends the same input again. */
  const expectEqualAfterEachCut = async (threadId: string, turns: readonly Turn[], events: number): Promise<void> => {
    const uncut = new AgUiClient(ann, threadId, MODEL_GOAL);
    for (const turn of turns) await uncut.turn(turn);
    for (let cutAfter = 1; cutAfter < events; cutAfter += 1) {
      const client = new AgUiClient(ann, threadId, MODEL_GOAL);
      for (const turn of turns.slice(0, -1)) await client.turn(turn);
      const turn = turns.at(-1) ?? {};
      await client.turn({ ...turn, cutAfter });
      const again = await client.turn(turn);
      expect(badEvents(again)).toEqual([]);
      expect({ cutAfter, ...endOf(client) }).toEqual({ cutAfter, ...endOf(uncut) });
    }
  };

  it('has the same state and messages after a cut at any event as without one: a run of the caller', async () => {
    const threadId = randomUUID();
    const trace = ['It was three seconds.', 'Somebody changed it.'];
    const forwardedProps = assentProps(readPlan('README.md', { trace }));
    const turn = { runId: randomUUID(), forwardedProps };
    const { length } = await new AgUiClient(ann, threadId, MODEL_GOAL).turn(turn);
    await expectEqualAfterEachCut(threadId, [turn], length);
  });

  it('has the same state and messages: an interrupt, and the turn after it', async () => {
    const threadId = randomUUID();
    const start = { runId: randomUUID(), forwardedProps: assentProps(writePlan('cut.txt', 'x')) };
    const client = new AgUiClient(ann, threadId, MODEL_GOAL);
    const { length } = await client.turn(start);
    await expectEqualAfterEachCut(threadId, [start], length);
    const [interrupt] = client.agent.pendingInterrupts;
    const hash = (interrupt?.responseSchema?.['properties'] as { hash: { const: string } }).hash.const;
    const payload = { decision: 'approve', hash };
    const resume = [{ interruptId: interrupt?.id ?? '', status: 'resolved' as const, payload }];
    const end = { runId: randomUUID(), resume };
    const { length: more } = await client.turn(end);
    const uncut = endOf(client);
    for (let cutAfter = 1; cutAfter < more; cutAfter += 1) {
      const cut = new AgUiClient(ann, threadId, MODEL_GOAL);
      cut.agent.setMessages(uncut.messages.slice(0, 2));
      await cut.turn({ ...end, cutAfter });
      await cut.turn(end);
      expect({ cutAfter, ...endOf(cut) }).toEqual({ cutAfter, ...uncut });
    }
  });

  it('has the same state and messages: a run of a model that was asked twice', async () => {
    scene.endpoint.script(playing([{ plan: breaksOff(READS, 'reset') }, { plan: READS }, { plan: FINISHES }]));
    const threadId = randomUUID();
    const turn = { runId: randomUUID(), forwardedProps: assentProps({ workspace: 'example', memory: false }) };
    const first = new AgUiClient(ann, threadId, MODEL_GOAL);
    const events = await first.turn(turn);
    expect(first.agent.messages.map(({ role }) => role)).toEqual(
      expect.arrayContaining(['reasoning', 'assistant', 'tool']),
    );
    await expectEqualAfterEachCut(threadId, [turn], events.length);
  });

  it('has the same state and messages: a run that searches for its plan', async () => {
    scene.endpoint.script(searching());
    const threadId = randomUUID();
    const search = { rules: { maxIter: 2, judging: 'single' as const } };
    const props = { workspace: 'example', memory: false, deliberation: 'search' as const, search };
    const turn = { runId: randomUUID(), forwardedProps: assentProps(props) };
    const first = new AgUiClient(ann, threadId, MODEL_GOAL);
    const events = await first.turn(turn);
    expect(badEvents(events)).toEqual([]);
    expect(first.agent.messages.filter(({ role }) => role === 'activity')).toMatchObject([
      { activityType: 'assent.search', content: { plans: 3, comparisons: 2, end: 'iterations' } },
    ]);
    await expectEqualAfterEachCut(threadId, [turn], events.length);
  });

  it('needs a key or a fresh ticket of the run for EventSource', async () => {
    const client = new AgUiClient(ann, randomUUID(), MODEL_GOAL);
    await client.turn({ forwardedProps: assentProps(readPlan('README.md')) });
    const runId = String(client.state['runId']);
    const { ticket } = await ann.call('stream/ticket', { runId });
    const statusOf = async (query: string) => {
      const response = await fetch(`${ann.url}/ag-ui/runs/${runId}/events${query}`);
      await response.text();
      return response.status;
    };
    expect([await statusOf(''), await statusOf(`?ticket=${ticket}`), await statusOf(`?ticket=${ticket}`)]).toEqual([
      401, 200, 401,
    ]);
  });

  it('gets each event once by EventSource, from the frame that it had last', async () => {
    const client = new AgUiClient(ann, randomUUID(), MODEL_GOAL);
    await client.turn({ forwardedProps: assentProps(readPlan('README.md')) });
    const runId = String(client.state['runId']);
    const eventsAfter = async (after: number): Promise<{ ids: number[]; events: WireEvent[] }> => {
      const response = await ann.fetch(`/ag-ui/runs/${runId}/events`, { headers: { 'last-event-id': String(after) } });
      if (response.status === 204) return { ids: [], events: [] };
      const text = await response.text();
      const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as WireEvent);
      return { ids: [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)), events };
    };
    const all = await eventsAfter(0);
    const seqOf = ({ metadata }: WireEvent) => (metadata as Record<string, number>)['assent/seq'] ?? 0;
    for (const id of all.ids)
      expect((await eventsAfter(id)).events).toEqual(all.events.filter((event) => seqOf(event) > id));
    expect(all.events.map(({ type }) => type)).toEqual(client.events.map(({ type }) => type));
  });

  it('resumes by itself as AssentAgent after a cut within an event', async () => {
    const forwardedProps = assentProps(readPlan('README.md'));
    const play = async (cut: number) => {
      let left = 1;
      const agent = new AssentAgent({
        url: `${ann.url}/ag-ui`,
        headers: ann.authorization,
        threadId: randomUUID(),
        initialMessages: [{ id: 'goal', role: 'user', content: MODEL_GOAL }],
        fetch: async (url, init) => {
          const response = await fetch(url, init);
          left -= 1;
          return left < 0 || cut === 0 ? response : brokenAfter(response, cut);
        },
      });
      const events: WireEvent[] = [];
      await agent.runAgent({ forwardedProps }, { onEvent: ({ event }) => void events.push(event) });
      return {
        connections: 1 - left,
        types: events.map(({ type }) => type),
        roles: agent.messages.map(({ role }) => role),
      };
    };
    const whole = await play(0);
    const broken = await Promise.all(CUTS.map(play));
    for (const { types, roles } of broken) expect({ types, roles }).toEqual({ types: whole.types, roles: whole.roles });
    expect(broken.filter(({ connections }) => connections === 2).length).toBeGreaterThan(CUTS.length / 2);
  });

  it('goes on as AssentAgent when frames that it lacks were deleted during a cut', async () => {
    const { reviewer, developer } = scene.replica;
    const broken = new AbortController();
    let isDeleted = false;
    let connections = 0;
    const agent = new AssentAgent({
      url: `${ann.url}/ag-ui`,
      headers: ann.authorization,
      threadId: randomUUID(),
      initialMessages: [{ id: 'goal', role: 'user', content: MODEL_GOAL }],
      fetch: async (url, init) => {
        connections += 1;
        if (connections > 1) await eventually('the frames are deleted', () => isDeleted);
        const response = await fetch(url, init);
        return connections > 1 ? response : brokenBy(response, broken.signal);
      },
    });
    const events: WireEvent[] = [];
    const forwardedProps = assentProps(writePlan('gap.txt', 'x'), { wait: 'stream' });
    const ended = agent.runAgent({ forwardedProps }, { onEvent: ({ event }) => void events.push(event) });
    const { content } = await eventually('it waits', () =>
      events.find(({ activityType }) => activityType === 'assent.waiting'),
    );
    broken.abort();
    const { approvalId, hash } = content as { readonly approvalId: string; readonly hash: string };
    const { runId } = await reviewer.call('approval/decide', { approvalId, decision: 'approve', hash });
    await framesUntil(developer, String(runId), 'run.completed');
    await scene.stage.rows('delete from frames where run_id = $1', [runId]);
    isDeleted = true;
    await ended;
    expect(events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', result: { kind: 'applied' } });
    const count = (wanted: string) => events.filter(({ type, name }) => type === wanted || name === wanted).length;
    expect(['RUN_STARTED', 'assent.gap', 'RUN_FINISHED'].map(count)).toEqual([1, 1, 1]);
    expect(agent.state).toMatchObject({ assent: { state: 'completed' } });
    expect(badEvents(events)).toEqual([]);
  });

  it('goes on as AssentAgent, each event once, when the server was killed and has started again', async () => {
    const settings = { SELF_APPROVAL: 'allow', PORT: String(await freePort()) };
    const first = await scene.stage.start(settings);
    const agent = new AssentAgent({
      url: `${first.process.url}/ag-ui`,
      headers: ann.authorization,
      threadId: randomUUID(),
      initialMessages: [{ id: 'goal', role: 'user', content: MODEL_GOAL }],
    });
    const events: WireEvent[] = [];
    const forwardedProps = assentProps(writePlan('restarted.txt', 'x'), { wait: 'stream' });
    const ended = agent.runAgent({ forwardedProps }, { onEvent: ({ event }) => void events.push(event) });
    const { content } = await eventually('it waits', () =>
      events.find(({ activityType }) => activityType === 'assent.waiting'),
    );
    const { approvalId, hash } = content as { readonly approvalId: string; readonly hash: string };
    await first.process.kill();
    const second = await scene.stage.start(settings);
    await second.reviewer.call('approval/decide', { approvalId, decision: 'approve', hash });
    await ended;
    expect(events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', result: { kind: 'applied' } });
    const count = (wanted: string) => events.filter(({ type }) => type === wanted).length;
    expect(['RUN_STARTED', 'STATE_SNAPSHOT', 'TOOL_CALL_START', 'TOOL_CALL_RESULT'].map(count)).toEqual([1, 1, 1, 1]);
    expect(await scene.stage.read('restarted.txt')).toBe('x');
    expect(badEvents(events)).toEqual([]);
  });
});

/** The response of a connection that breaks after so many bytes. */
function brokenAfter(response: Response, bytes: number): Response {
  let left = bytes;
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      controller.enqueue(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) controller.error(new Error('the connection broke'));
    },
  });
  return new Response(response.body?.pipeThrough(cut) ?? null, response);
}

/** The response of a connection that breaks when the signal is aborted. */
function brokenBy(response: Response, signal: AbortSignal): Response {
  const passed = new TransformStream<Uint8Array, Uint8Array>();
  void response.body?.pipeTo(passed.writable, { signal }).catch(() => undefined);
  return new Response(passed.readable, response);
}
