import { Barrier } from '../support/barrier';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, seen } from '../support/frames';
import { startPending } from '../support/pending';
import { hidden } from '../support/plans';
import { QUICK } from '../support/replicas';
import { Stage, type Replica } from '../support/stage';

const ANSWER = { resolved: ['first', 'second'].map((assumptionId) => ({ assumptionId, truth: true })) };

describe('a replica that is killed', () => {
  let stage: Stage;
  let doomed: Replica;
  let other: Replica;

  beforeEach(async () => {
    stage = await Stage.open();
    [doomed, other] = await Promise.all([stage.start(QUICK), stage.start(QUICK)]);
  });

  afterEach(async () => {
    await stage.close();
  });

  const asked = async () => {
    const { runId } = await doomed.developer.call('start', hidden());
    return { runId, requestId: String((await seen(doomed.developer, runId, 'request'))['id']) };
  };
  const reply = (requestId: string, by = doomed.developer) =>
    by.post('/rpc', { jsonrpc: '2.0', id: requestId, result: ANSWER }).then(
      ({ status }) => status,
      () => 'cut off',
    );
  const expectOneAnswer = async (runId: string) => {
    await seen(other.developer, runId, 'approval.requested');
    const frames = await framesOf(other.developer, runId);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
    expect(frames.filter(({ type }) => type === 'request.resolved')).toHaveLength(1);
    expect(frames.filter(({ type }) => type === 'path.chosen')).toMatchObject([
      { step: 1, actionId: 'ask' },
      { step: 2, actionId: 'write-true-true' },
    ]);
  };

  it('while a question waits has lost nothing: the answer goes to another', async () => {
    const { runId, requestId } = await asked();
    await doomed.process.kill();
    expect(await reply(requestId, other.developer)).toBe(202);
    await expectOneAnswer(runId);
  });

  it('before the answer is committed has not taken it: it can be given again', async () => {
    const { runId, requestId } = await asked();
    const barrier = await Barrier.open(stage.databaseUrl);
    await barrier.writesOf('resolutions');
    const cut = reply(requestId);
    const waiters = await barrier.waiters(1);
    await doomed.process.kill();
    // The dead replica's statement is still with the database: as if it had never got there.
    await barrier.cut(waiters);
    await barrier.lift();
    expect(await cut).toBe('cut off');
    expect(await reply(requestId, other.developer)).toBe(202);
    await expectOneAnswer(runId);
  });

  it('between the answer and the plan that it makes leaves the run to another, which plans with the answer', async () => {
    const { runId, requestId } = await asked();
    const barrier = await Barrier.open(stage.databaseUrl);
    await barrier.writesOf('trees');
    const answered = reply(requestId);
    const waiters = await barrier.waiters(1);
    expect(await answered).toBe(202);
    await doomed.process.kill();
    await barrier.cut(waiters);
    await barrier.lift();
    await expectOneAnswer(runId);
    expect(await reply(requestId, other.developer)).toBe(202);
  });

  it('after it has taken a refutation and before it has told others leaves the telling to another', async () => {
    const waiting = await startPending(other.developer, 'told.txt', 'x');
    const source = await startPending(doomed.developer, 'source.txt', 'x');
    const barrier = await Barrier.open(stage.databaseUrl);
    // Voiding writes approvals; a resolution in a run that does not wait writes none.
    await doomed.developer.call('run/cancel', { runId: source.runId });
    await barrier.writesOf('approvals');
    const params = { runId: source.runId, assumptionId: 'too-short', truth: false };
    await doomed.developer.call('assumption/resolve', params);
    await barrier.waiters(1);
    await doomed.process.kill();
    await barrier.lift();
    await seen(other.developer, waiting.runId, 'run.completed');
    const frames = await framesOf(other.developer, waiting.runId);
    expect(frameOf(frames, 'approval.voided')).toMatchObject({ approvalId: waiting.approvalId });
    expect(frames.filter(({ type }) => type === 'assumption.resolved')).toHaveLength(1);
    await eventually('everybody was told', async () => {
      const [row] = await stage.rows<{ left: number }>(
        `select count(*)::int as left from resolutions where not spread`,
      );
      return row?.left === 0;
    });
  });
});
