import { AssentError, type ClientTool, type GuardDecision, type JsonObject } from '@assent/contract';
import type { PlannedRead } from '@assent/planner';
import type { CallOptions } from '@assent/tools';
import { ClientCaller } from '../interrupts/client.caller';
import type { Carry, StepRead } from '../step/step.context';
import { FakeStore, callOf, runOf } from '../testing/fakes';
import { ReadCalls, inParallel } from './read.calls';

const HOSTED = { name: 'client.look', description: '', effect: 'read', inputSchema: {} } as ClientTool;

const reading = (...paths: readonly string[]): PlannedRead[] =>
  paths.map((path, index) => ({ actionId: `a${index + 1}`, tool: 'file.read', args: { path } }));
const looking = (actionId: string): PlannedRead => ({ actionId, tool: HOSTED.name, args: { at: actionId } });

/** The reads of one turn. The path of a read selects its result. */
class Scene {
  readonly keys: string[] = [];
  readonly store: FakeStore;
  readonly abort = new AbortController();
  answers: object[] = [];
  running = 0;
  most = 0;
  maxCalls = Infinity;
  private readonly reads: ReadCalls;

  constructor(parallel = 8) {
    const decide = ({ args }: { args: JsonObject }, before: number): GuardDecision => {
      const isDenied = args['path'] === 'secret' || before >= this.maxCalls;
      return { verdict: isDenied ? 'deny' : 'allow', rule: 'rule', reason: 'why' };
    };
    const tools = {
      decider: () => Promise.resolve(decide),
      effectOf: () => 'read',
      breakerOf: () => 'closed',
      redactForDisplay: (args: object) => ({ ...args, shown: true }),
      run: (call: StepRead, options: CallOptions) => this.read(call, options),
    };
    const metrics = { observe: (_tool: string, _what: string, work: () => unknown) => work() };
    const config = { env: { MAX_PARALLEL_READS: parallel, CLIENT_TOOL_SECONDS: 60 } } as never;
    this.store = new FakeStore(tools as never);
    this.reads = new ReadCalls(
      tools as never,
      metrics as never,
      new ClientCaller(config),
      { ofStep: () => Promise.resolve(this.answers) } as never,
      config,
    );
  }

  /** Runs the next phase of the turn, from the former phase's carry or from the store. */
  async run(reads: readonly PlannedRead[], carry?: Carry) {
    const run = runOf({ phase: 'plan', modelPlanned: true });
    const context = this.store.context(run, carry ?? {}, this.abort.signal);
    const started = await context.startedReads();
    return started ? this.reads.make(context, started) : this.reads.propose(context, reads);
  }

  private async read({ args }: StepRead, { signal, idempotencyKey }: CallOptions): Promise<object> {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    this.keys.push(idempotencyKey);
    await Promise.resolve();
    this.running -= 1;
    signal.throwIfAborted();
    if (args['path'] === 'gone') throw new AssentError('not_found', 'There is no such file.');
    if (args['path'] === 'away') throw new AssentError('overloaded', 'It cannot be reached.', { attempted: false });
    if (args['path'] === 'bug') throw new Error('a bug');
    if (args['path'] === 'big') return { content: 'x'.repeat(1_000_000) };
    return { path: args['path'] };
  }
}

const typesOf = ({ frames }: { frames: readonly { type: string }[] }) => frames.map(({ type }) => type);
const outcomesOf = ({ carry: { results = [] } }: { carry: Carry }) =>
  results.map(({ actionId, outcome }) => [
    actionId,
    outcome.kind === 'error' ? outcome.error.reason : outcome.result.output,
  ]);

