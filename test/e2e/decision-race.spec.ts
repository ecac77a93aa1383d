import { framesUntil } from '../support/frames';
import { decide, startPending, type Pending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

const TRIALS = 48;
const AT_ONCE = 12;

describe('decisions that race at two replicas, by every transport', () => {
  let stage: Stage;
  let a: Replica;
  let b: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    [a, b] = await Promise.all([stage.start(), stage.start()]);
  });
  afterAll(() => stage.close());

  /** The answer of each transport: decided this way, or refused. */
  const race = async (pending: Pending, reversed: boolean): Promise<string[]> => {
    const { approvalId, hash, requestId } = pending;
    const byRpc = async ({ reviewer }: Replica, decision: string) => {
      const { result, error } = await reviewer.ask('approval/decide', { approvalId, decision, hash });
      return result === undefined ? `refused ${error?.code ?? 0}` : decision;
    };
    const byRest = async ({ reviewer }: Replica, decision: 'approve' | 'reject') => {
      const { status } = await decide(reviewer, pending, decision);
      return status === 200 ? decision : `refused ${status}`;
    };
    const byAnswer = async ({ reviewer }: Replica, decision: string) => {
      const { status } = await reviewer.post('/rpc', { jsonrpc: '2.0', id: requestId, result: { decision, hash } });
      return status === 202 ? decision : `refused ${status}`;
    };
    const transports = [
      () => byRest(a, 'approve'),
      () => byRpc(b, 'reject'),
      () => byAnswer(b, 'approve'),
      () => byRest(b, 'reject'),
      () => byRpc(a, 'approve'),
      () => byAnswer(a, 'reject'),
    ];
    return Promise.all((reversed ? transports.toReversed() : transports).map((transport) => transport()));
  };

  const trial = async (index: number): Promise<string> => {
    const path = `race/${index}.txt`;
    const pending = await startPending(a.developer, path, path);
    const said = await race(pending, index % 2 === 1);
    const frames = await framesUntil(b.developer, pending.runId, 'run.completed');
    const decisions = await stage.rows<{ decision: string }>('select decision from decisions where approval_id = $1', [
      pending.approvalId,
    ]);
    expect(decisions).toHaveLength(1);
    const winner = decisions[0]?.decision ?? '';
    // The winner's own repeats agree with it; opposite decisions were refused with a conflict.
    for (const answer of said) expect([winner, 'refused 409', 'refused -32002']).toContain(answer);
    expect(said.filter((answer) => answer === winner)).toHaveLength(3);
    expect(frames.filter(({ type }) => type === 'approval.decided')).toMatchObject([{ decision: winner }]);
    expect(frames.filter(({ type }) => type === 'diff.applied')).toHaveLength(winner === 'approve' ? 1 : 0);
    const content = await stage.read(path).catch(() => null);
    expect(content).toBe(winner === 'approve' ? path : null);
    return winner;
  };

  it(`leave exactly one decision each in ${TRIALS} trials, and a file exactly where it was approved`, async () => {
    const winners: string[] = [];
    for (let first = 0; first < TRIALS; first += AT_ONCE) {
      winners.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => trial(first + index)))));
    }
    expect(winners).toHaveLength(TRIALS);
    // A race that one side always wins would prove nothing.
    expect(new Set(winners)).toEqual(new Set(['approve', 'reject']));
  });
});
