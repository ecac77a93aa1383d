import { conclude, isDurable, transition, type StepEvent } from './run.machine';

describe('the run machine', () => {
  it.each<[Exclude<StepEvent['kind'], 'concluded' | 'called' | 'called_client'>, string, string]>([
    ['planned', 'running', 'act'],
    ['drafted', 'running', 'approve'],
    ['asked', 'waiting', 'approve'],
    ['approved', 'running', 'apply'],
    ['dispatched', 'running', 'apply'],
    ['ended', 'running', 'observe'],
  ])('goes on after "%s" to %s %s', (kind, state, phase) => {
    expect(transition(3, { kind })).toMatchObject({ state, phase, step: 3 });
  });

  it('waits for an answer where the plan of the next step will begin', () => {
    expect(transition(2, { kind: 'questioned' })).toEqual({
      state: 'waiting',
      phase: 'plan',
      step: 2,
      waitingFor: 'input',
    });
  });

  it.each(['act', 'plan'] as const)('makes a call that is committed in %s', (phase) => {
    expect(transition(2, { kind: 'called', phase })).toEqual({ state: 'running', phase, step: 2 });
  });

  it.each(['observe', 'plan'] as const)('waits for a client before it goes on with %s', (phase) => {
    const waiting = { state: 'waiting', phase, step: 1, waitingFor: 'client_tool' };
    expect(transition(1, { kind: 'called_client', phase })).toEqual(waiting);
  });

  it('plans the next step from what was observed', () => {
    expect(transition(2, { kind: 'observed' })).toEqual({ state: 'running', phase: 'plan', step: 3 });
    expect(transition(2, { kind: 'observed', modelPlanned: true })).toMatchObject({ step: 3, modelPlanned: true });
  });

  it('waits for an approval after it has asked for one', () => {
    expect(transition(1, { kind: 'asked' }).waitingFor).toBe('approval');
  });

  it('completes with what the step has to show', () => {
    const result = { kind: 'applied', actionId: 'fix' } as const;
    expect(conclude(1, { kind: 'result', result })).toEqual({ state: 'completed', phase: 'observe', step: 1, result });
  });

  it('fails with the reason why the step has nothing to show', () => {
    const error = { reason: 'stale', message: 'changed underneath' };
    expect(conclude(2, { kind: 'error', error })).toEqual({ state: 'failed', phase: 'observe', step: 2, error });
  });

  it('keeps what an effect came to that was carried out and failed', () => {
    const error = { reason: 'effect_failed', message: 'answered with status 503' };
    const effect = { ok: false, tool: 'http.request', status: 503, message: error.message };
    const result = { kind: 'applied' as const, actionId: 'send', diffId: 'd', effect };
    expect(conclude(2, { kind: 'error', error, result })).toEqual({
      state: 'failed',
      phase: 'observe',
      step: 2,
      error,
      result,
    });
  });
});

describe('a commit', () => {
  it.each<StepEvent['kind']>(['planned', 'drafted', 'ended'])('waits after "%s" for the phase that follows', (kind) => {
    expect(isDurable({ kind } as StepEvent)).toBe(false);
  });

  it.each<StepEvent['kind']>(['called', 'asked', 'approved', 'dispatched', 'questioned', 'called_client', 'observed'])(
    'comes right after "%s"',
    (kind) => {
      expect(isDurable({ kind } as StepEvent)).toBe(true);
    },
  );
});
