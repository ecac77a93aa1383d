import type { StepCall, StepDiff } from '../step/step.context';
import { FakeStore, callOf, diffOf, runOf } from '../testing/fakes';
import { ApprovePhase } from './approve.phase';

const CONTENT = Buffer.from(JSON.stringify({ v: 1, tool: 'file.edit', workspace: 'example', patch: '', files: [] }));

/** The approve phase with one approval policy and one flag. */
class Scene {
  auto: { rule: string; version: string } | null = null;
  flag = true;
  /** The last question to the policies. */
  question: { personRequired?: boolean; tainted?: boolean } = {};
  readonly store = new FakeStore();
  private readonly phase: ApprovePhase;

  constructor() {
    const revisions = {
      evaluate: (_tenantId: string, question: object) => {
        this.question = question;
        const requirements = { clauses: [], agenda: [] };
        return Promise.resolve({ auto: this.auto, requirements, risks: [], ttlSeconds: 60 });
      },
    };
    this.phase = new ApprovePhase(
      revisions as never,
      { enabled: () => Promise.resolve(this.flag) } as never,
      { env: { APPROVAL_TTL_SECONDS: 3_600 } } as never,
      { text: (text: string) => text } as never,
    );
  }

  run(call: StepCall = callOf(), diff: StepDiff = diffOf({ content: CONTENT })) {
    const updatedAt = new Date('2026-01-01T00:00:00.000Z');
    return this.phase.run(this.store.context(runOf({ updatedAt }), { call, diff }));
  }
}

const typesOf = ({ frames }: { frames: readonly { type: string }[] }) => frames.map(({ type }) => type);

describe('the approve phase', () => {
  it('stores the diff with a pending approval, and waits', async () => {
    const result = await new Scene().run();
    expect(typesOf(result)).toEqual(['approval.requested', 'request', 'run.waiting']);
    expect([result.next.kind, result.writes.length]).toEqual(['asked', 2]);
  });

  it('counts the time limit from the last commit of the run', async () => {
    const { frames } = await new Scene().run();
    const { expiresAt } = frames[0]?.body as { expiresAt: string };
    const secondsLeft = (Date.parse(expiresAt) - Date.parse('2026-01-01T00:00:00.000Z')) / 1_000;
    expect(secondsLeft).toBeGreaterThanOrEqual(60);
    expect(secondsLeft).toBeLessThan(70);
  });

  it('goes on at once when a policy of tools or of approvals has approved', async () => {
    const byTools = await new Scene().run(
      callOf({ verdict: 'allow' }),
      diffOf({ content: CONTENT, state: 'approved' }),
    );
    const scene = new Scene();
    scene.auto = { rule: 'small', version: '1' };
    for (const result of [byTools, await scene.run()]) {
      expect([typesOf(result), result.next.kind, result.writes.length]).toEqual([['approval.decided'], 'approved', 3]);
      expect(result.carry.diff?.state).toBe('approved');
    }
  });

  it('tells the policies when a person has to decide, and whether the call is tainted', async () => {
    const scene = new Scene();
    await scene.run();
    expect(scene.question).toMatchObject({ personRequired: false, tainted: true });
    await scene.run(callOf({ rule: 'start.0' }));
    expect(scene.question.personRequired).toBe(true);
    scene.flag = false;
    await scene.run();
    expect(scene.question.personRequired).toBe(true);
    scene.store.params = {
      goal: 'fix it',
      actions: [{ id: 'fix', kind: 'tool', label: 'Fix', tool: 'file.edit', args: { path: 'a.txt' } }],
    };
    await scene.run();
    expect(scene.question.tainted).toBe(false);
  });

  it('fails without a diff from the act phase', async () => {
    const phase = new ApprovePhase({} as never, {} as never, {} as never, {} as never);
    await expect((async () => phase.run(new FakeStore().context(runOf())))()).rejects.toThrow('never drafted');
  });
});
