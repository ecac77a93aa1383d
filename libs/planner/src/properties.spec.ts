import fc from 'fast-check';
import { createHash } from 'node:crypto';
import type { Tree } from '@assent/contract';
import { costOf } from './params';
import { plan } from './plan';
import { scoreTree } from './score-tree';
import { normaliseLikelihoods, utilityOf } from './score';
import { storedPlan } from './replan';
import { internalsOf, leavesOf, treeFor } from './testing/trees';
import { gain, gainIn, probabilityOfWorld, problem, worldsOf, type Problem } from './testing/worlds';

const NEAR = 1e-9;
const entangled = problem({ entangled: true, asks: true });

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const place = (item: T) =>
    createHash('sha256')
      .update(`${seed}${JSON.stringify(item)}`)
      .digest('hex');
  return [...items].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** U of every action by enumerating all worlds, independently of the code under test. */
function bruteForce({ actions, beliefs }: Problem, charges: ReadonlyMap<string, number>): Map<string, number> {
  const worlds = worldsOf(beliefs.assumptions);
  const expected = (id: string) =>
    worlds.reduce(
      (sum, world) => sum + probabilityOfWorld(world, beliefs.assumptions) * gainIn(world, id, beliefs.gains),
      0,
    );
  const acts = actions.filter(({ kind }) => kind !== 'ask');
  return new Map(acts.map(({ id, kind }) => [id, kind === 'noop' ? 0 : expected(id) - (charges.get(id) ?? 0)]));
}

describe('what a tree always holds', () => {
  it('1: the likelihoods of the leaves sum to 1', () =>
    fc.assert(
      fc.asyncProperty(entangled, async (input) => {
        const leaves = leavesOf((await treeFor(input)).root);
        expect(Math.abs(leaves.reduce((sum, { L }) => sum + L, 0) - 1)).toBeLessThanOrEqual(NEAR);
      }),
    ));

  it('2: every split has two branches, no path is longer than the depth, and there is one leaf more than splits', () =>
    fc.assert(
      fc.asyncProperty(entangled, async (input) => {
        const { root, params, diagnostics } = await treeFor(input);
        const leaves = leavesOf(root);
        expect(leaves).toHaveLength(internalsOf(root).length + 1);
        const deepest = Math.max(...leaves.map(({ path }) => path.length));
        expect(diagnostics.depth).toBeLessThanOrEqual(deepest);
        expect(deepest).toBeLessThanOrEqual(params.depth);
      }),
    ));

  it('3: no path asks an assumption twice, and what a path excludes is not split on', () =>
    fc.assert(
      fc.asyncProperty(entangled, async (input) => {
        const tree = await treeFor(input, { ranking: 'caller', depth: 6 });
        const pairs = tree.assumptions.flatMap(({ id, excludes }) => excludes.map((other) => [id, other] as const));
        for (const { path } of leavesOf(tree.root)) {
          const ids = path.map(({ assumptionId }) => assumptionId);
          expect(new Set(ids).size).toBe(ids.length);
          for (const pair of pairs) {
            const first = path.findIndex(({ assumptionId, value }) => value && pair.includes(assumptionId));
            const later = path.slice(first + 1).filter(({ assumptionId }) => pair.includes(assumptionId));
            expect(first === -1 ? [] : later).toEqual([]);
          }
        }
      }),
    ));

  it('4: every leaf takes an action that is available', () =>
    fc.assert(
      fc.asyncProperty(entangled, async (input) => {
        const offered = input.actions.map(({ id }) => id);
        const taken = leavesOf((await treeFor(input)).root).map(({ actionId }) => actionId);
        expect(offered).toEqual(expect.arrayContaining(taken));
      }),
    ));

  it('9: the order of the input changes no byte of the tree', () =>
    fc.assert(
      fc.asyncProperty(entangled, fc.integer(), async (input, seed) => {
        const { assumptions, associations = [], gains } = input.beliefs;
        const beliefs = {
          assumptions: shuffled(assumptions, seed),
          associations: shuffled(associations, seed),
          gains: shuffled(gains, seed),
        };
        const permuted = { ...input, actions: shuffled(input.actions, seed), beliefs };
        expect(JSON.stringify(await treeFor(permuted))).toBe(JSON.stringify(await treeFor(input)));
      }),
    ));

  it('10: an exact duplicate of an association changes nothing', () =>
    fc.assert(
      fc.asyncProperty(problem({ asks: true }), fc.nat(), async ({ actions, beliefs, params }, pick) => {
        const associations = actions.map(({ id }, index) => ({
          assumptionId: beliefs.assumptions[index % beliefs.assumptions.length]?.id ?? '',
          value: index % 2 === 0,
          actionId: id,
        }));
        const again = associations[pick % associations.length];
        const held = (list: typeof associations) => ({
          actions,
          params,
          beliefs: { assumptions: beliefs.assumptions, associations: list, gains: [] },
        });
        const doubled = held([...associations, ...(again ? [again] : [])]);
        expect(await treeFor(doubled)).toEqual(await treeFor(held(associations)));
      }),
    ));

  it('16: a tree that was serialised, parsed and scored again is bit-equal, and its hash tells inputs apart', () =>
    fc.assert(
      fc.asyncProperty(entangled, async (input) => {
        const tree = await treeFor(input);
        const again = await scoreTree({ tree: JSON.parse(JSON.stringify(tree)) as unknown });
        expect(JSON.stringify(again)).toBe(JSON.stringify(tree));
        const other = await treeFor(input, { lambda: tree.params.lambda + 1 });
        expect(other.inputHash).not.toBe(tree.inputHash);
      }),
    ));

  it('18: a tree that was serialised and parsed has the scored paths of its plan', () =>
    fc.assert(
      fc.asyncProperty(entangled, async ({ actions, beliefs, params }) => {
        const { tree, paths } = await plan({ treeId: 'tree_test', goal: 'g', actions, beliefs, params });
        const again = storedPlan(JSON.parse(JSON.stringify(tree)) as Tree);
        expect({ tree: again.tree, paths: again.paths }).toEqual({ tree, paths });
      }),
    ));
});

