import { eventually } from '../support/eventually';
import { framesOf } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';
import { TcpProxy } from '../support/tcp-proxy';

const HEALTHY_CALLS = 40;
const RETRYABLE = -32000;

describe('connections to the database that go silent among healthy ones', () => {
  let stage: Stage;
  let proxy: TcpProxy;
  let server: Replica;

  beforeEach(async () => {
    stage = await Stage.open();
    proxy = await TcpProxy.open(stage.databaseUrl);
    server = await stage.start({ DATABASE_URL: proxy.url });
  });
  afterEach(async () => {
    await stage.close();
    await proxy.close();
  });

  const untilCompleted = (runId: string) =>
    eventually(
      `run ${runId} completes`,
      async () => (await server.developer.call('run/get', { runId })).state === 'completed',
    );
  const silenced = (count: number) => eventually('a connection is silent', () => proxy.silenced === count);

  it('fail no run and lose no lease, and their callers may retry', async () => {
    const working = await startPending(server.developer, 'working.txt', 'one');
    const waiting = await startPending(server.developer, 'waiting.txt', 'two');

    // The replica commits an applied change, and gets no answer.
    proxy.silenceOn('"diff.applied"');
    expect((await decide(server.reviewer, working, 'approve')).status).toBe(200);
    await silenced(1);
    // Its heartbeat gets none either, and waits longer than the lease; the next one uses another connection.
    proxy.silenceOn(`{"${working.runId}"}`);
    await silenced(2);
    // A reviewer decides and gets no response.
    proxy.silenceOn(waiting.hash);
    const decision = { approvalId: waiting.approvalId, hash: waiting.hash, decision: 'approve' };
    const deciding = server.reviewer.ask('approval/decide', decision);
    await silenced(3);

    const reads = Array.from({ length: HEALTHY_CALLS }, () =>
      server.developer.ask('run/get', { runId: waiting.runId }),
    );
    for (const { error } of [...(await Promise.all(reads)), await deciding]) {
      if (error) expect(error).toMatchObject({ code: RETRYABLE, data: { retryable: true } });
    }
    expect((await decide(server.reviewer, waiting, 'approve')).status).toBe(200);
    await Promise.all([untilCompleted(working.runId), untilCompleted(waiting.runId)]);
    for (const { runId } of [working, waiting]) {
      const types = (await framesOf(server.developer, runId)).map(({ type }) => type);
      expect(types.filter((type) => type === 'diff.applied')).toHaveLength(1);
      expect(types).not.toContain('run.failed');
    }
    expect(await stage.rows('select state, takeovers, trouble from runs')).toEqual(
      Array.from({ length: 2 }, () => ({ state: 'completed', takeovers: 0, trouble: null })),
    );
    expect(await stage.read('working.txt')).toBe('one');
  });
});
