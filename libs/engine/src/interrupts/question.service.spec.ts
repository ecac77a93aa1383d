import type { Principal, Tree } from '@assent/contract';
import type { QuestionRecord } from '@assent/planner';
import { FULL, FakeCommits, FakeStore, runOf, treeOf } from '../testing/fakes';
import { QuestionAsker } from './question.asker';
import { QuestionService } from './question.service';
import { QuestionVoider } from './question.voider';
import type { Consequence } from './waiting.runs';

const ANN = { tenantId: 'tenant', subject: 'ann' } as Principal;
const NOW = new Date('2026-01-01T00:00:00.000Z');
const ASK = { id: 'ask', kind: 'ask', label: 'Ask', question: 'Is the disk full?' } as const;

function treeWith(): Tree {
  return {
    ...treeOf(ASK),
    assumptions: [FULL],
    diagnostics: { questions: [{ actionId: 'ask', assumptionIds: ['full'] }] },
  } as unknown as Tree;
}

function questionOf(changes: Partial<QuestionRecord> = {}): QuestionRecord {
  return {
    requestId: 'req_1',
    tenantId: 'tenant',
    runId: 'run',
    step: 1,
    actionId: 'ask',
    state: 'pending',
    request: {
      runId: 'run',
      question: 'Is the disk full?',
      assumptions: [{ assumptionId: 'full', text: 'the disk is full', p: 0.3 }],
      onExpiry: 'likely',
      expiresAt: NOW.toISOString(),
    },
    answer: null,
    actor: null,
    expiresAt: NOW,
    resolvedAt: null,
    overdue: false,
    ...changes,
  };
}

/** The service over one question. */
class Scene {
  readonly store = new FakeCommits();
  /** The question returned by each read; the last entry repeats. */
  rows: (QuestionRecord | undefined)[] = [questionOf()];
  wakes = 0;
  readonly service = new QuestionService(
    { find: () => Promise.resolve(this.rows.length > 1 ? this.rows.shift() : this.rows[0]) } as never,
    { find: () => Promise.resolve(treeWith()) } as never,
    this.store.commits as never,
    this.store.dispatcher as never,
    { wake: () => (this.wakes += 1) } as never,
  );
}

