import type { AssumptionInput } from '@assent/contract';
import fc from 'fast-check';
import { assumptionsOf, probability, probabilityOfWorld, worldsOf, type World } from '../testing/beliefs';
import { BURGLARY } from '../testing/networks';
import { Joint } from './joint';
import { flawOf, readJoint, type JointAssumption } from './read-joint';
import type { Literal } from './rows';

const NEAR = 9;
const problems = fc.integer({ min: 1, max: 6 }).chain((count) => assumptionsOf(count, { entangled: true }));

function complete(assumptions: readonly Omit<AssumptionInput, 'text'>[]): JointAssumption[] {
  return assumptions.map(({ id, p, given = [], excludes = [] }) => ({ id, p, given, excludes }));
}

function read(assumptions: readonly Omit<AssumptionInput, 'text'>[], facts: readonly Literal[] = []): Joint {
  return readJoint(
    complete(assumptions),
    facts.map(({ variable, value }) => ({ variable, value, how: 'observed' as const })),
  ).joint;
}

/** Total weight of the worlds in which all literals hold, by enumeration. */
function mass(assumptions: readonly AssumptionInput[], literals: readonly Literal[]): number {
  const holds = (world: World) =>
    literals.every(({ variable, value }) => world[assumptions[variable]?.id ?? ''] === value);
  return worldsOf(assumptions)
    .filter(holds)
    .reduce((sum, world) => sum + probabilityOfWorld(world, assumptions), 0);
}

const literalsOf = (count: number) =>
  fc
    .array(fc.record({ variable: fc.nat({ max: count - 1 }), value: fc.boolean() }), { maxLength: 3 })
    .map((all) => [...new Map(all.map((literal) => [literal.variable, literal])).values()]);

const withFacts = problems.chain((assumptions) =>
  fc.record({
    assumptions: fc.constant(assumptions),
    facts: literalsOf(assumptions.length),
    asked: literalsOf(assumptions.length),
  }),
);

describe('the joint distribution', () => {
  it('is the one that going through every world gives', () =>
    fc.assert(
      fc.property(withFacts, ({ assumptions, asked }) => {
        fc.pre(flawOf(complete(assumptions)) === undefined);
        expect(read(assumptions).probabilityOf(asked)).toBeCloseTo(mass(assumptions, asked), NEAR);
      }),
      { numRuns: 500 },
    ));

  it('is conditioned on facts, causes included', () =>
    fc.assert(
      fc.property(withFacts, ({ assumptions, facts, asked }) => {
        const known = mass(assumptions, facts);
        fc.pre(known > 1e-9 && flawOf(complete(assumptions)) === undefined);
        const joint = read(assumptions, facts);
        expect(joint.probabilityOf(asked)).toBeCloseTo(mass(assumptions, [...facts, ...asked]) / known, NEAR);
        assumptions.forEach((_, variable) => {
          const both = [...facts, { variable, value: true }];
          expect(joint.probability(variable)).toBeCloseTo(mass(assumptions, both) / known, NEAR);
        });
      }),
      { numRuns: 500 },
    ));

  it('has the stated probability as the marginal of an assumption without conditions', () =>
    fc.assert(
      fc.property(problems, (assumptions) => {
        fc.pre(flawOf(complete(assumptions)) === undefined);
        const joint = read(assumptions);
        assumptions.forEach(({ p, given = [] }, variable) => {
          if (given.length === 0) expect(joint.probability(variable)).toBeCloseTo(p, NEAR);
        });
      }),
    ));

  it('does not depend on the order and the names of assumptions', () =>
    fc.assert(
      fc.property(withFacts, ({ assumptions, facts, asked }) => {
        const turned = [...complete(assumptions)].reverse();
        const rename = (id: string) => `z${9 - Number(id.slice(1))}`;
        const renamed = turned.map(({ id, p, given, excludes }) => ({
          id: rename(id),
          p,
          given: given.map(({ when, p: value }) => ({
            when: Object.fromEntries(Object.entries(when).map(([name, truth]) => [rename(name), truth])),
            p: value,
          })),
          excludes: excludes.map(rename),
        }));
        const place = (literals: readonly Literal[]) =>
          literals.map(({ variable, value }) => ({ variable: assumptions.length - 1 - variable, value }));
        const [before, after] = [read(assumptions, facts), read(renamed, place(facts))];
        fc.pre(before.isPossible);
        expect(after.probabilityOf(place(asked))).toBeCloseTo(before.probabilityOf(asked), NEAR);
      }),
    ));

  it("is moved by Jeffrey's rule: what depends on an assumption keeps its conditional probabilities", () =>
    fc.assert(
      fc.property(withFacts, fc.nat(), probability, ({ assumptions, facts, asked }, pick, p) => {
        const joint = read(assumptions, facts);
        const variable = pick % assumptions.length;
        fc.pre(joint.isPossible);
        const before = joint.probability(variable);
        fc.pre(before > 1e-6 && before < 1 - 1e-6);
        const moved = joint.moved([{ variable, p }]);
        expect(moved?.probability(variable)).toBeCloseTo(p, NEAR);
        const given = (value: boolean) => joint.observed([{ variable, value }]).probabilityOf(asked);
        expect(moved?.probabilityOf(asked)).toBeCloseTo(p * given(true) + (1 - p) * given(false), NEAR);
      }),
    ));

  it('moves several at once, in any order', () =>
    fc.assert(
      fc.property(problems, (assumptions) => {
        fc.pre(flawOf(complete(assumptions)) === undefined);
        const moves = assumptions.map((_, variable) => ({ variable, p: 0.1 + 0.02 * variable }));
        const joint = read(assumptions);
        const [moved, turned] = [joint.moved(moves), joint.moved([...moves].reverse())];
        moves.forEach(({ variable, p }) => {
          expect(moved?.probability(variable)).toBeCloseTo(p, NEAR);
          expect(turned?.probability(variable)).toBeCloseTo(p, NEAR);
        });
      }),
      { numRuns: 50 },
    ));
});

