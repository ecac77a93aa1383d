import { StepLimits } from './step.limits';
import { runOf } from '../testing/fakes';

const DONE = { kind: 'result' };
const FAILED = { kind: 'error' };
const reads = (...outcomes: readonly object[]) => ({
  kind: 'reads',
  reads: outcomes.map((outcome) => ({ actionId: 'a1', outcome })),
});

describe('steps that failed in a row', () => {
  it.each<[string, readonly object[], number]>([
    ['none', [FAILED, DONE], 0],
    ['the last ones', [DONE, FAILED, FAILED], 2],
    ['turns of which every read has failed', [DONE, reads(FAILED, FAILED), FAILED], 2],
    ['no turn of which a read has succeeded', [FAILED, reads(FAILED, DONE), FAILED], 1],
  ])('are %s', async (_name, outcomes, failures) => {
    const steps = { ofRun: () => Promise.resolve(outcomes.map((outcome) => ({ outcome }))) };
    const limits = new StepLimits(steps as never, { env: { MAX_STEPS: 9 } } as never);
    expect(await limits.failuresInARow(runOf())).toBe(failures);
  });
});
