import { decide } from '../support/pending';
import { eventually } from '../support/eventually';
import { allowed, askHook, denied, pendingQuestion, pendingQuestions } from '../support/hooks';
import { operatorKey } from '../support/operator';
import { person } from '../support/people';
import { Caller } from '../support/caller';
import { Barrier } from '../support/barrier';
import { Stage } from '../support/stage';

const MANY = 500;

describe('held questions of coding agents', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.close());

  const agentAt = (url: string) => person(stage.sql, url, 'ann/laptop', [], ['permission:ask']);

  it('survive a server that is killed: the repeated question attaches, also at another replica', async () => {
    const first = await stage.start();
    const asking = askHook(await agentAt(first.process.url), 'make survive').catch(() => null);
    const approval = await pendingQuestion(first.reviewer, 'make survive');
    await first.process.kill();
    expect(await asking).toBeNull();
    const [second, third] = await Promise.all([stage.start(), stage.start()]);
    const again = askHook(await agentAt(second.process.url), 'make survive');
    await eventually('it is held again', async () =>
      /^assent_streams 1$/m.test(await (await second.developer.fetch('/metrics')).text()),
    );
    expect(await pendingQuestions(third.reviewer, 'make survive')).toHaveLength(1);
    await decide(third.reviewer, approval, 'approve');
    expect((await again).body).toEqual(allowed());
  });

  it.each([
    ['never reaches the database', true],
    ['is carried out after its death', false],
  ])('are allowed once when the server is killed before it answers, and its claim %s', async (_fate, isLost) => {
    const [victim, survivor] = await Promise.all([stage.start(), stage.start()]);
    const asking = askHook(await agentAt(victim.process.url), 'make claim').catch(() => null);
    const approval = await pendingQuestion(survivor.reviewer, 'make claim');
    const barrier = await Barrier.open(stage.databaseUrl);
    try {
      await barrier.writesOf('agent_permissions');
      await decide(survivor.reviewer, approval, 'approve');
      const waiters = await barrier.waiters(1);
      await victim.process.kill();
      if (isLost) await barrier.cut(waiters);
    } finally {
      await barrier.lift();
    }
    expect(await asking).toBeNull();
    const claims = () => stage.rows('select from agent_permissions where served_at is not null and not is_served');
    await eventually('the fate of the claim', async () => (await claims()).length === (isLost ? 0 : 1));
    const agent = await agentAt(survivor.process.url);
    const again = askHook(agent, 'make claim');
    if (!isLost) {
      await eventually('it waits for the answer of the dead server', async () =>
        /^assent_streams 1$/m.test(await (await survivor.developer.fetch('/metrics')).text()),
      );
      // What only time would do: the time limit of that answer is over.
      await stage.rows(`update agent_permissions set served_at = served_at - interval '1 minute'`);
    }
    expect((await again).body).toEqual(allowed());
    expect(await stage.rows('select from approvals')).toHaveLength(1);
    expect((await askHook(agent, 'make claim', { query: '?hold=1' })).body).toEqual({});
    expect((await pendingQuestion(survivor.reviewer, 'make claim')).approvalId).not.toBe(approval.approvalId);
  });

  it('are allowed once when the server is killed after it has answered, before it has recorded that', async () => {
    const [victim, survivor] = await Promise.all([stage.start(), stage.start()]);
    const asking = askHook(await agentAt(victim.process.url), 'make once');
    const approval = await pendingQuestion(survivor.reviewer, 'make once');
    // The record of a written answer waits for the test.
    await stage.rows(`create function hold() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock(4711); return new; end $$`);
    await stage.rows(`create trigger hold before update on agent_permissions for each row
      when (new.served_at is null and old.served_at is not null) execute function hold()`);
    await stage.rows('select pg_advisory_lock(4711)');
    await decide(survivor.reviewer, approval, 'approve');
    expect((await asking).body).toEqual(allowed());
    const waiting = `from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    await eventually('the record waits', async () => (await stage.rows(`select ${waiting}`)).length === 1);
    await victim.process.kill();
    await stage.rows(`select pg_terminate_backend(pid) ${waiting}`);
    await stage.rows('drop trigger hold on agent_permissions');
    await stage.rows('select pg_advisory_unlock(4711)');
    const agent = await agentAt(survivor.process.url);
    const again = askHook(agent, 'make once', { query: '?hold=1' });
    await stage.rows(`update agent_permissions set served_at = served_at - interval '1 minute'`);
    expect((await again).body).toEqual({});
    const next = await pendingQuestion(survivor.reviewer, 'make once');
    expect(next.approvalId).not.toBe(approval.approvalId);
    expect(await stage.rows('select is_served from agent_permissions order by approval_id')).toEqual([
      { is_served: true },
      { is_served: false },
    ]);
  });

  it('are answered as if the hold were over when the server stops', async () => {
    const { process, reviewer } = await stage.start();
    const agent = await agentAt(process.url);
    const asking = [
      askHook(agent, 'make drain'),
      askHook(agent, 'make drain too', { query: '?onTimeout=deny' }),
      askHook(agent, 'make drain three', { event: 'PermissionRequest', agent: 'codex' }),
    ];
    const approvals = await pendingQuestions(reviewer, 'make drain', asking.length);
    expect(await process.stop()).toBe(0);
    const [first, second, third] = await Promise.all(asking);
    const open = approvals.find(({ goal }) => goal.endsWith('too'))?.approvalId ?? '';
    expect([first?.body, third?.body]).toEqual([{}, {}]);
    expect(second?.body).toEqual(denied(`nobody decided in time; ask again, the request stays open as ${open}`));
    const rows = await stage.rows("select id from approvals where state = 'pending'");
    expect(rows).toHaveLength(asking.length);
  });

  it('are bounded by MAX_STREAMS, and end with their key', async () => {
    const server = await stage.start({ MAX_STREAMS: '2' });
    const { id, key } = await operatorKey(stage, '--name=agent', '--subject=ann/laptop', '--scopes=permission:ask');
    const agent = new Caller(server.process.url, key);
    const asking = ['make one', 'make two'].map((command) => askHook(agent, command));
    await pendingQuestions(server.reviewer, 'make', asking.length);
    await eventually('both are held', async () =>
      /^assent_streams 2$/m.test(await (await server.developer.fetch('/metrics')).text()),
    );
    expect(await askHook(agent, 'make three')).toMatchObject({
      status: 503,
      body: { type: 'urn:assent:error:overloaded' },
    });
    await pendingQuestions(server.reviewer, 'make', asking.length);
    await stage.rows('update api_keys set revoked_at = now() where id = $1', [id]);
    for (const { status } of await Promise.all(asking)) expect(status).toBe(401);
  });

  it(`are answered each with its own decision, ${MANY} at a time on two replicas`, async () => {
    const replicas = await Promise.all([stage.start(), stage.start()]);
    const agents = await Promise.all(replicas.map(({ process }) => agentAt(process.url)));
    const asking = Array.from({ length: MANY }, async (_, number) => {
      const agent = agents[number % agents.length];
      return agent && askHook(agent, `make many ${number}`, { query: '?hold=300' });
    });
    const held = async (): Promise<number> => {
      const texts = await Promise.all(replicas.map(async (r) => (await r.developer.fetch('/metrics')).text()));
      return texts.reduce((sum, text) => sum + Number(/^assent_streams (\d+)$/m.exec(text)?.[1]), 0);
    };
    await eventually('all are held', async () => (await held()) === MANY, 120_000);
    // Every second one is rejected, all at one replica.
    const { reviewer } = replicas[0];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(reviewer, cursor);
      const decisions = page.items.map(({ approvalId, hash, goal }) => {
        const decision = Number(goal.split(' ').at(-1)) % 2 === 0 ? ('approve' as const) : ('reject' as const);
        return { approvalId, hash, decision };
      });
      for (let at = 0; at < decisions.length; at += 50) {
        await reviewer.call('approval/decide_many', { decisions: decisions.slice(at, at + 50) });
      }
      ({ cursor } = page);
    } while (cursor !== null);
    const answers = await Promise.all(asking);
    answers.forEach((answer, number) => {
      const behavior = number % 2 === 0 ? 'allow' : 'deny';
      expect([number, answer?.body]).toMatchObject([number, { hookSpecificOutput: { decision: { behavior } } }]);
    });
    expect(await held()).toBe(0);
  });
});

function list(by: Caller, cursor: string | null) {
  return by.call('approval/list', { subject: 'agent_permission', limit: 100, ...(cursor !== null && { cursor }) });
}
