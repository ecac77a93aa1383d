import { ConsoleScene } from './support/console-scene';
import { firstLink } from './support/visitor';

describe('the page of the console', () => {
  let scene: ConsoleScene;

  beforeAll(async () => {
    scene = await ConsoleScene.open();
  });
  afterAll(() => scene.close());

  it('takes the token of a one-time link out of the address before anything else runs', async () => {
    const visitor = await scene.arrive();
    const link = await firstLink(scene.server.process.url);
    await visitor.page.goto(link);
    await visitor.page.getByRole('navigation').first().waitFor();
    expect(visitor.page.url()).toBe(`${scene.server.process.url}/ui/`);
    expect(await visitor.page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('runs no script that is not its own', async () => {
    const visitor = await scene.arrive();
    await visitor.go('/');
    const refused = await visitor.page.evaluate(() => {
      const script = document.createElement('script');
      const attempts: readonly (() => unknown)[] = [
        () => (document.createElement('div').innerHTML = '<b>x</b>'),
        () => (script.text = 'globalThis.ran = true'),
        () => (script.src = '/ui/assets/other.js'),
      ];
      return attempts.map((attempt) => {
        try {
          attempt();
          return 'ran';
        } catch (error) {
          return error instanceof Error ? error.name : String(error);
        }
      });
    });
    expect(refused).toEqual(['TypeError', 'TypeError', 'TypeError']);
    await visitor.leave();
  });
});
