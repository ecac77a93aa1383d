import { ExpirySweep } from './expiry.sweep';

interface Overdue {
  readonly requestId: string;
}

/** A sweep as `Sweeper.items` takes it. */
interface DeclaredSweep {
  readonly name: string;
  readonly everyMs: number;
  find(limit: number, except: readonly string[]): Promise<readonly Overdue[]>;
  keyOf(item: Overdue): string;
  handle(item: Overdue): Promise<boolean>;
}

/** The sweeps that the constructor declares, over one overdue question and one overdue call. */
class Scene {
  readonly sweeps: DeclaredSweep[] = [];
  readonly asked: unknown[] = [];
  readonly expired: unknown[] = [];

  constructor() {
    const repository = (requestId: string) => ({
      due: (limit: number, except: readonly string[]) => {
        this.asked.push([requestId, limit, except]);
        return Promise.resolve([{ requestId }]);
      },
    });
    const service = (kind: string) => ({
      expire: ({ requestId }: Overdue) => {
        this.expired.push([kind, requestId]);
        return Promise.resolve(true);
      },
    });
    new ExpirySweep(
      repository('req_question') as never,
      service('question') as never,
      repository('req_call') as never,
      service('call') as never,
      { items: (sweep: DeclaredSweep) => this.sweeps.push(sweep) } as never,
    );
  }
}

describe('the sweep over overdue requests', () => {
  it('expires questions and calls in sweeps of their own, so that neither delays the other', async () => {
    const { sweeps, expired } = new Scene();
    expect(sweeps.map(({ name, everyMs }) => [name, everyMs])).toEqual([
      ['questions', 2_000],
      ['client_calls', 2_000],
    ]);
    for (const sweep of sweeps) {
      for (const item of await sweep.find(10, [])) await sweep.handle(item);
    }
    expect(expired).toEqual([
      ['question', 'req_question'],
      ['call', 'req_call'],
    ]);
  });

  it('leaves out the items that failed, by the ids of their requests', async () => {
    const { sweeps, asked } = new Scene();
    for (const sweep of sweeps) {
      const [item] = await sweep.find(5, ['req_failed']);
      expect(item && sweep.keyOf(item)).toBe(item?.requestId);
    }
    expect(asked).toEqual([
      ['req_question', 5, ['req_failed']],
      ['req_call', 5, ['req_failed']],
    ]);
  });
});
