import { AssentError } from '@assent/contract';
import { requireOneSubject } from './score-subject';

const RUN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const ACTIONS = [{ id: 'finish', kind: 'finish' as const }];
const BELIEFS = { assumptions: [] };

function pointerOf(params: Parameters<typeof requireOneSubject>[0]): unknown {
  try {
    requireOneSubject(params);
    return null;
  } catch (thrown) {
    return thrown instanceof AssentError && thrown.reason === 'invalid' ? thrown.details.pointer : thrown;
  }
}

describe('what tree/score scores', () => {
  it.each([
    ['beliefs with actions', { beliefs: BELIEFS, actions: ACTIONS }],
    ['a trace with actions', { trace: 'Maybe.', actions: ACTIONS }],
    ['a tree', { tree: {} }],
    ['a tree with other params', { tree: {}, params: { lambda: 2 } }],
    ['a run', { runId: RUN_ID }],
    ['a step of a run with other params', { runId: RUN_ID, step: 2, params: { mode: 'paper' as const } }],
  ])('may be %s', (_, params) => {
    expect(pointerOf(params)).toBeNull();
  });

  it.each([
    ['nothing', {}, '/beliefs'],
    ['actions alone', { actions: ACTIONS }, '/beliefs'],
    ['beliefs and a trace', { beliefs: BELIEFS, trace: 'Maybe.', actions: ACTIONS }, '/trace'],
    ['beliefs and a tree', { beliefs: BELIEFS, tree: {} }, '/tree'],
    ['a trace and a run', { trace: 'Maybe.', runId: RUN_ID }, '/runId'],
    ['a tree and a run', { tree: {}, runId: RUN_ID }, '/runId'],
    ['everything', { beliefs: BELIEFS, trace: 'Maybe.', tree: {}, runId: RUN_ID }, '/trace'],
    ['a tree with other actions', { tree: {}, actions: ACTIONS }, '/actions'],
    ['a run with other actions', { runId: RUN_ID, actions: ACTIONS }, '/actions'],
    ['a step without its run', { tree: {}, step: 1 }, '/step'],
    ['beliefs and what is assumed', { beliefs: BELIEFS, actions: ACTIONS, assume: { a: 0.5 } }, '/assume'],
    ['a trace and what is assumed', { trace: 'Maybe.', actions: ACTIONS, assume: { a: 0.5 } }, '/assume'],
    ['a step of beliefs', { beliefs: BELIEFS, actions: ACTIONS, step: 1 }, '/step'],
  ])('cannot be %s', (_, params, pointer) => {
    expect(pointerOf(params)).toBe(pointer);
  });
});
