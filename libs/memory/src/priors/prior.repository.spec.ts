import fc from 'fast-check';
import { contentHashOf, newId, sql } from '@assent/platform';
import { createTestDatabase } from '@assent/test-support/postgres';
import { FamilyRepository, noteFamily } from '../families/family.repository';
import { MemoryStage } from '../testing/memory-stage';
import { learnAction } from './outcomes';
import { PriorRepository, type OutcomeScope } from './prior.repository';
import { PriorService } from './prior.service';

const DAY_MS = 86_400_000;

interface Event {
  readonly good: boolean;
  readonly daysAgo: number;
}

/**
 * The documented weights: halved by 20 newer outcomes or by 90 days; a quarter if the ten newest differ from those
 * before.
 */
function weigh(events: readonly Event[]): { n: number; hits: number } {
  const newest = [...events].sort((a, b) => a.daysAgo - b.daysAgo);
  const rate = (some: readonly Event[]) => some.filter(({ good }) => good).length / some.length;
  const [recent, older] = [newest.slice(0, 10), newest.slice(10)];
  const isChanged = older.length >= 10 && Math.abs(rate(recent) - rate(older)) >= 0.6 - 1e-12;
  const weights = newest.map(
    ({ daysAgo }, place) =>
      Math.min(0.5 ** (place / 20), 0.5 ** (daysAgo / 90)) * (place >= 10 && isChanged ? 0.25 : 1),
  );
  const sum = (of: readonly number[]) => of.reduce((total, weight) => total + weight, 0);
  return { n: sum(weights), hits: sum(weights.filter((_, place) => newest[place]?.good)) };
}

describe('outcomes that influence later choices', () => {
  let stage: MemoryStage;
  let priors: PriorRepository;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase);
    priors = stage.get(PriorRepository);
  });
  afterAll(() => stage.close());

  const statements = async (scope: OutcomeScope, keys: readonly string[]) =>
    (await priors.outcomes(scope, keys, sql`''`)).statements;
  const actions = async (scope: OutcomeScope, family: string) =>
    (await priors.outcomes(scope, [], sql`${family}`)).actions;

  const statement = (tenantId: string, workspace: string, key: string, { good, daysAgo }: Event) =>
    stage.raw(
      `insert into memory_statement_outcomes (run_id, statement, tenant_id, workspace, truth, created_at) values ($1, $2, $3, $4, $5, $6)`,
      [newId(), contentHashOf(key), tenantId, workspace, good, new Date(Date.now() - daysAgo * DAY_MS)],
    );

  it('are weighted by their number and age', async () => {
    const event = fc.record({ good: fc.boolean(), daysAgo: fc.double({ min: 0.001, max: 400, noNaN: true }) });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(event, { minLength: 1, maxLength: 45, selector: (e) => Math.round(e.daysAgo * 1e3) }),
        async (events) => {
          const tenantId = `weighing ${(round += 1)}`;
          for (const one of events) await statement(tenantId, 'example', 'dns is down', one);
          const tallies = await statements({ tenantId, workspace: 'example' }, ['dns is down', 'never heard of']);
          const tally = tallies.get('dns is down');
          const expected = weigh(events);
          expect(tally?.n).toBeCloseTo(expected.n, 3);
          expect(tally?.hits).toBeCloseTo(expected.hits, 3);
          expect(tally?.runs).toHaveLength(Math.min(10, events.length));
        },
      ),
      { numRuns: 12 },
    );
  });

  it('from before a change of the truth count a quarter', async () => {
    for (let run = 0; run < 30; run += 1) {
      await statement('changed', 'example', 'k', { good: run >= 10, daysAgo: 0.01 + run / 1e4 });
    }
    const tally = (await statements({ tenantId: 'changed', workspace: 'example' }, ['k'])).get('k');
    const before = Array.from({ length: 20 }, (_, run) => 0.25 * 0.5 ** ((run + 10) / 20));
    expect(tally?.hits).toBeCloseTo(
      before.reduce((sum, weight) => sum + weight, 0),
      3,
    );
  });

  it('never weigh more than thirty, regardless of the number of runs', async () => {
    for (let run = 0; run < 300; run += 1)
      await statement('many', 'example', 'k', { good: true, daysAgo: 0.01 + run / 1e4 });
    const tally = (await statements({ tenantId: 'many', workspace: 'example' }, ['k'])).get('k');
    expect(tally?.n).toBeGreaterThan(29);
    expect(tally?.n).toBeLessThan(1 / (1 - 0.5 ** (1 / 20)));
    expect(tally?.hits).toBe(tally?.n);
  });

  it('count only within their tenant, workspace and family, and once per run', async () => {
    const act = (tenantId: string, workspace: string, family: string, runId = newId()) =>
      stage.commit(
        tenantId,
        'robot',
        [learnAction({ family, signature: 'restart', outcome: 'success' })],
        runId,
        workspace,
      );
    const runId = newId();
    await act('acme', 'shop', 'outage', runId);
    await act('acme', 'shop', 'outage', runId);
    await act('acme', 'bank', 'outage');
    await act('acme', 'shop', 'upgrade');
    await act('globex', 'shop', 'outage');
    await statement('globex', 'shop', 'k', { good: true, daysAgo: 1 });
    await statement('acme', 'bank', 'k', { good: true, daysAgo: 1 });
    const scope = { tenantId: 'acme', workspace: 'shop' };
    expect([...(await actions(scope, 'outage'))]).toEqual([['restart', { n: 1, hits: 1, runs: [runId] }]]);
    expect(await statements(scope, ['k'])).toEqual(new Map());
  });

  it('are read in one statement, for the statements of a plan and the family of its goal', async () => {
    const scope = { tenantId: 'planner', workspace: 'shop' };
    const goal = 'Restart the payment service after the timeout';
    await stage.commit(
      scope.tenantId,
      'robot',
      [
        noteFamily({ key: 'first', family: 'first', goal }),
        learnAction({ family: 'first', signature: 'restart', outcome: 'success' }),
      ],
      newId(),
      scope.workspace,
    );
    await statement(scope.tenantId, scope.workspace, 'k', { good: true, daysAgo: 1 });
    const outcomes = () =>
      stage
        .get(PriorService)
        .outcomes(scope, { goal: 'Restart the payment service after a timeout' }, ['k', 'restart']);
    await outcomes();
    const { database } = stage;
    const { onStatement } = database;
    let count = 0;
    database.onStatement = () => (count += 1);
    const read = await outcomes();
    database.onStatement = onStatement;
    expect([[...read.statements.keys()], [...read.actions.keys()], read.problem]).toEqual([['k'], ['restart'], null]);
    expect(count).toBe(1);
  });

  it('halve with every twenty outcomes of the family, of any action', async () => {
    const act = (signature: string, outcome: 'success' | 'failure') =>
      stage.commit('fading', 'robot', [learnAction({ family: 'f', signature, outcome })]);
    await act('old', 'success');
    for (let run = 0; run < 20; run += 1) await act('new', 'failure');
    const tallies = await actions({ tenantId: 'fading', workspace: 'example' }, 'f');
    expect(tallies.get('old')).toMatchObject({ n: expect.closeTo(0.5, 4), hits: expect.closeTo(0.5, 4) });
    expect(tallies.get('new')?.hits).toBe(0);
  });

  it('are deleted when they weigh less than a thousandth', async () => {
    await statement('pruned', 'example', 'k', { good: true, daysAgo: 901 });
    await statement('pruned', 'example', 'k', { good: true, daysAgo: 899 });
    await priors.prune('pruned');
    expect((await statements({ tenantId: 'pruned', workspace: 'example' }, ['k'])).get('k')?.runs).toHaveLength(1);
  });
});

