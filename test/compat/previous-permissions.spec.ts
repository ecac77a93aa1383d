import type { Approval } from '@assent/contract';
import { EventReceiver, EVENT_SETTINGS, type Json } from '../support/event-receiver';
import { allowed, askHook, pendingQuestion } from '../support/hooks';
import { askMcp } from '../support/mcp-gateway';
import { decide, startPending } from '../support/pending';
import { person } from '../support/people';
import { PreviousVersion } from '../support/previous-version';
import { Stage, type Replica } from '../support/stage';

/** The first file of agents' questions: the commit before it is the version that runs while they are rolled out. */
const BEFORE = 'apps/server/src/migrations/1766100000000-agent-permissions.ts';

describe('clients of this version beside the version before', () => {
  let stage: Stage;
  let previous: PreviousVersion;
  let before: Replica;
  let now: Replica;

  beforeAll(async () => {
    [stage, previous] = await Promise.all([Stage.open(), PreviousVersion.checkoutBefore(BEFORE)]);
    now = await stage.start(EVENT_SETTINGS);
    before = await stage.start({ ...previous.env, MIGRATE_ON_START: 'off' }, previous.command);
  });
  afterAll(async () => {
    await stage.close();
    await previous.remove();
  });

  it('have the questions of coding agents decided only by a replica that can show them', async () => {
    const agent = await person(stage.sql, now.process.url, 'ann/laptop', [], ['permission:ask']);
    const asking = askHook(agent, 'make old');
    const approval = await pendingQuestion(now.reviewer, 'make old');
    for (const decision of ['approve', 'reject'] as const)
      expect((await decide(before.reviewer, approval, decision)).ok).toBe(false);
    const read = (await (await now.reviewer.fetch(`/approvals/${approval.approvalId}`)).json()) as Approval;
    expect(read).toMatchObject({ state: 'pending', votes: [] });
    expect((await decide(now.reviewer, approval, 'approve')).status).toBe(200);
    expect((await asking).body).toEqual(allowed());
  });

  it('get the events of what either version decides', async () => {
    const receiver = await EventReceiver.open();
    await askMcp(now, 'events/subscribe', receiver.params());
    const runIds: string[] = [];
    for (const { developer, reviewer } of [before, now]) {
      const pending = await startPending(developer, `event-${runIds.length}.txt`, 'event\n');
      await decide(reviewer, pending, 'reject');
      runIds.push(pending.runId);
    }
    await receiver.message(1);
    expect(receiver.bodies.map(({ data }) => (data as Json)['runId'])).toEqual(runIds);
    await receiver.close();
  });
});