describe('the reads of a turn', () => {
  it('are all committed before the first is made, and then all made', async () => {
    const scene = new Scene();
    const reads = reading('a', 'b', 'c');
    const called = await scene.run(reads);
    expect(typesOf(called)).toEqual(reads.flatMap(() => ['tool.proposed', 'tool.guarded', 'tool.started']));
    expect([called.next, called.writes.length, scene.keys]).toEqual([{ kind: 'called', phase: 'plan' }, 1, []]);
    const made = await scene.run(reads, called.carry);
    expect(typesOf(made)).toEqual(reads.flatMap(() => ['tool.output', 'tool.completed']));
    expect([made.next, made.writes.length]).toEqual([{ kind: 'ended' }, 1]);
    expect(outcomesOf(made)).toEqual([
      ['a1', { path: 'a' }],
      ['a2', { path: 'b' }],
      ['a3', { path: 'c' }],
    ]);
  });

  it('have a key each: that of the step, then one with a number', async () => {
    const scene = new Scene();
    const reads = reading('a', 'b', 'c');
    await scene.run(reads, (await scene.run(reads)).carry);
    expect(scene.keys).toEqual(['run:1', 'run:1:2', 'run:1:3']);
  });

  it('run at most so many at the same time as configured', async () => {
    const scene = new Scene(4);
    const reads = reading(...Array.from({ length: 10 }, (_, index) => `f${index}`));
    const made = await scene.run(reads, (await scene.run(reads)).carry);
    expect([scene.most, outcomesOf(made).length]).toEqual([4, 10]);
  });

  it('together return no more than a commit can hold, and say what is cut', async () => {
    const scene = new Scene();
    const outputsOf = async (count: number) => {
      const reads = reading(...Array.from({ length: count }, () => 'big'));
      const { frames } = await scene.run(reads, (await scene.run(reads)).carry);
      return frames.flatMap(({ type, body }) => (type === 'tool.output' ? [body] : []));
    };
    expect(JSON.stringify(await outputsOf(8))).not.toContain('"truncated":true');
    const outputs = await outputsOf(64);
    expect(JSON.stringify(outputs).length).toBeLessThan(9 * 1_048_576);
    expect(outputs.at(-1)).toMatchObject({ output: { truncated: true } });
  });

  it('are results, also when they are denied or fail', async () => {
    const scene = new Scene();
    const reads = reading('a', 'secret', 'gone', 'away');
    const called = await scene.run(reads);
    const denied = called.frames.find(({ type }) => type === 'tool.failed');
    expect(denied?.body).toMatchObject({ error: { reason: 'forbidden' } });
    const made = await scene.run(reads, called.carry);
    expect(outcomesOf(made)).toEqual([
      ['a1', { path: 'a' }],
      ['a2', 'forbidden'],
      ['a3', 'not_found'],
      ['a4', 'overloaded'],
    ]);
    expect(scene.keys).toEqual(['run:1', 'run:1:3', 'run:1:4']);
  });

  it('count against the budget of the run one by one', async () => {
    const scene = new Scene();
    scene.maxCalls = 2;
    const { carry } = await scene.run(reading('a', 'b', 'c'));
    expect(carry.readCalls?.map(({ state }) => state)).toEqual(['started', 'started', 'denied']);
  });

  it('end at once when none of them may be made', async () => {
    const scene = new Scene();
    const ended = await scene.run(reading('secret'));
    expect([ended.next.kind, outcomesOf(ended), scene.keys]).toEqual(['ended', [['a1', 'forbidden']], []]);
  });

  it('are made again after a takeover, with the arguments that the model gave and the same keys', async () => {
    const scene = new Scene();
    const reads = reading('a', 'secret', 'b');
    scene.store.turn = { reads };
    scene.store.calls = reads
      .map(({ actionId, tool }) => ({ ...callOf(), id: actionId, actionId, tool, args: { path: '[shown]' } }))
      .map((call) =>
        call.actionId === 'a2'
          ? { ...call, state: 'denied' as const, error: { reason: 'forbidden' as const, message: 'no' } }
          : { ...call, state: 'started' as const, error: null },
      );
    const made = await scene.run(reads);
    expect(outcomesOf(made)).toEqual([
      ['a1', { path: 'a' }],
      ['a2', 'forbidden'],
      ['a3', { path: 'b' }],
    ]);
    expect(scene.keys).toEqual(['run:1', 'run:1:3']);
  });

  it('throw what is a fault of the server, and what ends the run', async () => {
    const scene = new Scene();
    const reads = reading('a', 'bug');
    const { carry } = await scene.run(reads);
    await expect(scene.run(reads, carry)).rejects.toThrow('a bug');
    scene.abort.abort(new Error('cancelled'));
    await expect(scene.run(reading('a'), (await scene.run(reading('a'))).carry)).rejects.toThrow('cancelled');
    expect(scene.running).toBe(0);
  });
});

