import type { Browser } from 'playwright-core';
import { eventually } from '@assent/test-support/eventually';
import { startPending, startUntilAsked, type Pending } from '@assent/test-support/pending';
import { callPlan } from '@assent/test-support/plans';
import { Stage, type Replica } from '@assent/test-support/stage';
import { launchChromium } from './support/chromium';
import { PHONE, Visitor, type Looks } from './support/visitor';

const COPIES = 2_000;
const MAX_ROWS = 60;

describe('the inbox of approvals', () => {
  let stage: Stage;
  let server: Replica;
  let browser: Browser;

  beforeEach(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterEach(() => stage.close());
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** A reviewer in the inbox. */
  async function reviewer(looks: Looks = {}, search = ''): Promise<Visitor> {
    const visitor = await Visitor.arrive(browser, server.process.url, looks);
    await visitor.openFirstLink();
    await visitor.page
      .getByRole('button', { name: /developer/ })
      .first()
      .click();
    await visitor.page.getByRole('button', { name: /^R ?reviewer|^reviewer/ }).click();
    await visitor.go(`/approvals${search}`);
    await visitor.page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
    return visitor;
  }

  const start = (goal: string, path = 'data/x.txt'): Promise<Pending> =>
    startPending(server.developer, path, `${goal}\n`, { goal });
  const row = (visitor: Visitor, goal: string) => visitor.page.getByRole('link', { name: goal });

  it('says what it is for while it is empty, in every look', async () => {
    for (const looks of [{}, { colorScheme: 'dark' }, { viewport: PHONE }] as const) {
      const visitor = await reviewer(looks);
      await visitor.page.getByRole('heading', { name: 'Nothing waits for a decision' }).waitFor();
      expect(await visitor.violations()).toEqual([]);
      await visitor.leave();
    }
  });

  it('keeps the rows in their places and counts what is new', async () => {
    const first = await start('The first');
    const visitor = await reviewer();
    const { page } = visitor;
    await row(visitor, 'The first').waitFor();
    await start('The second');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await row(visitor, 'The second').count()).toBe(0);
    await server.reviewer.call('approval/decide', { ...decisionOf(first), decision: 'reject' });
    await page.getByRole('list', { name: 'Approvals' }).getByText('Rejected').waitFor();
    expect(await row(visitor, 'The first').count()).toBe(1);
    await page.getByRole('button', { name: '1 new' }).click();
    await row(visitor, 'The second').waitFor();
    expect(await row(visitor, 'The first').count()).toBe(0);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('shows what was decided while a page of the list was on its way', async () => {
    const first = await start('The first');
    const visitor = await reviewer();
    const { page } = visitor;
    await row(visitor, 'The first').waitFor();
    await page.locator('.connection').getByText('Live').waitFor();
    const delayed: (() => Promise<void>)[] = [];
    await page.route('**/rpc', async (route) => {
      const { method } = route.request().postDataJSON() as { readonly method: string };
      if (method !== 'approval/list') return route.continue();
      const response = await route.fetch();
      delayed.push(() => route.fulfill({ response }));
    });
    await page.getByLabel(/^Search/).fill('first');
    await eventually('the page is read', () => Promise.resolve(delayed.length > 0));
    await server.reviewer.call('approval/decide', { ...decisionOf(first), decision: 'reject' });
    await start('The second');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    for (const deliver of delayed) await deliver();
    await page.getByRole('list', { name: 'Approvals' }).getByText('Rejected').waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('has its filters in the address', async () => {
    await start('Change the rates', 'data/rates.txt');
    await startUntilAsked(server.developer, callPlan('file.delete', { path: 'logs/checkout.log' }, { goal: 'Delete' }));
    const visitor = await reviewer({}, '?risk=irreversible');
    const { page } = visitor;
    await row(visitor, 'Delete').waitFor();
    expect(await row(visitor, 'Change the rates').count()).toBe(0);
    await page.getByLabel('Risk').selectOption('');
    await row(visitor, 'Change the rates').waitFor();
    await page.getByLabel(/^Search/).fill('rates');
    await page.waitForURL(/q=rates/);
    await row(visitor, 'Delete').waitFor({ state: 'detached' });
    await page.reload();
    await row(visitor, 'Change the rates').waitFor();
    expect(await page.getByLabel(/^Search/).inputValue()).toBe('rates');
    await page.getByRole('link', { name: 'Clear filters' }).click();
    await row(visitor, 'Delete').waitFor();
    await visitor.leave();
  });

  it('decides several by their exact hashes, and none that needs its own page', async () => {
    const [one, two] = [await start('One', 'data/1.txt'), await start('Two', 'data/2.txt')];
    const params = callPlan('file.delete', { path: 'logs/checkout.log' }, { goal: 'Delete' });
    await startUntilAsked(server.developer, params);
    const visitor = await reviewer();
    const { page } = visitor;
    await row(visitor, 'Delete').waitFor();
    expect(await page.getByRole('checkbox', { name: 'Select: Delete' }).count()).toBe(0);
    await page.getByRole('checkbox', { name: 'Select: One' }).check();
    await page.getByRole('checkbox', { name: 'Select: Two' }).check();
    await visitor.picture('inbox-selected');
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Approve selected' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByTitle(one.hash).waitFor();
    await dialog.getByTitle(two.hash).waitFor();
    await server.reviewer.call('approval/revise', {
      approvalId: two.approvalId,
      hash: two.hash,
      files: [{ path: 'data/2.txt', content: 'other\n' }],
    });
    await dialog.getByRole('button', { name: 'Approve 2' }).click();
    await dialog.getByRole('heading', { name: '1 of 2 decided' }).waitFor();
    await dialog.getByText('412').waitFor();
    await visitor.picture('inbox-bulk');
    expect(await visitor.violations()).toEqual([]);
    const { state } = await server.reviewer.call('approval/get', { approvalId: two.approvalId });
    expect(state).toBe('pending');
    await visitor.leave();
  });

  it(`shows ${COPIES} approvals with ${MAX_ROWS} rows in the page`, async () => {
    const { approvalId } = await start('One of many');
    await stage.rows(
      `insert into approvals
       select (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'request_id', 'req_copy_' || n))).*
       from approvals a, generate_series(2, $2) n where a.id = $1`,
      [approvalId, COPIES],
    );
    const visitor = await reviewer();
    const { page } = visitor;
    await page.getByText('2,000 approvals', { exact: true }).waitFor();
    expect(await page.locator('.inbox-row').count()).toBeLessThanOrEqual(MAX_ROWS);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.locator('[aria-posinset="2000"]').waitFor();
    expect(await page.locator('.inbox-row').count()).toBeLessThanOrEqual(MAX_ROWS);
    await visitor.leave();
  });

  it.each([
    { name: 'light', looks: { colorScheme: 'light' } },
    { name: 'dark', looks: { colorScheme: 'dark' } },
    { name: 'phone', looks: { viewport: PHONE, colorScheme: 'dark' } },
  ] as const)('has no violation of accessibility rules: $name', async ({ name, looks }) => {
    await start('Change the rates');
    await startPending(server.developer, 'data/h.txt', 'a\u202eb\n', { goal: 'Hidden \u202e goal' });
    const visitor = await reviewer(looks);
    await row(visitor, 'Change the rates').waitFor();
    await visitor.page.getByText('Hidden ⟨U+202E⟩ goal').waitFor();
    await visitor.page.getByRole('button', { name: 'More filters' }).click();
    await visitor.page.keyboard.press('Escape');
    await visitor.picture(`inbox-${name}`);
    expect(await visitor.violations()).toEqual([]);
    expect(await visitor.page.evaluate(() => document.documentElement.scrollWidth)).toBe(
      visitor.page.viewportSize()?.width,
    );
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });
});

function decisionOf({ approvalId, hash }: Pending) {
  return { approvalId, hash };
}
