import type { Approval, Run } from '@assent/contract';
import { chipOf, waitingOf } from './waiting';

const approval = (approvalId: string, mayDecide: boolean) =>
  ({ approvalId, you: { mayDecide, reason: null } }) as unknown as Approval;
const run = (runId: string, state: Run['state'], waitingFor: Run['waitingFor']) =>
  ({ runId, state, waitingFor }) as unknown as Run;

describe('what waits for a person', () => {
  it('parts approvals by who decides, and takes runs that ask a question', () => {
    const { mine, others, questions } = waitingOf(
      [approval('a', true), approval('b', false)],
      [run('r', 'waiting', 'input'), run('s', 'waiting', 'approval'), run('t', 'running', null)],
    );
    expect(mine.map(({ approvalId }) => approvalId)).toEqual(['a']);
    expect(others.map(({ approvalId }) => approvalId)).toEqual(['b']);
    expect(questions.map(({ runId }) => runId)).toEqual(['r']);
  });

  it('says what a run waits for', () => {
    expect(chipOf(run('r', 'waiting', 'input')).text).toBe('Waiting for an answer');
    expect(chipOf(run('r', 'completed', null))).toEqual({ tone: 'good', icon: 'check', text: 'Completed' });
  });
});
