import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decide, startPending } from '../support/pending';
import type { Caller } from '../support/caller';
import { frameOf, framesUntil } from '../support/frames';
import { readPlan, writePlan } from '../support/plans';
import { Stage } from '../support/stage';

const RULES = [
  { id: 'no-secrets', tools: ['file.*'], paths: ['secrets/**'], verdict: 'deny', reason: 'Secrets are for people.' },
  { id: 'notes-are-free', tools: ['file.write'], paths: ['notes/**'], verdict: 'allow' },
];

describe('the policy of the tools', () => {
  let stage: Stage;
  let folder: string;
  let developer: Caller;
  let reviewer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-policy-'));
    const file = join(folder, 'policy.json');
    await writeFile(file, JSON.stringify({ version: 1, rules: RULES }));
    ({ developer, reviewer } = await stage.start({ POLICY_FILE: file }));
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('lets a read run at once, and its output is the end of the run', async () => {
    const { runId } = await developer.call('start', readPlan('README.md'));
    const frames = await framesUntil(developer, runId, 'run.completed');
    const output = frameOf(frames, 'tool.output')['output'];
    expect(output).toMatchObject({ path: 'README.md', content: await stage.read('README.md') });
    expect((await developer.call('run/get', { runId })).result).toEqual({
      kind: 'output',
      actionId: 'read',
      output,
      reached: null,
    });
  });

  it('fails a run whose read finds nothing, without a path of the machine', async () => {
    const { runId } = await developer.call('start', readPlan('no-such-file'));
    const frames = await framesUntil(developer, runId, 'run.failed');
    expect(frameOf(frames, 'run.failed')).toMatchObject({ error: { reason: 'not_found' } });
    expect(JSON.stringify(frames)).not.toContain(stage.folder);
  });

  it('denies what a rule denies, without asking a person', async () => {
    const { runId } = await developer.call('start', writePlan('secrets/key.pem', 'x'));
    const frames = await framesUntil(developer, runId, 'run.failed');
    expect(frameOf(frames, 'tool.guarded')).toMatchObject({
      verdict: 'deny',
      rule: 'no-secrets',
      reason: 'Secrets are for people.',
    });
    expect(frames.map(({ type }) => type)).not.toContain('diff.created');
    await expect(stage.read('secrets/key.pem')).rejects.toThrow('ENOENT');
  });

  it('applies what a rule allows without asking, and the record says which rule it was', async () => {
    const { runId } = await developer.call('start', writePlan('notes/today.md', 'fine\n'));
    const frames = await framesUntil(developer, runId, 'run.completed');
    expect(frameOf(frames, 'approval.decided')).toMatchObject({ decision: 'approve', actor: 'policy:notes-are-free' });
    expect(frames.map(({ type }) => type)).not.toContain('request');
    expect(await stage.read('notes/today.md')).toBe('fine\n');
    const { items } = await reviewer.call('approval/list', { runId });
    expect(items).toMatchObject([{ state: 'approved', rule: 'notes-are-free', runId }]);
  });

  it('asks for what a rule allows where the start narrows it', async () => {
    const pending = await startPending(developer, 'notes/asked.md', 'x', { policy: { ask: ['file.*'] } });
    expect(frameOf(pending.frames, 'tool.guarded')).toMatchObject({ verdict: 'ask', rule: 'start.ask' });
    expect((await decide(reviewer, pending, 'reject')).status).toBe(200);
    await expect(stage.read('notes/asked.md')).rejects.toThrow('ENOENT');
  });

  it('ends without a diff where a write would change nothing', async () => {
    const { runId } = await developer.call('start', writePlan('README.md', await stage.read('README.md')));
    const frames = await framesUntil(developer, runId, 'run.completed');
    expect(frameOf(frames, 'run.completed')).toMatchObject({ result: { kind: 'unchanged', actionId: 'write' } });
  });
});
