import { person } from '@assent/test-support/people';
import { startPending } from '@assent/test-support/pending';
import { ConsoleScene } from './support/console-scene';

const SMALL = { width: 320, height: 640 };

describe('the pages for every person', () => {
  let scene: ConsoleScene;
  let paths: readonly string[];

  beforeAll(async () => {
    scene = await ConsoleScene.open();
    const { runId, approvalId } = await startPending(
      scene.server.developer,
      'a/rather/long/path/of/a/file/that/is/written.txt',
      `${'a long line '.repeat(40)}\n`,
    );
    paths = [
      ...[
        '/',
        '/try',
        '/runs',
        `/runs/${runId}`,
        `/runs/${runId}?tab=frames`,
        '/approvals',
        `/approvals/${approvalId}`,
      ],
      ...[
        '/memory',
        '/memory/agent',
        '/tools',
        '/tools?tab=policy',
        '/webhooks',
        '/audit',
        '/server',
        '/server?tab=keys',
      ],
    ];
  });
  afterAll(() => scene.close());

  it('fit 320 pixels without scrolling sideways', async () => {
    const visitor = await scene.arrive({ viewport: SMALL });
    await visitor.openFirstLink();
    for (const path of paths) {
      await visitor.go(path);
      await visitor.page.getByRole('heading', { level: 1 }).waitFor();
      await visitor.page.locator('.loading').first().waitFor({ state: 'detached' });
      const width = await visitor.page.evaluate(() => document.documentElement.scrollWidth);
      expect([path, width]).toEqual([path, SMALL.width]);
      await visitor.picture(`narrow${path.replaceAll(/[^a-z]+/g, '-').replace(/-$/, '')}`);
    }
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('keep what they say with the colours of the person', async () => {
    const visitor = await scene.arrive();
    await visitor.page.emulateMedia({ forcedColors: 'active' });
    await visitor.openFirstLink();
    for (const path of paths) {
      await visitor.go(path);
      await visitor.page.getByRole('heading', { level: 1 }).waitFor();
      await visitor.page.locator('.loading').first().waitFor({ state: 'detached' });
      await visitor.picture(`forced${path.replaceAll(/[^a-z]+/g, '-').replace(/-$/, '')}`);
      expect([path, await visitor.violations()]).toEqual([path, []]);
    }
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('name the scope that a seat lacks, without a request that is refused', async () => {
    const lea = await person(scene.stage.sql, scene.server.process.url, 'lea', [], ['memory:read']);
    const visitor = await scene.arrive();
    const { page } = visitor;
    const refused: string[] = [];
    page.on('response', (answer) => {
      if (answer.status() === 403) refused.push(answer.url());
    });
    await visitor.go('/');
    await page.getByLabel('API key or token').fill(lea.key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You act as lea.').waitFor();
    expect(await visitor.violations()).toEqual([]);
    for (const [path, scope] of [
      ['/runs', 'run:read'],
      ['/approvals', 'approval:read'],
      ['/webhooks', 'webhook:admin'],
      ['/tools?tab=policy', 'tool:admin'],
    ]) {
      await visitor.go(path ?? '');
      await page
        .getByText(scope ?? '')
        .first()
        .waitFor();
      expect([path, await visitor.violations()]).toEqual([path, []]);
    }
    await visitor.go('/memory');
    await page.getByRole('heading', { name: 'Nothing is learnt yet' }).waitFor();
    expect(refused).toEqual([]);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });
});
