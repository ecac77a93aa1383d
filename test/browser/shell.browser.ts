import type { Page } from 'playwright-core';
import { DEVELOPER_KEY } from '@assent/test-support/server-process';
import { ConsoleScene } from './support/console-scene';
import { DESKTOP, PHONE, Visitor, firstLink } from './support/visitor';

const LOOKS = [
  ['light', { viewport: DESKTOP, colorScheme: 'light' }],
  ['dark', { viewport: DESKTOP, colorScheme: 'dark' }],
  ['phone', { viewport: PHONE, colorScheme: 'light' }],
] as const;

const TABS = 8;
/** Longer than a tab may be hidden before it lets its stream go. */
const LONG_HIDDEN_MS = 31_000;

describe('the frame of the console', () => {
  let scene: ConsoleScene;

  beforeAll(async () => {
    scene = await ConsoleScene.open();
  });
  afterAll(() => scene.close());

  const signedOut = (page: Page) => page.getByRole('heading', { name: 'Sign in' });
  const menu = (page: Page) => page.getByRole('button', { name: /^Signed in as/ });

  async function pasteKey(page: Page, key: string): Promise<void> {
    await page.getByLabel('API key or token').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  it.each(LOOKS)('is without a fault for axe: sign-in, start, menu, help, pause (%s)', async (name, looks) => {
    const visitor = await scene.arrive(looks);
    const { page } = visitor;
    const look = async (state: string): Promise<void> => {
      expect([state, await visitor.violations()]).toEqual([state, []]);
      await visitor.picture(`shell-${state}-${name}`);
    };
    await visitor.go('/');
    await signedOut(page).waitFor();
    await look('sign-in');
    await visitor.openFirstLink();
    await page.getByRole('heading', { name: 'Try it' }).waitFor();
    await page
      .getByText('Live', { exact: true })
      .or(page.getByRole('button', { name: 'More' }))
      .first()
      .waitFor();
    await look('start');
    await menu(page).click();
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await page.getByRole('dialog').waitFor();
    await look('help');
    await page.keyboard.press('Escape');
    await visitor.go('/nothing/here');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await look('unknown');
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('refuses a key that the server does not know, and keeps a session in place of one that it knows', async () => {
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.go('/audit?type=session.open');
    await pasteKey(page, 'aak_unknown');
    await page.getByText('The server does not know this key').waitFor();
    await pasteKey(page, DEVELOPER_KEY);
    await page.getByRole('navigation').first().waitFor();
    expect(page.url()).toBe(`${scene.server.process.url}/ui/audit?type=session.open`);
    const stored = await page.evaluate(() => JSON.stringify([sessionStorage, localStorage]));
    expect(stored).not.toContain(DEVELOPER_KEY);
    await visitor.leave();
  });

  it('gives the session to a new tab, and ends it in all of them', async () => {
    const context = await scene.browser.newContext();
    const first = await scene.arrive({ context });
    await first.openFirstLink();
    const second = await scene.arrive({ context });
    await second.go('/');
    await menu(second.page).click();
    await second.page.getByRole('button', { name: 'Sign out' }).click();
    await signedOut(second.page).waitFor();
    await signedOut(first.page).waitFor();
    await context.close();
  });

  it('asks before a link replaces a session, and names both', async () => {
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.go('/');
    await pasteKey(page, DEVELOPER_KEY);
    await menu(page).waitFor();
    // The page is open: only the fragment of its address changes.
    await page.goto(await firstLink(scene.server.process.url));
    const dialog = page.getByRole('dialog');
    await dialog.getByText('signed in as developer').waitFor();
    await dialog.getByRole('button', { name: 'Sign in as developer, reviewer' }).click();
    await menu(page).click();
    await page.getByRole('button', { name: /reviewer/ }).waitFor();
    await visitor.leave();
  });

  it('says that a link was used, and lets a person sign in with a key', async () => {
    const link = await firstLink(scene.server.process.url);
    for (const isFirst of [true, false]) {
      const visitor = await scene.arrive();
      await visitor.page.goto(link);
      if (isFirst) await menu(visitor.page).waitFor();
      else await visitor.page.getByText('This link cannot be used').waitFor();
      await visitor.leave();
    }
  });

  it('leads back to the same address after the server has ended the session', async () => {
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.go('/audit');
    await pasteKey(page, DEVELOPER_KEY);
    await menu(page).waitFor();
    const key = await page.evaluate(() => {
      const { sessions } = JSON.parse(sessionStorage.getItem('assent.sessions') ?? '') as {
        readonly sessions: readonly { readonly key: string }[];
      };
      return sessions[0]?.key ?? '';
    });
    await page.evaluate(() => sessionStorage.setItem('assent.draft.comment', 'not sent'));
    await fetch(`${scene.server.process.url}/session`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${key}` },
    });
    await page.getByText('Your session has ended').waitFor();
    await pasteKey(page, DEVELOPER_KEY);
    await menu(page).waitFor();
    expect(new URL(page.url()).pathname).toBe('/ui/audit');
    expect(await page.evaluate(() => sessionStorage.getItem('assent.draft.comment'))).toBe('not sent');
    await visitor.leave();
  });

  it('shows a pause in all tabs, with one stream for them, and ends it by one click', async () => {
    const context = await scene.browser.newContext();
    const streams: string[] = [];
    context.on('request', (request) => {
      if (new URL(request.url()).pathname === '/events') streams.push(request.url());
    });
    const first = await scene.arrive({ context });
    await first.openFirstLink();
    await first.page.getByText('Live', { exact: true }).waitFor();
    const second = await scene.arrive({ context });
    await second.go('/');
    await second.page.getByText('Live', { exact: true }).waitFor();
    await menu(second.page).click();
    await second.page.getByRole('button', { name: 'Pause all runs' }).click();
    await second.page.getByLabel('Reason').fill('The vendor reports an incident');
    await second.page.getByRole('button', { name: 'Pause', exact: true }).click();
    const banner = first.page.getByRole('region', { name: 'All runs are paused' });
    await banner.getByText('The vendor reports an incident').waitFor();
    await banner.getByRole('button', { name: 'Resume' }).click();
    await second.page.getByRole('region', { name: 'All runs are paused' }).waitFor({ state: 'detached' });
    expect(streams).toHaveLength(1);
    // The tab that leads is closed: the other one takes over.
    await first.page.close();
    await second.page.getByText('Live', { exact: true }).waitFor();
    await context.close();
  });

  it('works in eight tabs, which share one stream', async () => {
    const context = await scene.browser.newContext();
    const streams: string[] = [];
    context.on('request', (request) => {
      if (new URL(request.url()).pathname === '/events') streams.push(request.url());
    });
    const tabs: Visitor[] = [];
    for (let tab = 0; tab < TABS; tab += 1) {
      const visitor = await scene.arrive({ context });
      await (tab === 0 ? visitor.openFirstLink() : visitor.go('/'));
      await visitor.page.getByText('Live', { exact: true }).waitFor();
      tabs.push(visitor);
    }
    await scene.server.developer.call('pause/set', { reason: 'Eight tabs' });
    for (const { page } of tabs) await page.getByText('Eight tabs').waitFor();
    await scene.server.developer.call('pause/clear', {});
    for (const { page } of tabs) await page.getByText('Eight tabs').waitFor({ state: 'detached' });
    expect(streams).toHaveLength(1);
    for (const { troubles } of tabs) expect(troubles).toEqual([]);
    await context.close();
  });

  it('says after an outage that the server is newer than the page', async () => {
    const visitor = await scene.arrive();
    const { page } = visitor;
    await page.clock.install();
    await visitor.openFirstLink();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.getByText('A newer version is available').count()).toBe(0);
    // The stream ends and comes back, as it does when another version takes over. The page is not loaded anew.
    await page.evaluate(turn, 'hidden' as const);
    await page.clock.fastForward(LONG_HIDDEN_MS);
    await page.locator('.connection').getByText('Not connected').waitFor();
    await page.route('**/rpc', async (route) => {
      const { method } = route.request().postDataJSON() as { readonly method: string };
      if (method !== 'server/info') return route.continue();
      const response = await route.fetch();
      const answer = (await response.json()) as { readonly result: object };
      return route.fulfill({ response, json: { ...answer, result: { ...answer.result, version: '99.0.0' } } });
    });
    await page.evaluate(turn, 'visible' as const);
    await page.getByText('A newer version is available').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await visitor.picture('shell-newer');
    await page.unroute('**/rpc');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('A newer version is available').waitFor({ state: 'detached' });
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('is used with the keyboard: help, sequences, and single keys that can be switched off', async () => {
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.openFirstLink();
    await page.keyboard.press('g');
    await page.keyboard.press('A');
    await page.waitForURL('**/ui/approvals');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    expect(new URL(page.url()).pathname).toBe('/ui/approvals');
    await visitor.leave();
  });

  it('opens the seat on another device by a link that it draws', async () => {
    const limited = await scene.stage.start({ PUBLIC_URL: scene.server.process.url });
    const visitor = await Visitor.arrive(scene.browser, limited.process.url);
    await visitor.openFirstLink();
    await menu(visitor.page).click();
    await visitor.page.getByRole('button', { name: 'Open on another device' }).click();
    await visitor.page.getByRole('img', { name: 'QR code of the link' }).waitFor();
    expect(await visitor.page.getByText(`${scene.server.process.url}/ui/#in=`).count()).toBe(1);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });
});

/** In the page: as if the person had chosen another tab, or come back. */
function turn(visibilityState: 'hidden' | 'visible'): void {
  Object.defineProperty(document, 'visibilityState', { configurable: true, value: visibilityState });
  document.dispatchEvent(new Event('visibilitychange'));
}
