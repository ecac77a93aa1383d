import { METHODS, type MethodName } from '@assent/contract';
import { isRepeatable } from './repeatable';

describe('which calls are repeated', () => {
  it('are those that change nothing, decisions, and what answers a repetition as it did the first time', () => {
    const methods = Object.keys(METHODS) as MethodName[];
    expect(methods.filter((method) => !isRepeatable(method, {}))).toEqual([
      'start',
      'assumption/resolve',
      'planner/recalibrate',
      'tool/policy/set',
      'tool/trust',
      'approval/revise',
      'approval/policy/set',
      'memory/plan/revert',
      'memory/forget',
      'memory/optimize',
      'memory/drift/clear',
      'search/start',
      'search/select',
      'search/expand',
      'search/compare',
      'search/finish',
      'webhook/create',
      'webhook/change',
      'webhook/delete',
      'webhook/rotate_secret',
      'webhook/callback_key/issue',
      'webhook/callback_key/revoke',
      'webhook/test',
      'webhook/replay',
      'webhook/delivery/redeliver',
      'key/create',
      'key/revoke',
      'flag/set',
      'flag/clear',
    ]);
  });

  it('are starts with an idempotency key', () => {
    expect(isRepeatable('start', { goal: 'x' })).toBe(false);
    expect(isRepeatable('start', { goal: 'x', idempotencyKey: 'k' })).toBe(true);
  });
});
