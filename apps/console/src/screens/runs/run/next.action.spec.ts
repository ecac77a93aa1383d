import { EMPTY_VIEW, viewOf, type RunView } from '@assent/client';
import { nextActionOf } from './next.action';
import { framesOf, type Told } from './testing/frames';

const QUESTION = { type: 'request', jsonrpc: '2.0', id: 'req_q', method: 'input/request', params: {} };
const APPROVAL = { type: 'approval.requested', approvalId: 'ap1', diffId: 'd1', requestId: 'req_a', hash: 'h' };
const viewAfter = (...told: Told[]): RunView => viewOf(framesOf([{ type: 'run.started', goal: 'g' }, ...told]));

describe('nextActionOf', () => {
  it.each<[string, RunView, object]>([
    ['runs', viewAfter(), { kind: 'cancel' }],
    [
      'waits for an approval',
      viewAfter(APPROVAL, { type: 'run.waiting', for: 'approval', requestId: 'req_a' }),
      { kind: 'review', approvalId: 'ap1' },
    ],
    [
      'waits for an answer',
      viewAfter(QUESTION, { type: 'run.waiting', for: 'input', requestId: 'req_q' }),
      { kind: 'answer', requestId: 'req_q' },
    ],
    [
      'waits for a client',
      viewAfter({ type: 'run.waiting', for: 'client_tool', requestId: 'req_t' }),
      { kind: 'client' },
    ],
    [
      'has ended',
      viewAfter({ type: 'run.completed', result: { kind: 'finished', actionId: 'a' } }),
      { kind: 'complete' },
    ],
    [
      'has an outcome',
      viewAfter({ type: 'run.cancelled', actor: 'x', reason: null }, { type: 'memory.recorded', outcome: 'success' }),
      { kind: 'none' },
    ],
    ['was forgotten', { ...EMPTY_VIEW, state: 'completed', isErased: true }, { kind: 'none' }],
  ])('of a run that %s', (_, view, expected) => {
    expect(nextActionOf(view, null, false)).toEqual(expected);
  });

  it('offers no review of a step that is over', () => {
    const view = viewAfter(APPROVAL, { type: 'run.waiting', for: 'approval', requestId: 'req_a' }, { type: 'step+1' });
    expect(nextActionOf(view, null, false)).toEqual({ kind: 'cancel' });
  });

  it('offers nothing at an earlier moment', () => {
    expect(nextActionOf(viewAfter(), null, true)).toEqual({ kind: 'none' });
  });

  it('believes the server about the outcome', () => {
    expect(nextActionOf({ ...EMPTY_VIEW, state: 'failed' }, 'failure', false)).toEqual({ kind: 'none' });
  });
});