describe('reads by the client', () => {
  it('are asked for together, each by its own request, before the server makes the others', async () => {
    const scene = new Scene();
    scene.store.params = { goal: 'fix it', clientTools: [HOSTED] };
    const reads = [...reading('a'), looking('a2'), looking('a3')];
    const called = await scene.run(reads);
    expect([called.next, scene.keys]).toEqual([{ kind: 'called_client', phase: 'plan' }, []]);
    expect(called.frames.filter(({ type }) => type === 'tool.started')).toHaveLength(2);
    const requests = called.frames.flatMap(({ type, body }) => (type === 'request' ? [body] : []));
    expect(requests).toMatchObject([
      { params: { tool: HOSTED.name, args: { at: 'a2' }, idempotencyKey: 'run:1:2' } },
      { params: { tool: HOSTED.name, args: { at: 'a3' }, idempotencyKey: 'run:1:3' } },
    ]);
    const requestIds = requests.map((body) => (body as { id?: string }).id);
    expect(called.frames.at(-1)).toMatchObject({
      type: 'run.waiting',
      body: { for: 'client_tool', requestId: requestIds[0], requestIds },
    });
  });

  it('are results as the client has answered them, and the server makes the others then', async () => {
    const scene = new Scene();
    scene.store.params = { goal: 'fix it', clientTools: [HOSTED] };
    const reads = [...reading('a'), looking('a2'), looking('a3')];
    scene.store.turn = { reads };
    scene.store.calls = reads.map(({ actionId, tool }) => ({
      ...callOf(),
      id: actionId,
      actionId,
      tool,
      state: actionId === 'a1' ? ('started' as const) : ('completed' as const),
      error: null,
    }));
    scene.answers = [
      { callId: 'a2', actionId: 'a2', state: 'answered', diffId: null, output: { seen: 2 } },
      { callId: 'a3', actionId: 'a3', state: 'expired', diffId: null, error: 'too late' },
    ];
    const made = await scene.run(reads);
    expect(outcomesOf(made)).toEqual([
      ['a1', { path: 'a' }],
      ['a2', { seen: 2 }],
      ['a3', 'timeout'],
    ]);
    expect(typesOf(made)).toEqual(['tool.started', 'tool.output', 'tool.completed']);
  });

  it('wait for the rest when a replica of the version before has resumed the run with the first answer', async () => {
    const scene = new Scene();
    scene.store.params = { goal: 'fix it', clientTools: [HOSTED] };
    const reads = [looking('a1'), looking('a2')];
    scene.store.turn = { reads };
    scene.store.calls = reads.map((read) => ({
      ...callOf(),
      ...read,
      id: read.actionId,
      state: 'started',
      error: null,
    }));
    scene.answers = [
      { requestId: 'req_1', callId: 'a1', actionId: 'a1', state: 'answered', diffId: null, output: {} },
      { requestId: 'req_2', callId: 'a2', actionId: 'a2', state: 'pending', diffId: null },
    ];
    const made = await scene.run(reads);
    expect(made.next).toEqual({ kind: 'called_client', phase: 'plan' });
    expect(made.frames).toMatchObject([{ type: 'run.waiting', body: { for: 'client_tool', requestId: 'req_2' } }]);
  });
});

describe('work in parallel', () => {
  it.each([1, 3, 8])(
    'runs at most so many at the same time, and gives results in the order of the items: %i',
    async (limit) => {
      let running = 0;
      let most = 0;
      const results = await inParallel([5, 1, 4, 2, 3, 0], limit, async (item) => {
        running += 1;
        most = Math.max(most, running);
        for (let turns = 0; turns < item; turns += 1) await Promise.resolve();
        running -= 1;
        return item * 10;
      });
      expect(results).toEqual([50, 10, 40, 20, 30, 0]);
      expect(most).toBe(Math.min(limit, 6));
    },
  );

  it('ends only when nothing runs any more, with what was thrown', async () => {
    const ended: number[] = [];
    const work = inParallel([1, 2, 3], 3, async (item) => {
      for (let turns = 0; turns < item * 3; turns += 1) await Promise.resolve();
      ended.push(item);
      if (item === 1) throw new Error('broken');
      return item;
    });
    await expect(work).rejects.toThrow('broken');
    expect(ended).toEqual([1, 2, 3]);
  });

  it('has nothing to do', async () => {
    expect(await inParallel([], 8, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});