describe('the worked example of docs/planner.md', () => {
  const stated = complete(BURGLARY.assumptions);
  const after = (how: 'observed' | 'set') =>
    readJoint(
      stated,
      [3, 4].map((variable) => ({ variable, value: true, how })),
    ).joint;
  const rounded = (joint: Joint) => stated.map((_, variable) => Number(joint.probability(variable).toFixed(4)));

  it('has these numbers before and after two calls, observed and set', () => {
    expect(rounded(readJoint(stated).joint)).toEqual([0.001, 0.002, 0.0025, 0.0521, 0.0117]);
    expect(rounded(after('observed'))).toEqual([0.2842, 0.1761, 0.7607, 1, 1]);
    expect(rounded(after('set'))).toEqual([0.001, 0.002, 0.0025, 1, 1]);
  });
});

describe('a fact that was set', () => {
  const chain = [
    { id: 'cause', p: 0.3, given: [], excludes: [] },
    { id: 'effect', p: 0.1, given: [{ when: { cause: true }, p: 0.8 }], excludes: [] },
    { id: 'after', p: 0.2, given: [{ when: { effect: true }, p: 0.9 }], excludes: [] },
  ];
  const under = (how: 'observed' | 'set') => readJoint(chain, [{ variable: 1, value: true, how }]).joint;

  it('leaves its causes alone and moves what depends on it', () => {
    const set = under('set');
    expect([0, 1, 2].map((variable) => set.probability(variable))).toEqual([
      expect.closeTo(0.3, NEAR),
      1,
      expect.closeTo(0.9, NEAR),
    ]);
    expect(under('observed').probability(0)).toBeCloseTo((0.3 * 0.8) / (0.3 * 0.8 + 0.7 * 0.1), NEAR);
  });

  it('makes false what it excludes, and leaves the other alternatives alone where it is false', () => {
    const exclusive = ['a', 'b', 'c'].map((id, index, all) => ({
      id,
      p: 0.1 * (index + 2),
      given: [],
      excludes: all.filter((other) => other !== id),
    }));
    const joint = (value: boolean) => readJoint(exclusive, [{ variable: 0, value, how: 'set' }]).joint;
    const all = (value: boolean) => [0, 1, 2].map((variable) => joint(value).probability(variable));
    expect(all(true)).toEqual([1, 0, 0]);
    expect(all(false)).toEqual([0, expect.closeTo(0.3, NEAR), expect.closeTo(0.4, NEAR)]);
  });
});

