import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartParams } from '@assent/contract';
import { framesOf, framesUntil, seen } from '../support/frames';
import { decide } from '../support/pending';
import { readPlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const HIDDEN = 'the-hidden-content-of-the-file';

/**
 * With a sandbox (bubblewrap or namespaces) hidden files are not there for a program; where none works the call is refused.
 * Either way nothing of them comes out, and nothing goes in.
 */
describe('a program in a workspace with files that the policy hides', () => {
  let stage: Stage;
  let folder: string;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-hidden-'));
    const rule = { id: 'hidden', tools: ['*'], paths: ['secrets/**', '**/.env'], verdict: 'deny' };
    await writeFile(join(folder, 'policy.json'), JSON.stringify({ version: 1, rules: [rule] }));
    const programs = {
      sh: { path: '/bin/sh', effect: 'external' },
      cat: { path: '/bin/cat', effect: 'read' },
    };
    await writeFile(join(folder, 'tools.json'), JSON.stringify({ shell: { programs, sandbox: 'preferred' } }));
    await mkdir(join(stage.folder, 'secrets'));
    await stage.write('secrets/key.txt', HIDDEN);
    await stage.write('.env', HIDDEN);
    await stage.write('open.txt', 'for everybody');
    server = await stage.start({ POLICY_FILE: join(folder, 'policy.json'), TOOLS_FILE: join(folder, 'tools.json') });
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  const calling = (tool: string, args: Record<string, unknown>): StartParams => ({
    ...readPlan('x'),
    actions: [
      { id: 'read', kind: 'tool', tool, args },
      { id: 'finish', kind: 'finish' },
    ],
  });

  /** No hidden file is in any readable or stored part of the run, and it is unchanged. */
  async function expectHidden(runId: string): Promise<void> {
    const rows = await stage.rows<{ all: string }>(
      `select frames::text as all from frames where run_id = $1 union all select runs::text from runs where id = $1
        union all select encode(content, 'escape') from diffs where run_id = $1`,
      [runId],
    );
    const reported = [JSON.stringify(await framesOf(server.developer, runId)), ...rows.map(({ all }) => all)].join(
      '\n',
    );
    expect(reported).not.toContain(HIDDEN);
    expect([await stage.read('secrets/key.txt'), await stage.read('.env')]).toEqual([HIDDEN, HIDDEN]);
  }

  it('is shown none of them when it only reads', async () => {
    const args = { program: 'cat', args: ['open.txt', 'secrets/key.txt', '.env'] };
    const { runId } = await server.developer.call('start', calling('shell.read', args));
    await Promise.any(['run.completed', 'run.failed'].map((type) => framesUntil(server.developer, runId, type)));
    await expectHidden(runId);
  });

  it('can neither show, change, move nor replace them when it was approved to run', async () => {
    const script = [
      'cat secrets/key.txt .env open.txt',
      'echo gone > secrets/key.txt',
      'rm -f secrets/key.txt .env',
      'mv secrets elsewhere',
      'cp open.txt .env',
      'ln -f .env other',
      'cat other elsewhere/key.txt',
    ].join('; ');
    const { runId } = await server.developer.call(
      'start',
      calling('shell.run', { program: 'sh', args: ['-c', script] }),
    );
    const frames = await Promise.any(
      ['approval.requested', 'run.failed'].map((type) => seen(server.developer, runId, type)),
    );
    if (frames.type === 'approval.requested') {
      const approval = { approvalId: String(frames['approvalId']), hash: String(frames['hash']) };
      expect((await decide(server.reviewer, approval, 'approve')).status).toBe(200);
      await Promise.any(['run.completed', 'run.failed'].map((type) => framesUntil(server.developer, runId, type)));
    }
    await expectHidden(runId);
  });
});
