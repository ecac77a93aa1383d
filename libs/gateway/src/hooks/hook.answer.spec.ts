import { genericAnswer, hookAnswer, type HookOutcome } from './hook.answer';

const outcome = (decision: HookOutcome['decision'], more: Partial<HookOutcome> = {}): HookOutcome => ({
  decision,
  state: 'pending',
  message: 'why',
  approvalId: 'a1',
  ...more,
});
const request = (decision: object) => ({
  hookSpecificOutput: { hookEventName: 'PermissionRequest', decision },
});
const preTool = (permissionDecision: string, more: object = {}) => ({
  hookSpecificOutput: {
    hookEventName: 'PreToolUse',
    permissionDecision,
    permissionDecisionReason: 'why',
    ...more,
  },
});
const updatedInput = { command: 'ls' };

describe('answers to hooks', () => {
  it.each([
    ['allow', request({ behavior: 'allow' }), preTool('allow')],
    ['deny', request({ behavior: 'deny', message: 'why' }), preTool('deny')],
    ['ask', {}, preTool('ask')],
    ['none', {}, {}],
  ] as const)('are in the form of the event: %s', (decision, permissionRequest, preToolUse) => {
    expect(hookAnswer('PermissionRequest', outcome(decision))).toEqual(permissionRequest);
    expect(hookAnswer('PreToolUse', outcome(decision))).toEqual(preToolUse);
  });

  it('have the changed input where they allow, and only there', () => {
    const changed = { updatedInput };
    expect(hookAnswer('PermissionRequest', outcome('allow', changed))).toEqual(
      request({ behavior: 'allow', updatedInput }),
    );
    expect(hookAnswer('PreToolUse', outcome('allow', changed))).toEqual(preTool('allow', { updatedInput }));
    expect(hookAnswer('PreToolUse', outcome('deny', changed))).toEqual(preTool('deny'));
  });

  it('leave the question to other agents where no rule is about it', () => {
    expect(genericAnswer(outcome('none', { approvalId: null }))).toEqual({
      decision: 'ask',
      state: 'pending',
      message: 'why',
      approvalId: null,
    });
    expect(genericAnswer(outcome('allow', { state: 'approved', updatedInput }))).toMatchObject({ updatedInput });
  });
});
