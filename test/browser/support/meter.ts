import type { CDPSession, Page } from 'playwright-core';

/** CPU time of the main thread of a page. Other processes on the machine do not count. */
export class Meter {
  private constructor(private readonly session: CDPSession) {}

  static async of(page: Page): Promise<Meter> {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    return new Meter(session);
  }

  /** Seconds that the page worked until the promise was fulfilled. */
  async cost(work: () => Promise<unknown>): Promise<number> {
    const before = await this.read();
    await work();
    return (await this.read()) - before;
  }

  private async read(): Promise<number> {
    const { metrics } = await this.session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN;
  }
}
