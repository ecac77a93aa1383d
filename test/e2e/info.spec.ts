import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExampleRun } from '@assent/contract';
import { operatorKey } from '../support/operator';
import { Caller } from '../support/caller';
import { frameOf, framesUntil, seen } from '../support/frames';
import { Stage, type Replica } from '../support/stage';

const ROOT = join(__dirname, '../..');

describe('GET /info', () => {
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({
      SELF_APPROVAL: 'allow',
      PUBLIC_URL: 'https://assent.example',
      GRAFANA_URL: 'https://grafana.example/d/assent?orgId=1',
      LLM_PROVIDER: '',
    });
  });
  afterAll(() => stage.close());

  it('tells any principal what this server is', async () => {
    const { key } = await operatorKey(stage, '--tenant=acme', '--name=k', '--scopes=run:read');
    const info = await new Caller(server.process.url, key).call('server/info', {});
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(info).toMatchObject({
      version,
      tenant: 'acme',
      workspaces: [{ name: 'example', example: false }],
      selfApproval: true,
      model: null,
      publicUrl: 'https://assent.example',
      grafanaUrl: 'https://grafana.example/d/assent?orgId=1',
      features: { auto_approval: true, memory_routing: false },
      examples: [],
    });
    const document = await server.developer.call('rpc.discover', {});
    expect(info.protocol).toBe((document['info'] as { version: string }).version);
  });

  it('names the model, and the features as they hold for the tenant', async () => {
    const script = join(stage.folder, 'script.json');
    await stage.write('script.json', JSON.stringify({ replies: [{ text: 'Done.' }] }));
    const other = await stage.start({ LLM_SCRIPT: script });
    await other.developer.call('flag/set', { flag: 'auto_approval', enabled: false });
    const { model, features, publicUrl, grafanaUrl } = await other.developer.call('server/info', {});
    expect([model, features.auto_approval, publicUrl, grafanaUrl]).toEqual([
      { provider: 'scripted', name: 'scripted' },
      false,
      null,
      null,
    ]);
  });

  describe('in the shipped workspace', () => {
    let examples: ReadonlyMap<string, ExampleRun>;

    beforeAll(async () => {
      const shipped = await stage.start({ WORKSPACES: '', DATA_DIR: join(stage.folder, '.data') });
      const info = await shipped.developer.call('server/info', {});
      expect(info.workspaces).toEqual([{ name: 'example', example: true }]);
      examples = new Map(info.examples.map((example) => [example.id, example]));
    });

    const run = async (id: string): Promise<string> => {
      const params = examples.get(id)?.params ?? { goal: '' };
      return (await server.developer.call('start', params)).runId;
    };

    const approvalOf = async (runId: string) => {
      const requested = await seen(server.developer, runId, 'approval.requested');
      return server.developer.call('approval/get', { approvalId: String(requested['approvalId']) });
    };

    it('has four examples, which end as their titles say', async () => {
      expect([...examples.keys()]).toEqual(['checkout', 'question', 'refutation', 'hidden']);
      const checkout = await run('checkout');
      expect(await approvalOf(checkout)).toMatchObject({ tool: 'file.write', risks: [] });
      const question = await run('question');
      expect(await seen(server.developer, question, 'request')).toMatchObject({ method: 'input/request' });
      const refutation = await run('refutation');
      await seen(server.developer, refutation, 'approval.requested');
      await server.developer.call('assumption/resolve', {
        runId: refutation,
        assumptionId: 'pool-short',
        truth: false,
      });
      const frames = await framesUntil(server.developer, refutation, 'run.completed');
      expect(frameOf(frames, 'approval.voided')).toBeDefined();
      const hidden = await run('hidden');
      expect((await approvalOf(hidden)).risks).toContain('hidden');
    });
  });
});
