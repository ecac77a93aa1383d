import type { GainRow } from '@assent/contract';
import fc from 'fast-check';
import { assumptionsOf, gainIn, probability, probabilityOfWorld, worldsOf } from '../testing/beliefs';
import { createReader, diagramsOf } from './diagram';
import { flawOf, readJoint } from './read-joint';
import { worldsOf as worldsOfTables } from './worlds';

const problems = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc.record({
    assumptions: assumptionsOf(count, { entangled: true }),
    rows: fc.array(
      fc.record({
        when: fc.dictionary(fc.constantFrom('x0', 'x1', 'x2', 'x3', 'x4', 'x5'), fc.boolean(), { maxKeys: 3 }),
        gain: probability,
      }),
      { maxLength: 6 },
    ),
    facts: fc.dictionary(fc.constantFrom('x0', 'x1', 'x2', 'x3', 'x4', 'x5'), fc.boolean(), { maxKeys: 3 }),
    grownUnder: fc.boolean(),
  }),
);

describe('a gain table', () => {
  it('has the expectation and the values of going through every world, after any facts', () =>
    fc.assert(
      fc.property(problems, ({ assumptions, rows, facts, grownUnder }) => {
        const stated = assumptions.map(({ id, p, given = [], excludes = [] }) => ({ id, p, given, excludes }));
        fc.pre(flawOf(stated) === undefined);
        const ids = assumptions.map(({ id }) => id);
        const literals = (when: Record<string, boolean>) =>
          Object.entries(when).map(([id, value]) => ({ variable: ids.indexOf(id), value }));
        const isKnown = ({ when }: Pick<GainRow, 'when'>) => Object.keys(when).every((id) => ids.includes(id));
        const gains = rows.filter(isKnown).map((row) => ({ actionId: 'a', ...row }));
        const known = literals(facts).filter(({ variable }) => variable >= 0);
        const prior = readJoint(stated).joint;
        const joint = prior.observed(known);
        fc.pre(joint.isPossible);
        const table = gains
          .map(({ when, gain }) => ({ when: literals(when), value: gain }))
          .sort((a, b) => b.when.length - a.when.length);
        const worlds = worldsOf(assumptions)
          .filter((world) => known.every(({ variable, value }) => world[ids[variable] ?? ''] === value))
          .map((world) => ({ p: probabilityOfWorld(world, assumptions), gain: gainIn(world, 'a', gains) }));
        const mass = worlds.reduce((sum, { p }) => sum + p, 0);
        const expected = worlds.reduce((sum, { p, gain }) => sum + p * gain, 0) / mass;
        const start = grownUnder ? joint : prior;
        const diagrams = diagramsOf(start, [table]);
        expect(createReader(diagrams)(0, joint)).toBeCloseTo(expected, 9);
        const tables = worldsOfTables(start, diagrams, [table]);
        const byValue = new Map<number, number>();
        let count = 0;
        tables.each(joint, (p, [value = Number.NaN]) => {
          count += 1;
          byValue.set(value, (byValue.get(value) ?? 0) + p);
        });
        expect(count).toBeLessThanOrEqual(tables.count(joint));
        for (const [value, p] of byValue) {
          const own = worlds.filter(({ gain }) => Math.abs(gain - value) < 1e-9);
          expect(p).toBeCloseTo(own.reduce((sum, world) => sum + world.p, 0) / mass, 9);
        }
        expect([...byValue.values()].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
      }),
      { numRuns: 500 },
    ));
});