describe('the arithmetic of one path', () => {
  const unit = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
  const step = fc.integer({ min: 1, max: 1000 }).map((n) => n / 1000);
  const tool = {
    id: 't',
    kind: 'tool' as const,
    label: 't',
    effort: 1,
    messageLength: 0,
    baseCost: 0,
    irreversible: false,
  };
  const ask = { ...tool, kind: 'ask' as const, effort: 0, messageLength: 1 };
  const params = {
    mode: 'paper' as const,
    depth: 3,
    alpha: 1,
    beta: 1,
    lambda: 1,
    effortScale: 2,
    messageScale: 2,
    ranking: 'value' as const,
  };

  it('5: U rises with gain and likelihood, and falls with effort, message length, alpha, beta and lambda', () => {
    fc.assert(
      fc.property(unit, unit, unit, step, step, (L, G, C, up, lambda) => {
        expect(utilityOf(L + up, G + up, C, lambda)).toBeGreaterThan(utilityOf(L + up, G, C, lambda));
        expect(utilityOf(L + up, G, C, lambda)).toBeGreaterThanOrEqual(utilityOf(L, G, C, lambda));
        expect(utilityOf(L, G, C + up, lambda)).toBeLessThan(utilityOf(L, G, C, lambda));
        expect(utilityOf(L, G, C + up, lambda + up)).toBeLessThan(utilityOf(L, G, C + up, lambda));
        expect(costOf({ ...tool, effort: 1 + up }, params)).toBeGreaterThan(costOf(tool, params));
        expect(costOf(tool, { ...params, alpha: 1 + up })).toBeGreaterThan(costOf(tool, params));
        expect(costOf({ ...ask, messageLength: 1 + up }, params)).toBeGreaterThan(costOf(ask, params));
        expect(costOf(ask, { ...params, beta: 1 + up })).toBeGreaterThan(costOf(ask, params));
        expect(costOf(tool, { ...params, beta: 1 + up })).toBe(costOf(tool, params));
        expect(costOf(ask, { ...params, alpha: 1 + up })).toBe(costOf(ask, params));
      }),
    );
  });

  it('6: no cost is below 0, and U lies between -lambda * C and 1 in every mode', () =>
    fc.assert(
      fc.asyncProperty(entangled, async (input) => {
        const { rankings, params: used } = await treeFor(input);
        for (const ranking of Object.values(rankings)) {
          const acting = Math.max(...ranking.flatMap(({ actionId, U }) => (actionId === 'ask' ? [] : [U])), -Infinity);
          // Under the rule "net", the best act follows an ask.
          const after = used.asking === 'net' && Number.isFinite(acting) ? acting : 0;
          for (const { actionId, U, C } of ranking) {
            expect(C).toBeGreaterThanOrEqual(0);
            expect(U).toBeGreaterThanOrEqual((actionId === 'ask' ? after : 0) - used.lambda * C - NEAR);
            expect(U).toBeLessThanOrEqual(1 + NEAR);
          }
        }
      }),
    ));

  it('likelihoods that were given are normalised, and a sum off by more than 0.05 is flagged', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 64 }), (raw) => {
        const { likelihoods, rawSum, rawSumOff } = normaliseLikelihoods(raw);
        expect(likelihoods.reduce((sum, L) => sum + L, 0)).toBeCloseTo(1, 9);
        expect(rawSumOff).toBe(Math.abs(rawSum - 1) > 0.05);
      }),
    );
  });
});

