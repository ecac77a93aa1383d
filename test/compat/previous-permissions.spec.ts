import type { Approval } from '@assent/contract';
import { allowed, askHook, pendingQuestion } from '../support/hooks';
import { decide } from '../support/pending';
import { person } from '../support/people';
import { PreviousVersion } from '../support/previous-version';
import { Stage, type Replica } from '../support/stage';

/** The first file of agents' questions: the commit before it is the version that runs while they are rolled out. */
const BEFORE = 'apps/server/src/migrations/1766100000000-agent-permissions.ts';

describe('questions of coding agents beside the version before', () => {
  let stage: Stage;
  let previous: PreviousVersion;
  let before: Replica;
  let now: Replica;

  beforeAll(async () => {
    [stage, previous] = await Promise.all([Stage.open(), PreviousVersion.checkoutBefore(BEFORE)]);
    now = await stage.start();
    before = await stage.start({ ...previous.env, MIGRATE_ON_START: 'off' }, previous.command);
  });
  afterAll(async () => {
    await stage.close();
    await previous.remove();
  });

  it('are decided only by a replica that can show them', async () => {
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
});