describe('beliefs that cannot all hold', () => {
  const exclusive = (p: number[]) =>
    p.map((value, index) => ({
      id: `x${index}`,
      p: value,
      given: [],
      excludes: p.flatMap((_, other) => (other === index ? [] : [`x${other}`])),
    }));

  it('are named, and scaled with a warning where they are not refused', () => {
    const over = exclusive([0.6, 0.6]);
    expect(flawOf(over)).toMatchObject({ kind: 'excess', ids: ['x0', 'x1'] });
    const { joint, warnings } = readJoint(over);
    expect(warnings).toEqual([expect.stringMatching(/x0, x1 .*scaled/)]);
    expect(joint.probability(0)).toBeCloseTo(0.4995, NEAR);
    expect(joint.probability(0)).toBe(joint.probability(1));
  });

  it('may sum to exactly 1: none of them is impossible then', () => {
    const joint = Joint.of(readJoint(exclusive([0.5, 0.3, 0.2])).prior.network);
    expect(joint.probabilityOf([0, 1, 2].map((variable) => ({ variable, value: false })))).toBe(0);
  });

  it('are found where exclusion is not mutual over the whole set', () => {
    const path = exclusive([0.6, 0.6, 0.6]).map((one, index) => ({
      ...one,
      excludes: index === 1 ? ['x0', 'x2'] : [],
    }));
    expect(flawOf(path)).toMatchObject({ kind: 'excess' });
    const { joint } = readJoint(path);
    for (const pair of [
      [0, 1],
      [1, 2],
    ]) {
      expect(joint.probabilityOf(pair.map((variable) => ({ variable, value: true })))).toBe(0);
    }
    // The middle assumption excludes both outer ones, which do not exclude each other.
    expect(flawOf(path.map((one, index) => ({ ...one, p: index === 1 ? 0.4 : 0.6 })))).toBeUndefined();
    const tight = readJoint(path.map((one, index) => ({ ...one, p: index === 1 ? 0.4 : 0.6 }))).joint;
    [0.6, 0.4, 0.6].forEach((p, variable) => expect(tight.probability(variable)).toBeCloseTo(p, NEAR));
  });

  it('need no table beyond 4,096 entries: the least connected of such a table is left out with a warning', () => {
    const parents = Array.from({ length: 12 }, (_, index) => ({ id: `x${index}`, p: 0.5, given: [], excludes: [] }));
    const child = (rows: number) => ({
      id: 'child',
      p: 0.5,
      given: parents.slice(0, rows).map(({ id }) => ({ when: { [id]: true }, p: 0.9 })),
      excludes: [],
    });
    expect(flawOf([...parents, child(11)])).toBeUndefined();
    expect(flawOf([...parents, child(12)])).toMatchObject({ kind: 'oversized' });
    const { joint, warnings } = readJoint([...parents, child(12)]);
    expect(warnings).toContainEqual(expect.stringMatching(/4096.*left out/));
    expect(joint.isPossible).toBe(true);
  });

  it('are exact in a chain of 64 assumptions', () => {
    const links = Array.from({ length: 64 }, (_, index) => ({
      id: `x${index}`,
      p: 0.5,
      given:
        index === 0 ? [] : [true, false].map((value) => ({ when: { [`x${index - 1}`]: value }, p: value ? 0.9 : 0.2 })),
      excludes: [],
    }));
    let [p, joint] = [0.5, readJoint(links).joint];
    for (let index = 0; index < 64; index += 1) {
      expect(joint.probability(index)).toBeCloseTo(p, NEAR);
      p = 0.9 * p + 0.2 * (1 - p);
    }
    joint = readJoint(links, [{ variable: 63, value: true, how: 'observed' }]).joint;
    expect(joint.probability(62)).toBeGreaterThan(readJoint(links).joint.probability(62));
  });
});

describe('facts that the joint distribution calls impossible', () => {
  const both = ['a', 'b', 'c'].map((id, _, all) => ({
    id,
    p: 0.3,
    given: [],
    excludes: all.filter((other) => other !== id),
  }));
  const facts = (values: (boolean | null)[]) =>
    values.flatMap((value, variable) => (value === null ? [] : [{ variable, value, how: 'observed' as const }]));

  it('are kept: an exclusion that they refute is dropped with a warning', () => {
    const { joint, warnings } = readJoint(both, facts([true, true, null]));
    expect(warnings).toEqual([
      'a and b exclude each other, but both were resolved to true; the exclusion was dropped.',
    ]);
    expect([0, 1, 2].map((variable) => joint.probability(variable))).toEqual([1, 1, 0]);
  });

  it('are kept where exclusive alternatives that leave nothing over are all false', () => {
    const exhaustive = both.map((one, index) => ({ ...one, p: index === 0 ? 0.4 : 0.3 }));
    const { joint, warnings } = readJoint(exhaustive, facts([false, false, false]));
    expect(warnings).toEqual([expect.stringContaining('a, b, c')]);
    expect(joint.isPossible).toBe(true);
  });
});

it('averages conditions that are equally specific where both hold, and names both', () => {
  const { joint, warnings } = readJoint([
    { id: 'a', p: 0.5, given: [], excludes: [] },
    { id: 'b', p: 0.5, given: [], excludes: [] },
    {
      id: 'c',
      p: 0.1,
      given: [
        { when: { a: true }, p: 0.2 },
        { when: { b: true }, p: 0.8 },
      ],
      excludes: [],
    },
  ]);
  expect(warnings).toEqual([expect.stringMatching(/c .*\{a: true\} and \{b: true\}.*averaged/)]);
  expect(joint.probability(2)).toBeCloseTo((0.5 + 0.2 + 0.8 + 0.1) / 4, NEAR);
});
