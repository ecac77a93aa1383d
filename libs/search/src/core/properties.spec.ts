import fc from 'fast-check';
import { game, mixed, type Game } from '../testing/games';
import { playThrough, type Played } from '../testing/playthrough';
import { bestOf, worstOf } from './decide';
import { normalised, weigh } from './judgement';
import { rebuild, type SearchNodeState } from './rebuild';
import { DEFAULT_RULES, type SearchFact, type SearchRules } from './search.facts';
import { factOfJudgement, usedBy } from './step';
import { backedUp, localValue, upperBound } from './value';

const NEAR = 1e-9;

const played = ({ begun, player }: Game): Played<number> => playThrough(begun, player);
const childrenOf = ({ state }: Played<number>, { nodeId }: SearchNodeState) =>
  state.nodes.filter(({ parentId }) => parentId === nodeId);

const value01 = fc.double({ min: 0, max: 1, noNaN: true });

describe('what a search always holds', () => {
  it('1: there is one edge less than nodes, no circle, and no node has too many children', () =>
    fc.assert(
      fc.property(game, (input) => {
        const result = played(input);
        const { nodes } = result.state;
        expect(nodes.filter(({ parentId }) => parentId !== null)).toHaveLength(Math.max(0, nodes.length - 1));
        const places = new Map(nodes.map(({ nodeId }, index) => [nodeId, index]));
        for (const [index, node] of nodes.entries()) {
          if (node.parentId !== null) expect(places.get(node.parentId)).toBeLessThan(index);
          expect(node.children.length).toBeLessThanOrEqual(input.begun.rules.maxChild);
          expect(node.children).toEqual(childrenOf(result, node).map(({ nodeId }) => nodeId));
        }
      }),
    ));

  it('2: visits are 1, those of the children and the duplicates, and never fall', () =>
    fc.assert(
      fc.property(game, ({ begun, player }) => {
        const before = new Map<string, number>();
        playThrough(begun, player, {
          onStep: (step) => {
            for (const node of step.state.nodes) {
              const below = childrenOf(step, node).reduce((sum, { n }) => sum + n, 0);
              expect(node.n).toBe(1 + below + node.duplicates);
              expect(node.n).toBeGreaterThanOrEqual(before.get(node.nodeId) ?? 0);
              before.set(node.nodeId, node.n);
            }
          },
        });
      }),
    ));

  it('3: values are in [0, 1], and a back-up ends between the old value and that of the child', () =>
    fc.assert(
      fc.property(game, value01, value01, value01, (input, gamma, parent, child) => {
        for (const { Q, q0, qGlobal, qLocal } of played(input).state.nodes) {
          for (const value of [Q, q0, qGlobal, qLocal]) expect(value ?? 0.5).toBeGreaterThanOrEqual(0);
          for (const value of [Q, q0, qGlobal, qLocal]) expect(value ?? 0.5).toBeLessThanOrEqual(1);
        }
        const next = backedUp(gamma, parent, child);
        expect(next).toBeGreaterThanOrEqual(Math.min(parent, child));
        expect(next).toBeLessThanOrEqual(Math.max(parent, child));
      }),
    ));

  it('4: gamma 0 leaves the own value, gamma 1 copies the child that came last', () =>
    fc.assert(
      fc.property(game, ({ begun, player }) => {
        const kept = playThrough({ ...begun, rules: { ...begun.rules, gamma: 0 } }, player);
        for (const { Q, q0 } of kept.state.nodes) expect(Q).toBe(q0);
        const copied = playThrough({ ...begun, rules: { ...begun.rules, gamma: 1 } }, player);
        const newest = copied.state.nodes.findLast(({ pending }) => pending.length === 0);
        for (let node = newest; node; node = copied.state.byId.get(node.parentId ?? ''))
          expect(node.Q).toBe(newest?.q0);
      }),
    ));

  it('5: the two ways of comparing a child with its parent sum to 1, at any distance', () =>
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        fc.pre(Number.isFinite(a - b) || a !== b);
        expect(Math.abs(localValue(a, b) + localValue(b, a) - 1)).toBeLessThanOrEqual(NEAR);
      }),
    ));

  it('8: the bound falls with the visits of the node and rises with those of its parent; without c it is the value', () =>
    fc.assert(
      fc.property(
        value01,
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 1_000 }),
        (value, c, visits, parents) => {
          const bound = upperBound(c, value, visits, parents);
          expect(upperBound(c, value, visits + 1, parents)).toBeLessThan(bound);
          expect(upperBound(c, value, visits, parents + 1)).toBeGreaterThan(bound);
          expect(upperBound(0, value, visits, parents)).toBe(value);
        },
      ),
    ));

  it('9: weights sum to 1, and scores stay in [1, 10]', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.constant('x'),
            weight: fc.double({ min: 0, max: 1e300, noNaN: true }),
            first: fc.double({ noNaN: true }),
            second: fc.double({ noNaN: true }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        (criteria) => {
          const sum = normalised(criteria.map(({ weight }) => weight)).reduce((total, weight) => total + weight, 0);
          expect(Math.abs(sum - 1)).toBeLessThanOrEqual(NEAR);
          const { first, second } = weigh(criteria);
          for (const score of [first, second]) expect(score >= 1 && score <= 10).toBe(true);
        },
      ),
    ));

  it('9: showing a consistent judge the pairs the other way around changes nothing', () =>
    fc.assert(
      fc.property(game, (input) => {
        const { search } = played(input);
        const fair = (id: string) => 1 + (mixed(input.begun.seed, id.length, id.charCodeAt(id.length - 1)) % 10);
        const judged = (turn: (swapped: boolean) => boolean): SearchFact[] =>
          search.log.map((fact) => {
            if (fact.kind !== 'comparison') return fact;
            const { a, b } = fact;
            const swapped = turn(fact.swapped);
            const shown = swapped ? { first: fair(b), second: fair(a) } : { first: fair(a), second: fair(b) };
            // The tasks keep their names: only what the judge saw is turned.
            return { ...factOfJudgement({ a, b, swapped }, shown), swapped: fact.swapped };
          });
        const values = (log: SearchFact[]) => rebuild(search.rules, log).nodes;
        expect(values(judged((swapped) => !swapped))).toEqual(values(judged((swapped) => swapped)));
      }),
    ));

  it('10: the same seed and inputs give the same tree, and a search that broke off goes on to the same end', () =>
    fc.assert(
      fc.property(game, fc.nat({ max: 60 }), ({ begun, player }, cut) => {
        const whole = playThrough(begun, player);
        expect(playThrough(begun, player)).toEqual(whole);
        const first = playThrough(begun, player, { stepsMax: cut });
        const resumed = playThrough(first.search, player, { answers: first.answers });
        expect(resumed).toEqual(whole);
        expect(rebuild(begun.rules, JSON.parse(JSON.stringify(whole.search.log)) as SearchFact[])).toEqual(whole.state);
      }),
    ));

  it('14: no budget is ever exceeded', () =>
    fc.assert(
      fc.property(game, ({ begun, player }) => {
        playThrough(begun, player, {
          onStep: ({ search }) => {
            const used = usedBy(search);
            for (const what of ['nodes', 'calls', 'tokens'] as const) {
              expect(used[what]).toBeLessThanOrEqual(begun.budget[what]);
            }
          },
        });
      }),
    ));

  it('15: a verified failure is never returned while there is another answer', () =>
    fc.assert(
      fc.property(game, (input) => {
        const { state } = played(input);
        const best = bestOf(state);
        if (state.nodes.some(({ verified }) => verified === 'pass')) expect(best?.verified).toBe('pass');
        if (state.nodes.some(({ verified }) => verified !== 'fail')) expect(best?.verified).not.toBe('fail');
        if (state.nodes.length > 1) expect(worstOf(state)?.nodeId).not.toBe(best?.nodeId);
        if (state.nodes.length < 2) expect(worstOf(state)).toBeNull();
      }),
    ));
});

describe('the defaults', () => {
  it('are those of the specification', () => {
    expect(DEFAULT_RULES).toMatchObject({ alpha: 0.9, gamma: 0.1, c: 1.4, maxChild: 2, maxIter: 8 } as SearchRules);
  });
});
