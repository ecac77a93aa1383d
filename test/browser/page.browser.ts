import type { Browser } from 'playwright-core';
import { Stage, type Replica } from '@assent/test-support/stage';
import { launchChromium } from './support/chromium';
import { Visitor, firstLink } from './support/visitor';

describe('the page of the console', () => {
  let stage: Stage;
  let server: Replica;
  let browser: Browser;

  beforeAll(async () => {
    [stage, browser] = await Promise.all([Stage.open(), launchChromium()]);
    server = await stage.start();
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  it('takes the token of a one-time link out of the address before anything else runs', async () => {
    const visitor = await Visitor.arrive(browser, server.process.url);
    const link = await firstLink(server.process.url);
    await visitor.page.goto(link);
    await visitor.page.getByRole('navigation').first().waitFor();
    expect(visitor.page.url()).toBe(`${server.process.url}/ui/`);
    expect(await visitor.page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('runs no script that is not its own', async () => {
    const visitor = await Visitor.arrive(browser, server.process.url);
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
