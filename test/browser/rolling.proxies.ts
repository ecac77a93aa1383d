import type { Browser } from 'playwright-core';
import { freePort } from '@assent/test-support/free-port';
import { startPending } from '@assent/test-support/pending';
import { PROXIES, openProxy, type Proxy } from '@assent/test-support/proxies';
import { REVIEWER_KEY } from '@assent/test-support/server-process';
import { Stage, type Replica } from '@assent/test-support/stage';
import { launchChromium } from './support/chromium';
import { Visitor } from './support/visitor';

/** A restart of each replica is one round. */
const ROUNDS = 2;

describe.each(PROXIES)('the console behind %s', (kind) => {
  let stage: Stage;
  let browser: Browser;
  let proxy: Proxy;
  let ports: readonly [number, number];
  let replicas: [Replica, Replica];

  const startAt = (port: number) =>
    stage.start({ PORT: String(port), DRAIN_SECONDS: '2', LEASE_SECONDS: '2', SWEEP_SECONDS: '1' });

  beforeAll(async () => {
    [stage, browser] = await Promise.all([Stage.open(), launchChromium()]);
    ports = [await freePort(), await freePort()];
    replicas = [await startAt(ports[0]), await startAt(ports[1])];
    proxy = await openProxy(kind, [`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`]);
  });
  afterAll(async () => {
    await browser.close();
    await proxy.close();
    await stage.close();
  });

  it('stays open, live and free of errors while both replicas are restarted', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce', locale: 'en-GB' });
    const visitor = await Visitor.arrive(browser, proxy.url, { context });
    const { page } = visitor;
    await visitor.go('/');
    await page.getByLabel('API key or token').fill(REVIEWER_KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation').first().waitFor();
    await visitor.go('/approvals');
    await page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
    expect(
      await page.evaluate(
        () => (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).nextHopProtocol,
      ),
    ).toBe('h2');
    const loads: string[] = [];
    page.on('framenavigated', (frame) => loads.push(frame.url()));
    for (let round = 0; round < ROUNDS * replicas.length; round += 1) {
      const at = round % replicas.length;
      const other = replicas[1 - at];
      // The question is asked while its replica goes: the console sees it all the same.
      const stopping = replicas[at]?.process.stop();
      await startPending(other?.developer ?? replicas[0].developer, `round-${round}.txt`, 'x', {
        goal: `Round ${round}`,
      });
      expect(await stopping).toBe(0);
      replicas[at] = await startAt(ports[at] ?? 0);
      const fresh = page.getByRole('button', { name: /\d+ new/ });
      const row = page.getByRole('link', { name: `Round ${round}` });
      await fresh.or(row).first().waitFor();
      if (await fresh.isVisible()) await fresh.click();
      await row.waitFor();
    }
    await page.locator('.connection').getByText('Live').waitFor();
    expect(loads).toEqual([]);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });
});
