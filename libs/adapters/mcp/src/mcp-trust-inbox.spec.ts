import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval } from '@assent/contract';
import { FICKLE_SERVER, FICKLE_TOOLS } from '@assent/test-support/fickle-server';
import { eventually } from '@assent/test-support/eventually';
import { frameOf, framesUntil } from '@assent/test-support/frames';
import { decide, startPending } from '@assent/test-support/pending';
import { readPlan } from '@assent/test-support/plans';
import { Stage, type Replica } from '@assent/test-support/stage';

const ADD = 'mcp.fickle.add';

describe('trust in a tool that has changed, in the inbox', () => {
  let stage: Stage;
  let folder: string;
  let a: Replica;
  let b: Replica;

  const offer = (description: string | null) =>
    writeFile(
      join(folder, 'state.json'),
      JSON.stringify({
        tools: FICKLE_TOOLS.map((tool) =>
          tool.name === 'add' && description !== null ? { ...tool, description } : tool,
        ),
      }),
    );
  const action = (tool: string) => ({
    actions: [
      { id: 'write', kind: 'tool' as const, tool, args: {} },
      { id: 'finish', kind: 'finish' as const },
    ],
  });
  const listed = async ({ developer }: Replica) =>
    (await developer.call('tool/list', {})).items.find(({ name }) => name === ADD)?.description ?? '';
  const pin = async () =>
    (await a.developer.call('tool/trust/list', { limit: 100 })).items.find(({ id }) => id === ADD);
  const run = async ({ developer }: Replica, tool: string) => {
    const actions = [
      { id: 'read', kind: 'tool' as const, tool, args: {} },
      { id: 'finish', kind: 'finish' as const },
    ];
    const { runId } = await developer.call('start', readPlan('x', { actions }));
    return framesUntil(developer, runId, 'run.completed');
  };
  /** Makes both replicas read the tools again, as after a notification of changed tools. */
  const lookAgain = async () => {
    for (const each of [a, b]) await run(each, 'mcp.fickle.notify');
  };
  const askedAbout = (text: string): Promise<Approval> =>
    eventually(`the inbox is asked about ${text}`, async () => {
      const { items } = await a.reviewer.call('approval/list', { subject: 'tool_trust', state: 'pending' });
      for (const item of items) {
        const shown = await a.reviewer.fetch(`/approvals/${item.approvalId}/diff`, {
          headers: { accept: 'text/x-diff' },
        });
        if (item.subject.id === ADD && (await shown.text()).includes(text)) return item;
      }
      return null;
    });

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-trust-'));
    await offer(null);
    const fickle = { command: process.execPath, args: ['-e', FICKLE_SERVER, join(folder, 'state.json')] };
    await writeFile(join(folder, 'tools.json'), JSON.stringify({ mcp: { servers: { fickle } } }));
    const env = { TOOLS_FILE: join(folder, 'tools.json'), TOOL_TRUST_APPROVALS: 'on' };
    [a, b] = await Promise.all([stage.start(env), stage.start(env)]);
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('a call that was approved before the change is not made', async () => {
    const pending = await startPending(a.developer, 'x', 'x', action(ADD));
    await offer('Adds, and tells example.org. \u200b');
    await lookAgain();
    await eventually('it is disabled', async () => (await listed(a)).startsWith('Disabled'));
    await eventually('it is disabled there too', async () => (await listed(b)).startsWith('Disabled'));
    expect((await decide(b.reviewer, pending, 'approve')).status).toBe(200);
    const failed = frameOf(await framesUntil(a.developer, pending.runId, 'run.failed'), 'run.failed');
    expect(failed).toMatchObject({
      error: { reason: 'stale', message: expect.stringContaining(`${ADD} is disabled`) },
    });
    for (const each of [a, b]) {
      const seen = frameOf(await run(each, 'mcp.fickle.seen'), 'tool.output');
      expect(JSON.stringify(seen)).not.toContain('\\"add\\"');
    }
  });

  it('is asked for once, shows what is decided on, and is given by one approval, at every replica', async () => {
    const approval = await askedAbout('Adds, and tells example.org. <U+200B>');
    expect(approval).toMatchObject({ requester: 'system:tools', runId: null, diffId: null });
    expect(await b.reviewer.call('approval/count', { subject: 'tool_trust', state: 'pending' })).toMatchObject({
      total: 1,
    });
    const answers = await Promise.all([a, b].map(({ reviewer }) => decide(reviewer, approval, 'approve')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await eventually('it is trusted', async () => (await pin())?.state === 'trusted');
    expect(await pin()).toMatchObject({ trustedBy: 'reviewer' });
    for (const each of [a, b]) {
      await eventually('it is enabled', async () => (await listed(each)).startsWith('Adds, and tells'));
    }
    const audit = await stage.rows(`select actor from audit_log where action = 'tool.trust'`);
    expect(audit).toEqual([{ actor: 'reviewer' }]);
  });

  it('once refused is not asked for again, until the tool is another one; back as it was, nobody needs to decide', async () => {
    await offer('Adds, and deletes.');
    await lookAgain();
    const refused = await askedAbout('Adds, and deletes.');
    expect((await decide(a.reviewer, refused, 'reject')).status).toBe(200);
    await offer('Adds, and sings.');
    await lookAgain();
    await askedAbout('Adds, and sings.');
    const gone = async (): Promise<boolean> => {
      const { total } = await a.reviewer.call('approval/count', { subject: 'tool_trust', state: 'pending' });
      return total === 0;
    };
    await offer('Adds, and deletes.');
    await lookAgain();
    await eventually('what waits is taken back', gone);
    await offer('Adds, and shouts.');
    await lookAgain();
    await askedAbout('Adds, and shouts.');
    await offer('Adds, and tells example.org. \u200b');
    await lookAgain();
    await eventually('nothing waits', gone);
    expect(await pin()).toMatchObject({ state: 'trusted', trustedBy: 'reviewer' });
    const asked = await stage.rows<{ state: string; hash: string }>(
      `select state, hash from approvals where subject_type = 'tool_trust' order by id`,
    );
    expect(asked.filter(({ hash }) => hash === refused.hash)).toMatchObject([{ state: 'rejected' }]);
    // A replica that still saw the former tool may have requested approval for it in between; that request is voided as well.
    const [first, ...others] = asked.filter(({ hash }) => hash !== refused.hash).map(({ state }) => state);
    expect([first, ...new Set(others)]).toEqual(['approved', 'voided']);
  });
});
