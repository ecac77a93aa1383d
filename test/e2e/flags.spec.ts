import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLAGS, type FlagState } from '@assent/contract';
import { eventually } from '../support/eventually';
import { frameOf, framesUntil } from '../support/frames';
import { writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const RULES = [{ id: 'notes-are-free', tools: ['file.write'], paths: ['notes/**'], verdict: 'allow' }];

describe('feature flags', () => {
  let stage: Stage;
  let folder: string;
  let first: Replica;
  let second: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-flags-'));
    await writeFile(join(folder, 'policy.json'), JSON.stringify({ version: 1, rules: RULES }));
    const env = { POLICY_FILE: join(folder, 'policy.json'), FEATURE_FLAGS: 'memory_routing=off' };
    [first, second] = await Promise.all([stage.start(env), stage.start(env)]);
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  const put = (flag: string, body: unknown, by = first.developer) =>
    by.fetch(`/flags/${flag}`, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const sample = async (series: string): Promise<number> => {
    const text = await (await fetch(`${first.process.url}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')
        .at(-1),
    );
  };

  it('are listed as they hold, for administrators only', async () => {
    expect(await (await first.developer.fetch('/flags')).json()).toEqual({
      items: FLAGS.map((flag) => ({
        flag,
        enabled: flag !== 'memory_routing',
        source: flag === 'memory_routing' ? 'configuration' : 'default',
        actor: null,
        updatedAt: null,
      })),
      cursor: null,
    });
    expect((await first.reviewer.fetch('/flags')).status).toBe(403);
    expect((await put('auto_approval', { enabled: false }, first.reviewer)).status).toBe(403);
  });

  it('refuse what is no flag and no setting', async () => {
    expect((await put('no_such_flag', { enabled: true })).status).toBe(404);
    expect((await put('auto_approval', { enabled: 'no' })).status).toBe(400);
    expect((await put('auto_approval', { enabled: true, tenantId: 'other' })).status).toBe(400);
    expect(await stage.rows('select flag from feature_flags')).toEqual([]);
  });

  it('switched off at one replica, automatic approval ends at the other too: a person is asked', async () => {
    const state = (await (await put('auto_approval', { enabled: false })).json()) as FlagState;
    expect(state).toMatchObject({ flag: 'auto_approval', enabled: false, source: 'tenant', actor: 'developer' });
    const check = { tool: 'file.write', args: { path: 'notes/a.txt', content: 'x' } };
    await eventually(
      'the other replica to ask',
      async () => (await second.developer.call('tool/check', check)).verdict === 'ask',
    );
    const { runId } = await second.developer.call('start', writePlan('notes/a.txt', 'x'));
    const frames = await framesUntil(second.developer, runId, 'run.waiting');
    expect(frameOf(frames, 'tool.guarded')).toMatchObject({
      verdict: 'ask',
      rule: 'flag.auto_approval',
      reason: 'Automatic approval is switched off; the rule notes-are-free would allow it.',
    });
    await expect(stage.read('notes/a.txt')).rejects.toThrow('ENOENT');
    // Reads are not changes: they need no approval.
    expect(
      (await second.developer.call('tool/check', { tool: 'file.read', args: { path: 'README.md' } })).verdict,
    ).toBe('allow');
  });

  it('that the operator has made strict is not undone by a requester: nothing is applied without a person', async () => {
    const env = {
      POLICY_FILE: join(folder, 'policy.json'),
      FEATURE_FLAGS: 'auto_approval=off,search_deliberation=off,memory_routing=on',
    };
    const third = await stage.start(env);
    for (const flag of ['auto_approval', 'search_deliberation']) {
      const refused = await put(flag, { enabled: true }, third.developer);
      expect([refused.status, await refused.json()]).toEqual([
        403,
        expect.objectContaining({ detail: expect.stringContaining('FEATURE_FLAGS') as unknown }),
      ]);
    }
    const loosened = await put('memory_routing', { enabled: false }, third.developer);
    expect(loosened.status).toBe(403);
    const { runId } = await third.developer.call('start', writePlan('notes/c.txt', 'x'));
    expect(frameOf(await framesUntil(third.developer, runId, 'run.waiting'), 'tool.guarded')).toMatchObject({
      rule: 'flag.auto_approval',
    });
    await expect(stage.read('notes/c.txt')).rejects.toThrow('ENOENT');
  });

  it('switched by another tenant, change nothing here', async () => {
    await stage.rows(`insert into feature_flags values ('other', 'search_deliberation', false, 'eve', now())`);
    const { items } = (await (await first.developer.fetch('/flags')).json()) as { items: FlagState[] };
    expect(items.find(({ flag }) => flag === 'search_deliberation')).toMatchObject({
      enabled: true,
      source: 'default',
    });
  });

  it('are seen in the metrics: what holds, who has it otherwise, and what was asked', async () => {
    expect(await sample('assent_feature_flag{flag="auto_approval"}')).toBe(1);
    expect(await sample('assent_feature_flag{flag="memory_routing"}')).toBe(0);
    expect(await sample('assent_feature_flag_tenants{flag="auto_approval",enabled="false"}')).toBe(1);
    expect(await sample('assent_feature_flag_tenants{flag="search_deliberation",enabled="false"}')).toBe(1);
    expect(await sample('assent_feature_flag_checks_total{flag="memory_routing",enabled="true"}')).toBe(0);
  });

  it('go back to the configuration when the setting is taken back, and every change is in the audit', async () => {
    const cleared = await first.developer.fetch('/flags/auto_approval', { method: 'DELETE' });
    expect(await cleared.json()).toMatchObject({ flag: 'auto_approval', enabled: true, source: 'default' });
    // Nothing is left to take back: nothing changes, and nothing is recorded.
    expect((await first.developer.fetch('/flags/auto_approval', { method: 'DELETE' })).status).toBe(200);
    expect(
      await stage.rows(
        `select action, actor, tenant_id, subject_id, detail from audit_log where subject_type = 'flag' order by created_at`,
      ),
    ).toEqual([
      {
        action: 'flag.set',
        actor: 'developer',
        tenant_id: 'local',
        subject_id: 'auto_approval',
        detail: { enabled: false },
      },
      { action: 'flag.clear', actor: 'developer', tenant_id: 'local', subject_id: 'auto_approval', detail: {} },
    ]);
    const { runId } = await first.developer.call('start', writePlan('notes/b.txt', 'free'));
    await framesUntil(first.developer, runId, 'run.completed');
    expect(await stage.read('notes/b.txt')).toBe('free');
  });
});