describe('families of goals', () => {
  let stage: MemoryStage;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase);
  });
  afterAll(() => stage.close());

  const familyOf = async (tenantId: string, goal: string, name?: string): Promise<string> => {
    const family = await stage.get(FamilyRepository).of(tenantId, goal, name);
    await stage.commit(tenantId, 'robot', [noteFamily(family)]);
    return family.family;
  };

  it('unite goals that differ in marks or a few letters, and no others', async () => {
    const first = await familyOf('acme', 'Fix the API timeout of ticket INC-4711 on web03');
    expect(await familyOf('acme', 'fix the API timeout of ticket INC-9 on web11')).toBe(first);
    expect(await familyOf('acme', 'Please fix the API timeouts of ticket INC-12 on db-2')).toBe(first);
    expect(await familyOf('acme', 'Rotate the signing keys of the gateway')).not.toBe(first);
    // A goal stays in its family, even if later goals are more similar.
    expect(await familyOf('acme', 'Please fix the API timeouts of ticket INC-77 on db-9')).toBe(first);
  });

  it('can be named by a caller, and no goal joins such a family by its words', async () => {
    const named = await familyOf('acme', 'Raise the limit of the queue', 'limits');
    expect(await familyOf('acme', 'Something else altogether', 'limits')).toBe(named);
    expect(await familyOf('acme', 'Raise the limit of the queue')).not.toBe(named);
  });

  it('are separate for each tenant', async () => {
    const goal = 'Drain the node before the upgrade of the kernel';
    await familyOf('acme', goal);
    const { family, key } = await stage.get(FamilyRepository).of('globex', `${goal}s`);
    expect(family).toBe(key);
  });
});
