import type { Page, Request } from 'playwright-core';
import type { MethodParams } from '@assent/contract';
import { newId } from '@assent/platform';
import { eventually } from '@assent/test-support/eventually';
import { startPending } from '@assent/test-support/pending';
import { DEVELOPER_KEY } from '@assent/test-support/server-process';
import { TcpProxy } from '@assent/test-support/tcp-proxy';
import { ConsoleScene } from './support/console-scene';
import { Visitor } from './support/visitor';

/** Longer than a tab may be hidden before it lets its streams go. */
const LONG_HIDDEN_MS = 31_000;

const LOOKUP: MethodParams<'start'> = {
  goal: 'See to order 7',
  memory: false,
  clientTools: [
    {
      name: 'client.lookup',
      description: 'Looks up an order in the browser of the person',
      effect: 'read',
      inputSchema: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
    },
  ],
  actions: [{ id: 'call', kind: 'tool', tool: 'client.lookup', args: { order: '7' } }],
  beliefs: {
    assumptions: [{ id: 'paid', text: 'Order 7 is paid', p: 0.9 }],
    gains: [{ actionId: 'call', when: {}, gain: 1 }],
  },
};

describe('pages that are open for long', () => {
  let scene: ConsoleScene;

  beforeAll(async () => {
    scene = await ConsoleScene.open();
  });
  afterAll(() => scene.close());

  const connection = (page: Page, text: string) => page.locator('.run-connection').getByText(text);
  const review = (page: Page) => page.getByRole('link', { name: 'Review the change' });

  /** As if the person had chosen another tab, or come back. */
  async function turn(page: Page, state: 'hidden' | 'visible'): Promise<void> {
    await page.evaluate((visibilityState) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: visibilityState });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  }

  /** Until the tab has let its streams go. */
  async function hide(page: Page): Promise<void> {
    await turn(page, 'hidden');
    await page.clock.fastForward(LONG_HIDDEN_MS);
    await page.locator('.connection').getByText('Not connected').waitFor();
  }

  /** As retention does, which deletes numbered events only. */
  async function deleteEvents(): Promise<void> {
    await eventually('every event has its number', async () => {
      await scene.server.developer.ask('event/list', { after: 0, topics: ['approvals'] });
      return (await scene.stage.rows('select from approval_events where seq is null')).length === 0;
    });
    await scene.stage.sql.query('delete from approval_events');
  }

  it('let their streams go while they are hidden, and go on where they were', async () => {
    const { runId, frames } = await startPending(scene.server.developer, 'hidden.txt', 'x');
    const visitor = await scene.arrive();
    const { page } = visitor;
    await page.clock.install();
    const reads: unknown[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).pathname !== '/rpc') return;
      const { method, params } = request.postDataJSON() as { readonly method: string; readonly params: object };
      if (method === 'stream') reads.push(params);
    });
    await visitor.openFirstLink();
    await visitor.go(`/runs/${runId}`);
    await connection(page, `Live, frame ${frames.length}`).waitFor();
    await page.locator('.connection').getByText('Live').waitFor();
    await turn(page, 'hidden');
    await page.clock.fastForward(LONG_HIDDEN_MS);
    await connection(page, 'Paused').waitFor();
    await page.locator('.connection').getByText('Not connected').waitFor();
    const { approvalId, hash } = (await scene.server.reviewer.call('approval/list', { runId })).items[0] ?? {};
    if (approvalId === undefined || hash === undefined) throw new Error('The run has no approval.');
    await scene.server.reviewer.call('approval/decide', { approvalId, hash, decision: 'reject' });
    await eventually(
      'the run ends',
      async () => (await scene.server.developer.call('run/get', { runId })).state === 'completed',
    );
    reads.length = 0;
    await turn(page, 'visible');
    await connection(page, 'Ended').waitFor();
    await page.locator('.connection').getByText('Live').waitFor();
    expect(reads[0]).toMatchObject({ runId, after: frames.length });
    await page.getByText('Rejected').first().waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('let the stream of the inbox go while hidden, and list what arrived in the meantime', async () => {
    const visitor = await scene.arrive();
    const { page } = visitor;
    await page.clock.install();
    const streams = new Set<Request>();
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/events') streams.add(request);
    });
    page.on('requestfinished', (request) => streams.delete(request));
    page.on('requestfailed', (request) => streams.delete(request));
    await startPending(scene.server.developer, 'before.txt', 'x');
    await visitor.openFirstLink();
    await visitor.go('/approvals');
    await page.locator('.connection').getByText('Live').waitFor();
    await startPending(scene.server.developer, 'seen.txt', 'x');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await turn(page, 'hidden');
    await page.clock.fastForward(LONG_HIDDEN_MS);
    await page.locator('.connection').getByText('Not connected').waitFor();
    await eventually('the stream is closed', () => Promise.resolve(streams.size === 0));
    await startPending(scene.server.developer, 'unseen.txt', 'x');
    await turn(page, 'visible');
    await page.getByRole('button', { name: '2 new' }).click();
    for (const path of ['before.txt', 'seen.txt', 'unseen.txt']) await page.getByText(path).first().waitFor();
    expect(streams.size).toBe(1);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('list what came while hidden, where another tab holds the stream of the inbox', async () => {
    const holder = await scene.arrive();
    await holder.openFirstLink();
    await holder.go('/approvals');
    await holder.page.locator('.connection').getByText('Live').waitFor();
    const visitor = await scene.arrive({ context: holder.page.context() });
    const { page } = visitor;
    await page.clock.install();
    const streams: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/events') streams.push(request.url());
    });
    await visitor.go('/approvals');
    await page.locator('.connection').getByText('Live').waitFor();
    await page.getByRole('heading', { name: 'Approvals' }).waitFor();
    await turn(page, 'hidden');
    await page.clock.fastForward(LONG_HIDDEN_MS);
    await page.locator('.connection').getByText('Not connected').waitFor();
    await startPending(scene.server.developer, 'missed.txt', 'x');
    await holder.page.getByRole('button', { name: '1 new' }).waitFor();
    await turn(page, 'visible');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await startPending(scene.server.developer, 'live.txt', 'x');
    await page.getByRole('button', { name: '2 new' }).click();
    for (const path of ['missed.txt', 'live.txt']) await page.getByText(path).first().waitFor();
    expect(streams).toEqual([]);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('read their approvals again when events were deleted before they came back', async () => {
    const { developer, reviewer } = scene.server;
    const gone = await startPending(developer, 'gone.txt', 'x');
    const first = await scene.arrive();
    await first.openFirstLink();
    const tabs = [first, await scene.arrive({ context: first.page.context() })];
    for (const tab of tabs) {
      await tab.page.clock.install();
      await tab.go('/approvals');
      await tab.page.getByText('gone.txt').first().waitFor();
      await tab.page.locator('.connection').getByText('Live').waitFor();
    }
    for (const { page } of tabs) await hide(page);
    await reviewer.call('approval/decide', { approvalId: gone.approvalId, hash: gone.hash, decision: 'reject' });
    await startPending(developer, 'unseen.txt', 'x');
    await deleteEvents();
    // The first tab has heard of the gap when the second one comes back.
    for (const { page, troubles } of tabs) {
      await turn(page, 'visible');
      await page.getByRole('button', { name: '1 new' }).waitFor();
      expect(await page.getByText('gone.txt').count()).toBe(0);
      expect(troubles).toEqual([]);
    }
    await first.leave();
  });

  it('keep what was typed when events were deleted, and show what was missed', async () => {
    const { developer, reviewer } = scene.server;
    const typed = await startPending(developer, 'typed.txt', 'x');
    const [start, deciding] = [await scene.arrive(), await scene.arrive()];
    for (const visitor of [start, deciding]) {
      await visitor.openFirstLink();
      await visitor.page.clock.install();
      await visitor.go(visitor === start ? '/' : `/approvals/${typed.approvalId}`);
      await visitor.page.locator('.connection').getByText('Live').waitFor();
    }
    const { page } = deciding;
    const dialog = page.getByRole('dialog');
    const approve = page.getByRole('region', { name: 'Decision' }).getByRole('button', { name: 'Approve' });
    await page.getByRole('button', { name: 'Continue as reviewer' }).click();
    await approve.click();
    await dialog.getByLabel('Comment').fill('Half a sentence');
    for (const visitor of [start, deciding]) await hide(visitor.page);
    const { approvalId, hash } = typed;
    await reviewer.call('approval/revise', { approvalId, hash, files: [{ path: 'typed.txt', content: 'other\n' }] });
    await startPending(developer, 'missed.txt', 'x', { goal: 'Missed by the start page' });
    await deleteEvents();
    for (const visitor of [start, deciding]) await turn(visitor.page, 'visible');
    await start.page.getByRole('link', { name: 'Missed by the start page' }).first().waitFor();
    await dialog.getByRole('button', { name: 'Show what changed' }).click();
    await page.getByRole('heading', { name: 'What changed between revision 1 and revision 2 by reviewer' }).waitFor();
    await approve.click();
    expect(await dialog.getByLabel('Comment').inputValue()).toBe('Half a sentence');
    for (const visitor of [start, deciding]) {
      expect(visitor.troubles).toEqual([]);
      await visitor.leave();
    }
  });

  it('read their approval again after an outage that began between an event and the read that it causes', async () => {
    const { approvalId, hash } = await startPending(scene.server.developer, 'outage.txt', 'x');
    const proxy = await TcpProxy.open(scene.server.process.url);
    const visitor = await Visitor.arrive(scene.browser, new URL(proxy.url).origin);
    const { page } = visitor;
    await visitor.go(`/approvals/${approvalId}`);
    await page.getByLabel('API key or token').fill(DEVELOPER_KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You started this run.').waitFor();
    await page.locator('.connection').getByText('Live').waitFor();
    const address = `**/approvals/${approvalId}`;
    await page.route(address, (route) => route.fulfill({ status: 500 }));
    // An earlier read may still be under way.
    const failed = page.waitForResponse(
      (response) => response.url().endsWith(`/approvals/${approvalId}`) && response.status() === 500,
    );
    await scene.server.reviewer.call('approval/decide', { approvalId, hash, decision: 'reject' });
    await failed;
    await page.unroute(address);
    proxy.reset();
    await page.getByText('Rejected').first().waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
    await proxy.close();
  });

  it('play a run from its first frame, at either speed, until now', async () => {
    const { runId } = await startPending(scene.server.developer, 'played.txt', 'x');
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.openFirstLink();
    await visitor.go(`/runs/${runId}`);
    for (const speed of [1, 4]) {
      const play = page.getByRole('button', { name: `Play, Speed ${speed}x` });
      await review(page).waitFor();
      await play.click();
      await page.getByText('You see the run as it was after frame').waitFor();
      await page.getByRole('button', { name: `Pause, Speed ${speed}x` }).click();
      const place = await page.getByRole('slider').inputValue();
      await play.click();
      await page.waitForFunction(
        (before) => document.querySelector<HTMLInputElement>('input[type=range]')?.value !== before,
        place,
      );
      await review(page).waitFor();
      await play.waitFor();
    }
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('show what a run was given from memory', async () => {
    const text = 'The payment timeout is in milliseconds, and the vendor needs three seconds';
    const lines = [JSON.stringify({ v: 1, text, status: 'active', tags: ['payments'] })];
    await scene.server.developer.call('memory/import', { planId: newId(), lines, activate: true });
    const { runId, frames } = await startPending(scene.server.developer, 'given.txt', 'x', { memory: true });
    expect(frames.map(({ type }) => type)).toContain('memory.recalled');
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.openFirstLink();
    await visitor.go(`/runs/${runId}?tab=memory`);
    await page.getByRole('tabpanel').getByText(text).first().waitFor();
    await visitor.picture('run-memory-given');
    expect(await visitor.violations()).toEqual([]);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('say that a client answers the call of its tool, until it has', async () => {
    const { runId } = await scene.server.developer.call('start', LOOKUP);
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.openFirstLink();
    await visitor.go(`/runs/${runId}`);
    await page.getByRole('heading', { name: 'A client answers this' }).waitFor();
    await page.getByText('client.lookup').first().waitFor();
    await page.getByText('"order": "7"').first().waitFor();
    await visitor.picture('run-client-call');
    expect(await visitor.violations()).toEqual([]);
    const [request] = (await scene.server.developer.call('run/get', { runId })).pending;
    await scene.server.developer.post('/rpc', { jsonrpc: '2.0', id: request?.id, result: { output: { total: 7 } } });
    await page.getByRole('heading', { name: 'A client answers this' }).waitFor({ state: 'detached' });
    await page.getByText('"total": 7').first().waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('notify a person who wants it of a new approval, without its content', async () => {
    const context = await scene.browser.newContext({ permissions: ['notifications'] });
    // What the browser is asked to show is on the screen of the machine, not in the page.
    await context.addInitScript(() => {
      const shown: string[] = [];
      const Native = Notification;
      class Recorded extends Native {
        constructor(title: string, options?: NotificationOptions) {
          super(title, options);
          shown.push([title, options?.body ?? ''].join(' ').trim());
        }
      }
      Object.assign(globalThis, { Notification: Recorded, shown });
    });
    const visitor = await scene.arrive({ context });
    const { page } = visitor;
    await visitor.openFirstLink();
    const menu = page.getByRole('button', { name: /^Signed in as/ });
    await menu.click();
    await page.getByRole('button', { name: 'Notify me of new approvals' }).click();
    await menu.click();
    await page.getByRole('button', { name: 'Stop notifications' }).waitFor();
    await page
      .getByRole('button', { name: /reviewer/ })
      .last()
      .click();
    await page.getByText('You act as reviewer').first().waitFor();
    await page.locator('.connection').getByText('Live').waitFor();
    await turn(page, 'hidden');
    await startPending(scene.server.developer, 'secret-name.txt', 'x', { goal: 'A goal that nobody else reads' });
    const shown = () => page.evaluate(() => (globalThis as unknown as { readonly shown: string[] }).shown);
    await eventually('a notification', async () => (await shown()).length > 0);
    expect(await shown()).toEqual(['An approval waits for a decision']);
    await page.waitForFunction(() => document.title.startsWith('('));
    expect(visitor.troubles).toEqual([]);
    await context.close();
  });

  it('reload once when a part is gone, and then say that there is a newer version', async () => {
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.openFirstLink();
    await page.getByRole('heading', { name: 'Try it' }).waitFor();
    await page.route('**/ui/assets/memory-*', (route) => route.fulfill({ status: 404, body: '' }));
    let loads = 0;
    page.on('load', () => (loads += 1));
    await page.getByRole('link', { name: 'Memory', exact: true }).first().click();
    await page.getByText('A newer version is available').waitFor();
    expect(loads).toBe(1);
    expect(new URL(page.url()).pathname).toBe('/ui/memory');
    expect(await visitor.violations()).toEqual([]);
    await page.unroute('**/ui/assets/memory-*');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Lessons of finished runs').first().waitFor();
    await visitor.leave();
  });

  it.each([true, false])(
    'keep a session over the end of the browser where a person wants it: %s',
    async (remembers) => {
      const context = await scene.browser.newContext();
      const first = await scene.arrive({ context });
      await first.go('/audit');
      await first.page.getByLabel('API key or token').fill(DEVELOPER_KEY);
      if (remembers) await first.page.getByLabel('Remember on this device').check();
      await first.page.getByRole('button', { name: 'Sign in' }).click();
      await first.page.getByRole('button', { name: /^Signed in as/ }).waitFor();
      // The only tab that could give its session away is closed.
      await first.page.close();
      const second = await scene.arrive({ context });
      await second.go('/audit');
      await (
        remembers
          ? second.page.getByRole('button', { name: /^Signed in as developer/ })
          : second.page.getByRole('heading', { name: 'Sign in' })
      ).waitFor();
      await context.close();
    },
  );
});
