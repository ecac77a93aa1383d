import fc from 'fast-check';
import { LexicalComposer } from '@assent/lexical';
import { plan } from '../plan';
import { treeFor } from '../testing/trees';
import { problem, type Problem } from '../testing/worlds';
import { scoreTree } from '../score-tree';
import { calibrate, fitIsotonic } from './isotonic';
import { statedP, type CalibrationMap } from './recalibrated';

/** Moves every probability half way to 0.4, as for overconfident beliefs. */
const humbler: CalibrationMap = { source: 'caller', version: 3, apply: (p) => 0.2 + p / 2 };

const SURE: Problem = {
  actions: [
    { id: 'write', kind: 'tool', tool: 'file.write', label: 'Write' },
    { id: 'finish', kind: 'finish' },
  ],
  beliefs: {
    assumptions: [
      { id: 'a', text: 'The timeout is too short', p: 0.8 },
      { id: 'b', text: 'The gateway is slow', p: 0.3, given: [{ when: { a: true }, p: 0.1 }] },
    ],
    associations: [],
    gains: [
      { actionId: 'write', when: { a: true }, gain: 0.7 },
      { actionId: 'finish', when: { b: false }, gain: 0.4 },
    ],
  },
  params: { lambda: 0.1 },
};

const planned = (drawn: Problem, recalibration?: CalibrationMap) =>
  plan({ treeId: 'tree_test', goal: 'Hold the property', ...drawn, ...(recalibration ? { recalibration } : {}) });

describe('planning with recalibrated probabilities', () => {
  it('maps priors and conditional probabilities, and says so in the evidence', async () => {
    const { tree, warnings } = await planned(SURE, humbler);
    expect(tree.assumptions.map(({ id, p, given, evidence }) => ({ id, p, given, evidence }))).toEqual([
      {
        id: 'b',
        p: 0.35,
        given: [{ when: { a: true }, p: 0.25 }],
        evidence: ['recalibrated from 0.3 by version 3'],
      },
      { id: 'a', p: 0.6000000000000001, given: [], evidence: ['recalibrated from 0.8 by version 3'] },
    ]);
    expect(tree.root).toMatchObject({ kind: 'internal', assumptionId: 'a', pTrue: 0.6000000000000001 });
    expect(warnings).toEqual([]);
  });

  it('changes nothing but assumptions and what follows from them', async () => {
    const [plain, mapped] = [await planned(SURE), await planned(SURE, humbler)];
    expect(mapped.tree.inputHash).not.toBe(plain.tree.inputHash);
    const { actions, params, gains, associations } = plain.tree;
    expect(mapped.tree).toMatchObject({ actions, params, gains, associations });
  });

  it('gives the same bytes for the same input, another hash for another version, and trees that can be scored again', async () => {
    await fc.assert(
      fc.asyncProperty(problem({ entangled: true, asks: true }), async (drawn) => {
        const { tree } = await planned(drawn, humbler);
        expect(JSON.stringify((await planned(drawn, humbler)).tree)).toBe(JSON.stringify(tree));
        expect((await planned(drawn, { ...humbler, version: 4 })).tree.inputHash).not.toBe(tree.inputHash);
        expect(await scoreTree({ tree })).toEqual(tree);
        expect(tree.assumptions.every(({ p }) => p > 0 && p < 1)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps what the source said, to the last bit, however often the tree is read and scored', async () => {
    await fc.assert(
      fc.asyncProperty(problem({ entangled: true }), async (drawn) => {
        const stated = new Map((await treeFor(drawn)).assumptions.map(({ id, p }) => [id, p]));
        const { tree } = await planned(drawn, humbler);
        for (const assumption of [...tree.assumptions, ...(await scoreTree({ tree })).assumptions]) {
          expect(statedP(assumption)).toBe(stated.get(assumption.id));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('leaves the choice as it is with a map that changes nothing', async () => {
    const points = fitIsotonic([]);
    const same: CalibrationMap = { source: 'caller', version: 1, apply: (p) => calibrate(points, p) };
    await fc.assert(
      fc.asyncProperty(problem({ entangled: true }), async (drawn) => {
        const [plain, mapped] = [await planned(drawn), await planned(drawn, same)];
        expect(mapped.tree.rankings).toEqual(plain.tree.rankings);
        expect(mapped.paths).toEqual(plain.paths);
      }),
      { numRuns: 50 },
    );
  });

  it('maps what is read from a trace, beside the words it was read from', async () => {
    const trace = 'The pool is very likely too small. If the timeout is wrong, write it. DNS may be down.';
    const request = { treeId: 'tree_test', goal: 'Stop the errors', actions: SURE.actions, trace };
    const plain = await plan(request, new LexicalComposer());
    const { tree, composer } = await plan(
      { ...request, recalibration: { ...humbler, source: 'lexical' } },
      new LexicalComposer(),
    );
    expect(composer).toBe('lexical');
    const before = new Map(plain.tree.assumptions.map((assumption) => [assumption.id, assumption]));
    for (const { id, p, evidence } of tree.assumptions) {
      const { p: stated = 0, evidence: words = [] } = before.get(id) ?? {};
      expect(p).toBe(humbler.apply(stated));
      expect(evidence).toEqual([...words, `recalibrated from ${stated} by version 3`].sort());
    }
  });

  it('is not done with a map of another source, with a warning', async () => {
    const { tree, warnings } = await planned(SURE, { ...humbler, source: 'model' });
    expect(tree).toEqual((await planned(SURE)).tree);
    expect(warnings).toEqual([
      'Version 3 recalibrates beliefs of source model; these are of source caller and stay as they were given.',
    ]);
  });
});
