import type { Browser } from 'playwright-core';
import { Stage, type Replica } from '@assent/test-support/stage';
import { launchChromium } from './chromium';
import { Visitor, type Looks } from './visitor';

/** A server with its console, and a browser to open it in. */
export class ConsoleScene {
  private constructor(
    readonly stage: Stage,
    readonly server: Replica,
    readonly browser: Browser,
  ) {}

  /** @param settings of the server, as `Stage.start` takes them */
  static async open(...settings: Parameters<Stage['start']>): Promise<ConsoleScene> {
    const [stage, browser] = await Promise.all([Stage.open(), launchChromium()]);
    return new ConsoleScene(stage, await stage.start(...settings), browser);
  }

  arrive(looks?: Looks): Promise<Visitor> {
    return Visitor.arrive(this.browser, this.server.process.url, looks);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.stage.close();
  }
}
