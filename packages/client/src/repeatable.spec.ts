import { METHODS, type MethodName } from '@assent/contract';
import { isRepeatable } from './repeatable';

describe('which calls are repeated', () => {
  it('are not those that change something each time', () => {
    const methods: MethodName[] = [
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
    ];
    expect(methods.filter((method) => isRepeatable(method, {}))).toEqual([]);
  });

  it('are those that change nothing, by their last word, decisions, and what happens once', () => {
    const reads = (Object.keys(METHODS) as MethodName[]).filter((method) => /\/(?:get|list|count)$/.test(method));
    const others: MethodName[] = [
      'stream',
      'tree/score',
      'tool/check',
      'memory/search',
      'rpc.discover',
      'approval/decide',
      'approval/decide_many',
      'run/cancel',
      'complete',
      'diff/revert',
      'memory/import',
      'memory/plan/apply',
      'pause/clear',
      'pause/set',
    ];
    expect([...reads, ...others].filter((method) => !isRepeatable(method, {}))).toEqual([]);
  });

  it('are starts with an idempotency key', () => {
    expect(isRepeatable('start', { goal: 'x' })).toBe(false);
    expect(isRepeatable('start', { goal: 'x', idempotencyKey: 'k' })).toBe(true);
  });
});
