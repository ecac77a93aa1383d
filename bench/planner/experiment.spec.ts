import { bootstrapMean } from '../support/bootstrap';
import { runExperiment, type PolicyResult } from './experiment';
import { bestExpectedValue, oracleValue } from './optimal';
import { playWorld } from './play';
import { POLICIES, LITERAL, policiesNamed } from './policies';
import { createRandom } from '../support/random';
import { replaceSection } from '../support/section';
import { Session } from './session';
import { isAsk, type World, type WorldOptions } from './world';
import { networkWorld, randomWorld, searchWorld, type WorldMaker } from './worlds';

const EXACT: WorldOptions = { noise: 0, lambda: 0.3 };
const NOISY: WorldOptions = { noise: 1, lambda: 0.3 };
const MAKERS: readonly (readonly [string, WorldMaker])[] = [
  ['random', randomWorld],
  ['network', networkWorld],
  ['search', searchWorld],
];
const WORLDS = 4;
const NEAR = 1e-9;

const tiny = (make: WorldMaker, options: WorldOptions, policies = POLICIES): Promise<PolicyResult[]> =>
  runExperiment({ make, options, worlds: WORLDS, policies, against: LITERAL, bootstrap: { resamples: 50, seed: 1 } });

describe.each(MAKERS)('an experiment on %s worlds', (_, make) => {
  it('gives the same figures again', async () => {
    expect(await tiny(make, NOISY)).toEqual(await tiny(make, NOISY));
  });

  it('leaves no regret to the oracle, and none below it to anybody', async () => {
    for (const options of [EXACT, NOISY]) {
      for (const { policy, oracleRegret } of await tiny(make, options)) {
        if (policy === 'oracle') expect(oracleRegret).toBeCloseTo(0, 12);
        else expect(oracleRegret).toBeGreaterThanOrEqual(-NEAR);
      }
    }
  });

  it('has no policy above the best plan, but the one that knows the truth', async () => {
    const blind = POLICIES.filter(({ name }) => name !== 'oracle');
    for (const { regret } of await tiny(make, EXACT, blind)) expect(regret).toBeGreaterThanOrEqual(-NEAR);
  });

  it('states beliefs so that conditioning on nothing changes no ranking', async () => {
    const session = new Session(make(0, EXACT));
    const knowledge = { resolutions: {}, offered: session.world.actions.map(({ id }) => id) };
    const [stated, conditioned] = await Promise.all([
      session.planAt(knowledge, 'stated'),
      session.planAt(knowledge, 'conditioned'),
    ]);
    expect(conditioned.rankings.expected.map(({ actionId }) => actionId)).toEqual(
      stated.rankings.expected.map(({ actionId }) => actionId),
    );
    conditioned.rankings.expected.forEach(({ U }, place) => {
      expect(U).toBeCloseTo(stated.rankings.expected[place]?.U ?? Number.NaN, 2);
    });
  });
});

describe('the best plan', () => {
  const silent = (world: World): World => ({
    ...world,
    actions: world.actions.filter((action) => !isAsk(action)),
    associations: [],
  });

  it.each([
    ['random', randomWorld],
    ['network', networkWorld],
  ] as const)('is what expected does in %s worlds without questions', async (_, make) => {
    const [expected] = policiesNamed(LITERAL);
    for (let index = 0; index < WORLDS; index += 1) {
      const world = silent(make(index, EXACT));
      if (!expected) throw new Error('the policy "expected" is missing');
      const { gain, paid } = await playWorld(new Session(world), expected, index);
      expect(gain - paid).toBeCloseTo(bestExpectedValue(world), 9);
    }
  });

  it('is worth what a person works out by hand: ask where the thing is, then fetch it', () => {
    const half = (here: boolean) => ({ truth: { x0: here }, weight: 0.5, believed: 0.5 });
    const world: World = {
      actions: [
        { id: 'a', kind: 'tool', tool: 't', effort: 20 },
        { id: 'b', kind: 'tool', tool: 't', effort: 20 },
        { id: 'q', kind: 'ask', question: 'Where?', messageLength: 10 },
      ],
      gains: [
        { actionId: 'a', when: { x0: true }, gain: 1 },
        { actionId: 'b', when: { x0: false }, gain: 1 },
      ],
      associations: [{ assumptionId: 'x0', value: true, actionId: 'q' }],
      assumptions: [{ id: 'x0', text: 'Statement 0 holds', p: 0.5 }],
      params: { lambda: 1 },
      states: [half(true), half(false)],
      tries: 1,
    };
    expect(bestExpectedValue(world)).toBeCloseTo(1 - 0.2 - 0.1, 12);
    expect(bestExpectedValue(silent(world))).toBeCloseTo(0.5 - 0.2, 12);
    expect(oracleValue(world)).toBeCloseTo(1 - 0.2, 12);
  });
});

describe('the bootstrap', () => {
  it('has no width where all differences are the same', () => {
    expect(bootstrapMean([0.25, 0.25, 0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25 });
  });

  it('comes near the normal interval of a fair coin thrown 400 times', () => {
    const throws = Array.from({ length: 400 }, (_, index) => index % 2);
    const { mean, low, high } = bootstrapMean(throws);
    const halfWidth = 1.96 * Math.sqrt(0.25 / throws.length);
    expect(mean).toBe(0.5);
    expect(low).toBeCloseTo(0.5 - halfWidth, 2);
    expect(high).toBeCloseTo(0.5 + halfWidth, 2);
  });
});

it('the random numbers are those of mulberry32', () => {
  const random = createRandom(1);
  expect([random(), random()].map((value) => value.toFixed(6))).toEqual(['0.627074', '0.002736']);
});

it('a page keeps all but its marked section', () => {
  const page = 'before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter\n';
  expect(replaceSection(page, 'new')).toBe('before\n<!-- figures: begin -->\n\nnew\n\n<!-- figures: end -->\nafter\n');
  expect(() => replaceSection('no markers', 'new')).toThrow('The page needs the markers');
});
