import type { Run, RunHint } from '@assent/contract';
import { NO_NEWS, liveRows, newRuns, withHint } from './live.rows';

const hint = (runId: string, at: string, state: RunHint['state']): RunHint => ({
  topic: 'run',
  runId,
  state,
  step: 2,
  waitingFor: null,
  at,
});
const row = (runId: string, updatedAt: string) =>
  ({ runId, state: 'running', step: 1, waitingFor: null, updatedAt }) as unknown as Run;

describe('the rows of a live list', () => {
  const rows = [row('r1', '2026-03-02T08:00:00Z'), row('r2', '2026-03-02T08:00:00Z')];

  it('keep their order, with the newest state that is known', () => {
    const late = withHint(NO_NEWS, hint('r2', '2026-03-02T08:05:00Z', 'completed'));
    const news = withHint(late, hint('r2', '2026-03-02T08:01:00Z', 'waiting'));
    expect(liveRows(rows, news)).toEqual([
      rows[0],
      { ...rows[1], state: 'completed', step: 2, updatedAt: '2026-03-02T08:05:00Z' },
    ]);
  });

  it('ignore what the list knows already', () => {
    expect(liveRows(rows, withHint(NO_NEWS, hint('r1', '2026-03-02T07:00:00Z', 'queued')))[0]).toBe(rows[0]);
  });

  it('count runs that are not in the list once each', () => {
    const news = ['r3', 'r1', 'r3'].reduce(
      (all, id) => withHint(all, hint(id, '2026-03-02T09:00:00Z', 'running')),
      NO_NEWS,
    );
    expect(newRuns(rows, news)).toBe(1);
  });
});
