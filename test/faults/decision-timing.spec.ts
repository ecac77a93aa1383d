import { Barrier } from '../support/barrier';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { violations } from '../support/oracle';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

describe('a decision takes effect', () => {
  let database: TestDatabase;
  let folder: WorkFolder;
  let replicas: Replicas;
  let asking: ServerProcess;
  let deciding: ServerProcess;

  beforeAll(async () => {
    [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
    replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env: QUICK });
    [asking, deciding] = await Promise.all([replicas.start(), replicas.start()]);
  });
  afterAll(async () => {
    await replicas.stopAll();
    await Promise.all([database.drop(), folder.remove()]);
  });

  const stateOf = async ({ runId }: Cycle) => (await replicas.developer.call('run/get', { runId })).state;
  const expectSound = async (cycle: Cycle): Promise<void> => {
    expect(await violations({ databaseUrl: database.url, folder, cycles: [cycle], servers: replicas.all })).toEqual([]);
    expect(cycle.frames.filter(({ type }) => type === 'diff.applied')).toHaveLength(1);
  };

  it('before its waiter: the replica that asked, and its client, have not heard of the request yet', async () => {
    const client = replicas.client(DEVELOPER_KEY, asking);
    const cycle = new Cycle(await folder.task(), replicas, client);
    const barrier = await Barrier.open(database.url);
    try {
      await barrier.writesOf('approvals');
      await cycle.start(client);
      await barrier.waiters(1);
      replicas.withdraw(asking);
      asking.signal('SIGSTOP');
    } finally {
      await barrier.lift();
    }
    try {
      const reviewer = replicas.client(REVIEWER_KEY, deciding);
      const { approvalId, hash } = await eventually('the approval is there', async () => {
        const { items } = await reviewer.call('approval/list', { runId: cycle.runId });
        return items[0];
      });
      expect(cycle.find('approval.requested')).toBeUndefined();
      await reviewer.approvals.approve(approvalId, hash);
      await eventually('the run has ended', async () => (await stateOf(cycle)) === 'completed');
    } finally {
      asking.signal('SIGCONT');
    }
    await cycle.ended();
    await expectSound(cycle);
    await asking.kill();
  });

  it('long after its waiter: everybody who has heard of the request is gone', async () => {
    const cycle = new Cycle(await folder.task(), replicas);
    await cycle.start();
    await cycle.seen('run.waiting');
    await replicas.stop(deciding);
    await replicas.start();
    await cycle.approve();
    await cycle.ended();
    await expectSound(cycle);
  });
});