describe('rankings', () => {
  it('7: without lambda the paper orders by L * G alone', () =>
    fc.assert(
      fc.asyncProperty(problem(), async (input) => {
        const { root, rankings } = await treeFor(input, { lambda: 0, prune: 'decision' });
        const best = Math.max(...leavesOf(root).map(({ L, G }) => L * G));
        expect(rankings.paper[0]?.U).toBeCloseTo(best, 9);
        for (const { actionId, U } of rankings.paper) {
          const own = leavesOf(root).filter((leaf) => leaf.actionId === actionId);
          expect(U).toBeCloseTo(Math.max(...own.map(({ L, G }) => L * G)), 9);
        }
      }),
    ));

  it('8: scaling gains and lambda together keeps the order', () =>
    fc.assert(
      fc.asyncProperty(problem(), fc.constantFrom(0.5, 0.25), async (input, factor) => {
        const gains = input.beliefs.gains.map((row) => ({ ...row, gain: row.gain * factor }));
        const before = await treeFor(input, { ranking: 'caller' });
        const after = await treeFor(
          { ...input, beliefs: { ...input.beliefs, gains } },
          { ranking: 'caller', lambda: before.params.lambda * factor },
        );
        for (const mode of ['paper', 'aggregate', 'expected'] as const) {
          after.rankings[mode].forEach(({ U }, place) => {
            expect(U).toBeCloseTo((before.rankings[mode][place]?.U ?? NaN) * factor, 8);
          });
        }
        expect(after.rankings.expected.map(({ actionId }) => actionId)).toEqual(
          before.rankings.expected.map(({ actionId }) => actionId),
        );
      }),
    ));

  it('11: an irrelevant split leaves expected and aggregate as they are', () =>
    fc.assert(
      fc.asyncProperty(problem({ assumptions: { min: 1, max: 3 } }), gain, async (input, drawn) => {
        const irrelevant = { id: 'irrelevant', text: 'An entirely irrelevant thing', p: 0.05 + 0.9 * drawn };
        const assumptions = [irrelevant, ...input.beliefs.assumptions];
        const plain = await treeFor(input, { ranking: 'caller', depth: 5 });
        const split = await treeFor(
          { ...input, beliefs: { ...input.beliefs, assumptions } },
          { ranking: 'caller', depth: 6 },
        );
        expect(internalsOf(split.root)[0]?.assumptionId).toBe('irrelevant');
        for (const mode of ['aggregate', 'expected'] as const) {
          const utilities = new Map(split.rankings[mode].map(({ actionId, U }) => [actionId, U]));
          for (const { actionId, U } of plain.rankings[mode]) expect(utilities.get(actionId)).toBeCloseTo(U, 9);
        }
      }),
    ));

  it('12: expected has no regret against going through every world', () =>
    fc.assert(
      fc.asyncProperty(problem({ complete: true, entangled: true }), async (input) => {
        const tree = await treeFor(input, { depth: 6 });
        const charges = new Map(tree.rankings.expected.map(({ actionId, C }) => [actionId, tree.params.lambda * C]));
        const truth = bruteForce(input, charges);
        for (const { actionId, U } of tree.rankings.expected) expect(U).toBeCloseTo(truth.get(actionId) ?? NaN, 9);
        expect(truth.get(tree.chosen.actionId)).toBeGreaterThanOrEqual(Math.max(...truth.values()) - NEAR);
      }),
    ));

  it('17: in expected, one more action never lowers the best U', () =>
    fc.assert(
      fc.asyncProperty(problem(), fc.integer({ min: 0, max: 20 }), gain, async (input, effort, worth) => {
        const more = { id: 'one-more', kind: 'tool' as const, tool: 'file.write', effort };
        const before = await treeFor(input);
        const gains = [...input.beliefs.gains, { actionId: more.id, when: {}, gain: worth }];
        const after = await treeFor(
          { ...input, actions: [...input.actions, more], beliefs: { ...input.beliefs, gains } },
          { mode: 'expected' },
        );
        expect(after.rankings.expected[0]?.U).toBeGreaterThanOrEqual((before.rankings.expected[0]?.U ?? NaN) - NEAR);
      }),
    ));
});

it('the same request gives the same bytes', async () => {
  const [input] = fc.sample(entangled, { numRuns: 1, seed: 7 });
  if (!input) throw new Error('fast-check gave no sample');
  const request = { treeId: 'tree_1', goal: 'g', actions: input.actions, beliefs: input.beliefs };
  expect(JSON.stringify(await plan(request))).toBe(JSON.stringify(await plan(request)));
});
