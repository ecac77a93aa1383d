import pino from 'pino';
import { EngineService } from './engine.service';
import { runOf } from './testing/fakes';

/** The executor of a replica with capacity for two runs. `work` keeps every run in progress until the spec ends it. */
class Scene {
  readonly ends = new Map<string, () => void>();
  readonly signals = new Map<string, AbortSignal>();
  readonly released: string[][] = [];
  /** Runs whose leases this replica still holds in the table. */
  held: ReadonlySet<string> = new Set();
  wakes = 0;
  polls = 0;
  hint: () => void = () => undefined;
  readonly engine: EngineService;

  constructor(env: { LEASE_SECONDS?: number } = {}) {
    const worker = {
      work: ({ id }: { id: string }, _params: unknown, signal: AbortSignal) => {
        this.signals.set(id, signal);
        return new Promise<void>((resolve) => {
          this.ends.set(id, resolve);
          signal.addEventListener('abort', () => {
            resolve();
          });
        });
      },
    };
    const leases = {
      heartbeat: () => Promise.resolve(this.held),
      release: (runIds: string[]) => Promise.resolve(this.released.push(runIds)),
    };
    const notifier = {
      onWork: (listener: () => void) => {
        this.hint = listener;
      },
      wakeNow: () => Promise.resolve((this.wakes += 1)),
    };
    this.engine = new EngineService(
      { get: () => worker } as never,
      leases as never,
      notifier as never,
      { env: { LEASE_SECONDS: 60, MAX_ACTIVE_RUNS: 2, SHUTDOWN_GRACE_SECONDS: 0, ...env } } as never,
      pino({ level: 'silent' }),
    );
    this.engine.onModuleInit();
    this.engine.onApplicationBootstrap();
    this.engine.onFreeCapacity(() => (this.polls += 1));
  }
}

describe('the executor of a replica', () => {
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene();
  });
  afterEach(() => scene.engine.onModuleDestroy());

  it('counts reserved and active runs against its capacity', () => {
    const { engine } = scene;
    expect([engine.reserve(), engine.reserve(), engine.reserve()]).toEqual([true, true, false]);
    engine.accept(runOf({ id: 'a' }));
    engine.release();
    expect([engine.freeCapacity, engine.activeRuns]).toEqual([0, 1]);
    engine.release();
    expect(engine.freeCapacity).toBe(1);
  });

  it('polls when a full replica has capacity again, and when another replica queues runs', async () => {
    scene.engine.accept(runOf({ id: 'a' }));
    scene.engine.accept(runOf({ id: 'b' }));
    scene.hint();
    expect(scene.polls).toBe(0);
    scene.ends.get('a')?.();
    await new Promise(setImmediate);
    expect(scene.polls).toBe(1);
    scene.hint();
    expect(scene.polls).toBe(2);
  });

  it('stops a run that was cancelled', () => {
    scene.engine.accept(runOf({ id: 'a' }));
    scene.engine.drop('a');
    expect(scene.signals.get('a')?.aborted).toBe(true);
  });

  it('accepts nothing while it drains, and releases what is left for other replicas at once', async () => {
    const { engine } = scene;
    engine.accept(runOf({ id: 'a' }));
    engine.drain();
    expect([engine.isDraining, engine.reserve()]).toEqual([true, false]);
    await engine.onModuleDestroy();
    expect([scene.signals.get('a')?.aborted, scene.released, scene.wakes]).toEqual([true, [['a']], 1]);
  });

  it('stops a run whose lease the table no longer has', async () => {
    const short = new Scene({ LEASE_SECONDS: 0.03 });
    short.held = new Set(['b']);
    short.engine.accept(runOf({ id: 'a' }));
    short.engine.accept(runOf({ id: 'b' }));
    const lost = short.signals.get('a');
    await new Promise((resolve) => {
      lost?.addEventListener('abort', resolve);
    });
    expect(short.signals.get('b')?.aborted).toBe(false);
    await short.engine.onModuleDestroy();
  });
});
