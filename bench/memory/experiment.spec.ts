import { compareAggregators } from './aggregators';
import { findBest } from './best-answer';
import { evaluate, gameOf24, is24, isUsable } from './game-of-24';
import { learningCurves } from './learning';
import { permutations, run } from './permutations';
import { ARMS, OFF, playStream, type Arm } from './stream';
import { streamOf } from '../support/random';

const ALL = Array.from({ length: permutations.skills }, (_, skill) => skill);
const TINY = { problems: 80, shiftAt: null, seed: 7 };
const armNamed = (name: string): Arm => {
  const found = ARMS.find((arm) => arm.name === name);
  if (!found) throw new RangeError(`there is no arm ${name}`);
  return found;
};
const play = (arm: Arm) => playStream(permutations, ALL, arm, TINY);

describe('the experiments on memory', () => {
  it('give the same figures again', () => {
    const options = { streams: 3, problems: 40, shifted: true, seed: 1 };
    expect(learningCurves(permutations, ALL, options)).toEqual(learningCurves(permutations, ALL, options));
    const judged = { right: 0.8, trials: 5, seed: 1 };
    expect(compareAggregators([5], judged)).toEqual(compareAggregators([5], judged));
    const searched = { trials: 3, seed: 1 };
    expect(findBest([0.8], ['ebc'], searched)).toEqual(findBest([0.8], ['ebc'], searched));
  });

  it('verify exactly', () => {
    // (1 + 3) * (2 * 3)
    expect(is24(evaluate(1 + 2 * (0 + 4 * 2 + 16 * 2), [1, 3, 2, 3]))).toBe(true);
    expect(is24([23_999_999, 1_000_000])).toBe(false);
    expect(is24([0, 0])).toBe(false);
    const usable = [0, 1, 2, 3, 4, 5, 6, 7].filter(isUsable);
    expect(usable.length).toBeGreaterThan(2);
    for (const skill of usable) {
      const problem = gameOf24.problem(0, skill, streamOf(1, skill));
      const draws = streamOf(2, skill);
      expect(Array.from({ length: 400 }, () => problem.solvedBy(skill, draws))).toContain(true);
    }
    for (const skill of [0, 77, 215]) {
      expect(permutations.problem(0, skill, streamOf(3)).solvedBy(skill, streamOf(4))).toBe(true);
      expect(Array.from(run(skill, 'abcdef')).sort().join('')).toBe('abcdef');
    }
  });

  it('have controls that differ in nothing but what the solver is given', () => {
    const off = play(armNamed(OFF));
    // Off recalls nothing; a store that stays empty is the same to the byte.
    expect(play({ ...armNamed('memory on'), uses: 'nothing', name: 'x' })).toEqual(off);
    expect(off.every(({ given }) => given === 0)).toBe(true);
    const [first] = play(armNamed('memory on'));
    expect(first).toEqual(off[0]);
    // As many lessons as are recalled, problem by problem: only their content is another.
    const on = play(armNamed('memory on'));
    for (const name of ['shuffled', 'random, equal length']) {
      const control = play(armNamed(name));
      expect(control.map(({ given }) => given)).toEqual(on.map(({ given }) => given));
      expect(control.map(({ tries: attempts }) => attempts)).not.toEqual(on.map(({ tries: attempts }) => attempts));
      expect(control.map(({ given, ...rest }) => (given === 0 ? rest : null))).toEqual(
        on.map(({ given, solved, tries: attempts }) => (given === 0 ? { solved, tries: attempts } : null)),
      );
    }
    expect(play(armNamed('poisoned'))[0]?.given).toBeLessThanOrEqual(3);
  });

  it('find nothing where there is nothing to find: a family without a skill of its own gains nothing', () => {
    const aimless = {
      ...permutations,
      problem: (family: number, _: number, random: () => number) =>
        permutations.problem(family, Math.floor(random() * permutations.skills), random),
    };
    const rows = learningCurves(aimless, ALL, { streams: 8, problems: 80, shifted: false, seed: 5 });
    const on = rows.find(({ arm }) => arm === 'memory on');
    expect(on?.gain?.low).toBeLessThanOrEqual(0);
  });

  it('rank perfectly with a judge that is always right and sees all pairs', () => {
    for (const { pairing, correlation, found } of compareAggregators([9], { right: 1, trials: 10, seed: 3 })) {
      if (pairing === 'all pairs') expect([correlation.mean, found]).toEqual([expect.closeTo(1, 9), 1]);
    }
  });

  it('always find the best answer with such a judge and the best so far to compare with', () => {
    const [row] = findBest([1], ['ebc'], { trials: 20, seed: 3 });
    expect(row?.withIncumbent).toBe(1);
    expect(row?.without).toBeLessThan(1);
  });
});
