import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { scaled } from '@assent/test-support/limits';
import { DEVELOPER_KEY, REVIEWER_KEY } from '@assent/test-support/server-process';

const SCREENSHOTS = join(__dirname, '../../../dist/screenshots');
const AXE = createRequire(__filename).resolve('axe-core/axe.min.js');
/** For what an idle machine shows within a second. */
const SHOWN_WITHIN_MS = 15_000;

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export interface Looks {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
  /** Tabs that share storage and a session. */
  readonly context?: BrowserContext;
}

export interface Violation {
  readonly rule: string;
  readonly where: readonly string[];
}

/** A person with a browser: one tab, and everything in it that nobody should have to see. */
export class Visitor {
  /** Errors of the page: uncaught ones, refused by the Content-Security-Policy, written to the console. */
  readonly troubles: string[] = [];

  private constructor(
    readonly page: Page,
    readonly url: string,
  ) {
    page.setDefaultTimeout(scaled(SHOWN_WITHIN_MS));
    page.on('pageerror', (error) => this.troubles.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      // The browser itself reports each response of 4xx and 5xx; tests look at what the page makes of them.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.troubles.push(message.text());
    });
  }

  /** @param url of the server */
  static async arrive(browser: Browser, url: string, looks: Looks = {}): Promise<Visitor> {
    const { viewport = DESKTOP, colorScheme = 'light' } = looks;
    const context =
      looks.context ?? (await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', locale: 'en-GB' }));
    // The policy of the page refuses every script that is not the server's; one that the browser itself adds is exempt.
    if (!looks.context) await context.addInitScript({ path: AXE });
    return new Visitor(await context.newPage(), url);
  }

  /** Opens the one-time link for both seats, as the banner prints it. The developer's seat is active. */
  async openFirstLink(): Promise<void> {
    await this.page.goto(await firstLink(this.url));
    await this.page.getByRole('navigation').first().waitFor();
  }

  /** @param path below /ui, for example `/runs` */
  async go(path: string): Promise<void> {
    await this.page.goto(`${this.url}/ui${path}`);
  }

  /** What axe finds on the page as it is now. */
  async violations(): Promise<Violation[]> {
    return this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Found[] }> } };
      interface Found {
        readonly id: string;
        readonly nodes: readonly { readonly target: readonly string[] }[];
      }
      // Nobody reads a text while its colours change.
      const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
      await Promise.allSettled(transitions.map(({ finished }) => finished));
      const { violations } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] });
      return violations.map(({ id, nodes }) => ({ rule: id, where: nodes.map(({ target }) => target.join(' ')) }));
    });
  }

  /** Kept as an artefact: dist/screenshots/<name>.png. */
  async picture(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

/** A new one-time link for both seats. */
export async function firstLink(url: string): Promise<string> {
  const answer = await fetch(`${url}/session/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${DEVELOPER_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reviewerKey: REVIEWER_KEY }),
  });
  return ((await answer.json()) as { readonly url: string }).url;
}