describe('a question to a person', () => {
  it('is asked with the assumptions that it resolves, and the time limit of the run', async () => {
    const asker = new QuestionAsker({ env: { QUESTION_TTL_SECONDS: 60, QUESTION_DEFAULT: 'likely' } } as never);
    const store = new FakeStore();
    store.params = { goal: 'fix it', questions: { ttlSeconds: 5, onExpiry: 'true' } };
    const context = store.context(runOf());
    const before = context.now();
    const { frames, next, writes } = await asker.ask(context, ASK as never, treeWith());
    expect(frames).toMatchObject([
      {
        type: 'request',
        body: {
          method: 'input/request',
          params: { question: ASK.question, assumptions: [{ assumptionId: 'full', p: 0.3 }], onExpiry: 'true' },
        },
      },
      { type: 'run.waiting', body: { for: 'input' } },
    ]);
    const { expiresAt } = (frames[0]?.body as unknown as { params: { expiresAt: string } }).params;
    expect(Date.parse(expiresAt) - before).toBeGreaterThanOrEqual(4_999);
    expect(Date.parse(expiresAt) - before).toBeLessThan(60_000);
    expect([next.kind, writes.length]).toEqual(['questioned', 1]);
  });

  it('resolves its assumptions by an answer, and lets the run plan its next step', async () => {
    const scene = new Scene();
    await scene.service.answer(ANN, 'req_1', { truth: true });
    expect(scene.store.frames).toEqual([
      ['assumption.resolved', { assumptionId: 'full', truth: true, source: 'answer', actor: 'ann' }],
      ['request.resolved', { id: 'req_1', outcome: 'answered', actor: 'ann' }],
      ['run.resumed', { reason: 'answer' }],
    ]);
    expect(scene.store.only.run.values).toEqual(expect.arrayContaining(['plan', 1]));
    expect(scene.wakes).toBe(1);
  });

  it('wakes no sweep for an answer in words, which resolves nothing', async () => {
    const scene = new Scene();
    await scene.service.answer(ANN, 'req_1', { text: 'I do not know' });
    expect(scene.store.frames.map(([type]) => type)).toEqual(['request.resolved', 'run.resumed']);
    expect(scene.wakes).toBe(0);
  });

  it('takes the likely truth on expiry', async () => {
    const scene = new Scene();
    expect(await scene.service.expire(questionOf())).toBe(true);
    expect(scene.store.frames[0]).toEqual([
      'assumption.resolved',
      { assumptionId: 'full', truth: false, source: 'expiry', actor: 'system:expiry' },
    ]);
    scene.store.wins = false;
    expect(await scene.service.expire(questionOf())).toBe(false);
  });

  it('accepts the same answer of the same actor again, and changes nothing', async () => {
    const scene = new Scene();
    const resolved = [{ assumptionId: 'full', truth: true }];
    scene.rows = [questionOf({ state: 'answered', actor: 'ann', answer: { resolved } })];
    await scene.service.answer(ANN, 'req_1', { resolved });
    expect(scene.store.made).toEqual([]);
  });

  it.each([
    ['was answered otherwise', questionOf({ state: 'answered', actor: 'bob', answer: { truth: false } }), 'conflict'],
    ['was voided', questionOf({ state: 'voided', actor: 'bob' }), 'conflict'],
    ['expired', questionOf({ state: 'expired' }), 'gone'],
    ['is overdue and not yet expired', questionOf({ overdue: true }), 'gone'],
    ['does not exist', undefined, 'not_found'],
  ])('refuses an answer when it %s', async (_, row, reason) => {
    const scene = new Scene();
    scene.rows = [row];
    await expect(scene.service.answer(ANN, 'req_1', { truth: true })).rejects.toMatchObject({ reason });
    expect(scene.store.made).toEqual([]);
  });

  it('reports a lost race by what the winner recorded', async () => {
    const scene = new Scene();
    scene.store.wins = false;
    scene.rows = [questionOf(), questionOf({ state: 'answered', actor: 'ann', answer: { truth: true } })];
    await scene.service.answer(ANN, 'req_1', { truth: true });
    scene.rows = [questionOf()];
    await expect(scene.service.answer(ANN, 'req_1', { truth: true })).rejects.toMatchObject({ reason: 'in_flight' });
  });

  describe('that another run has answered', () => {
    const consequence = {
      run: { ...runOf(), waitingFor: 'input' },
      assumption: FULL,
      frames: [{ type: 'tree.rescored', step: 1, body: {} }],
    } as unknown as Consequence;
    const voiderOf = (store: FakeCommits, pending?: QuestionRecord) =>
      new QuestionVoider(
        { pendingOf: () => Promise.resolve(pending) } as never,
        store.commits as never,
        store.dispatcher as never,
      );

    it('is voided, and the run plans again', async () => {
      const store = new FakeCommits();
      expect(await voiderOf(store, questionOf()).void(consequence, 'bob', [])).toBe(true);
      expect(store.frames.map(([type, body]) => [type, body])).toEqual([
        ['tree.rescored', {}],
        ['request.resolved', { id: 'req_1', outcome: 'voided', actor: 'bob' }],
        ['run.resumed', { reason: 'refutation' }],
      ]);
    });

    it('stays when it asks about another assumption, or is not pending', async () => {
      const store = new FakeCommits();
      const other = { ...questionOf().request, assumptions: [] };
      expect(await voiderOf(store, questionOf({ request: other })).void(consequence, 'bob', [])).toBeNull();
      expect(await voiderOf(store).void(consequence, 'bob', [])).toBeNull();
      expect(store.made).toEqual([]);
    });

    it('stays answered when the answer came first', async () => {
      const store = new FakeCommits();
      store.wins = false;
      expect(await voiderOf(store, questionOf()).void(consequence, 'bob', [])).toBe(false);
    });
  });
});
