import fc from 'fast-check';
import { assumptionsOf, probability } from '../testing/beliefs';
import { createReader, diagramsOf } from './diagram';
import { gainsOf } from './expectations';
import { flawOf, readJoint } from './read-joint';
import type { Literal, TableRow } from './rows';
import { MAX_WORLDS, WorldTable } from './world-table';
import { worldsOf } from './worlds';

const NEAR = 9;
const ids = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5'];
const rows = fc.array(
  fc.record({ when: fc.dictionary(fc.constantFrom(...ids), fc.boolean(), { maxKeys: 3 }), value: probability }),
  { maxLength: 6 },
);
const problems = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc.record({
    assumptions: assumptionsOf(count, { entangled: true }),
    tables: fc.array(rows, { minLength: 1, maxLength: 3 }),
    facts: fc.dictionary(fc.constantFrom(...ids), fc.boolean(), { maxKeys: 2 }),
    grownUnder: fc.boolean(),
    move: fc.option(fc.record({ variable: fc.nat({ max: count - 1 }), p: probability })),
  }),
);

function literalsOf(when: Readonly<Record<string, boolean>>, count: number): Literal[] {
  return Object.entries(when)
    .map(([id, value]) => ({ variable: ids.indexOf(id), value }))
    .filter(({ variable }) => variable < count)
    .sort((a, b) => a.variable - b.variable);
}

describe('expected gains', () => {
  it('are those of the diagrams, before and after each assumption is known', () =>
    fc.assert(
      fc.property(problems, ({ assumptions, tables, facts, grownUnder, move }) => {
        const stated = assumptions.map(({ id, p, given = [], excludes = [] }) => ({ id, p, given, excludes }));
        fc.pre(flawOf(stated) === undefined);
        const prior = readJoint(stated).joint;
        const known = prior.observed(literalsOf(facts, stated.length));
        fc.pre(known.isPossible);
        const joint = (move && known.moved([move])) ?? known;
        fc.pre(joint.isPossible);
        const read = tables.map((table) =>
          table
            .map(({ when, value }): TableRow => ({ when: literalsOf(when, stated.length), value }))
            .sort((a, b) => b.when.length - a.when.length),
        );
        const start = grownUnder ? known : prior;
        const diagrams = diagramsOf(start, read);
        const reader = createReader(diagrams);
        const table = WorldTable.of(start, read);
        expect(table).toBeDefined();
        const expected = table?.under(joint);
        read.forEach((_, index) => {
          expect(expected?.values[index]).toBeCloseTo(reader(index, joint), NEAR);
        });
        const offer = { acts: [...read.keys()], charges: read.map((_, index) => 0.1 * index) };
        const visited = worldsOf(start, diagrams, read);
        for (const act of offer.acts) {
          expect(table?.worlds.lead(joint, offer, act)).toBeCloseTo(visited.lead(joint, offer, act), NEAR);
        }
        stated.forEach((_, variable) => {
          for (const value of [true, false]) {
            const after = joint.observed([{ variable, value }]);
            if (!(after.isPossible && joint.probability(variable) > 1e-9 && joint.probability(variable) < 1 - 1e-9))
              continue;
            const gains = expected?.knowing({ variable, value });
            read.forEach((__, index) => {
              expect(gains?.[index]).toBeCloseTo(reader(index, after), NEAR);
            });
          }
        });
      }),
      { numRuns: 500 },
    ));

  it('come from the diagrams where there are too many worlds for one table', () => {
    const count = Math.log2(MAX_WORLDS) + 1;
    const stated = Array.from({ length: count }, (_, index) => ({ id: `x${index}`, p: 0.5, given: [], excludes: [] }));
    const { joint } = readJoint(stated);
    const table = stated.map((_, variable) => ({
      when: [{ variable, value: true }],
      value: variable === 0 ? 1 : 0.25,
    }));
    expect(WorldTable.of(joint, [table])).toBeUndefined();
    const single = [{ when: [{ variable: 3, value: true }], value: 0.8 }];
    const spread = stated.map((_, variable) => [{ when: [{ variable, value: true }], value: 0.6 }]);
    const gains = gainsOf(joint, [single, ...spread]).under(joint);
    expect(gains.values[0]).toBeCloseTo(0.4, NEAR);
    expect(gains.knowing({ variable: 3, value: true })[0]).toBeCloseTo(0.8, NEAR);
    expect(gains.knowing({ variable: 4, value: true })[0]).toBeCloseTo(0.4, NEAR);
  });
});
