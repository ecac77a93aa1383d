import { eventually } from '@assent/test-support/eventually';
import { startPending, startUntilAsked, type Pending } from '@assent/test-support/pending';
import { callPlan } from '@assent/test-support/plans';
import { ConsoleScene } from './support/console-scene';
import { PHONE, Visitor, type Looks } from './support/visitor';

const APP = 'config/app.yaml';
const PAYMENTS = 'config/payments.yaml';

describe('the review of a change', () => {
  let scene: ConsoleScene;
  let app: string;
  let payments: string;

  beforeAll(async () => {
    scene = await ConsoleScene.open();
    [app, payments] = await Promise.all([scene.stage.read(APP), scene.stage.read(PAYMENTS)]);
  });
  beforeEach(async () => {
    await Promise.all([scene.stage.write(APP, app), scene.stage.write(PAYMENTS, payments)]);
  });
  afterAll(() => scene.close());

  const inSeconds = (): string => payments.replace('timeout_ms: 3\n', 'timeout_ms: 3000\n');
  /** Three parts: the first line, the pool, a comment at the probe. */
  const threeParts = (comment = 'only for tests'): string =>
    app
      .replace('milliseconds.\n', 'milliseconds. (reviewed)\n')
      .replace('max: 4\n', 'max: 20\n')
      .replace('probe:\n', `probe:\n  # ${comment}\n`);

  /** A reviewer on the page of an approval. */
  async function reviewer(pending: Pending, looks: Looks = {}): Promise<Visitor> {
    const visitor = await scene.arrive(looks);
    await visitor.openFirstLink();
    await visitor.go(`/approvals/${pending.approvalId}`);
    await visitor.page.getByRole('button', { name: 'Continue as reviewer' }).click();
    await visitor.page.getByText('Deciding as reviewer').waitFor();
    return visitor;
  }

  const bar = (visitor: Visitor) => visitor.page.getByRole('region', { name: 'Decision' });
  const dialog = (visitor: Visitor) => visitor.page.getByRole('dialog');
  const stateOf = async ({ approvalId }: Pending): Promise<string> =>
    (await scene.server.reviewer.call('approval/get', { approvalId })).state;

  it('goes from the first link to the applied change by mouse', async () => {
    await startPending(scene.server.developer, PAYMENTS, inSeconds(), { goal: 'By mouse' });
    const visitor = await scene.arrive();
    const { page } = visitor;
    await visitor.openFirstLink();
    await page
      .getByRole('link', { name: /^Approvals/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'By mouse' }).click();
    await page.getByText('You started this run. Somebody else decides.').waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Continue as reviewer' }).click();
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    expect(await scene.stage.read(PAYMENTS)).toBe(payments);
    await dialog(visitor).getByLabel('Comment').fill('In milliseconds, as it should be.');
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: 'Applied: 1 file changed in the workspace.' }).waitFor();
    expect(await scene.stage.read(PAYMENTS)).toBe(inSeconds());
    await page.getByText('In milliseconds, as it should be.').waitFor();
    await visitor.picture('review-applied');
    expect(await visitor.violations()).toEqual([]);
    expect(await page.getByRole('button', { name: 'Revert this change' }).isDisabled()).toBe(true);
    await page.getByText('needs run:write').waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('goes from the first link to the applied change by keyboard alone', async () => {
    await startPending(scene.server.developer, PAYMENTS, inSeconds(), { goal: 'By keyboard' });
    const visitor = await scene.arrive();
    const { page } = visitor;
    const { keyboard } = page;
    await visitor.openFirstLink();
    /** Presses Tab until something with this text has the focus. */
    const tabTo = async (text: string): Promise<void> => {
      for (let presses = 0; presses < 80; presses += 1) {
        if (await page.evaluate((wanted) => document.activeElement?.textContent.startsWith(wanted), text)) return;
        await keyboard.press('Tab');
      }
      throw new Error(`No control "${text}" can be reached with Tab.`);
    };
    await keyboard.press('g');
    await keyboard.press('a');
    await page.getByRole('link', { name: 'By keyboard' }).waitFor();
    await keyboard.press('j');
    await page.locator('.inbox-selected').waitFor();
    await keyboard.press('Enter');
    await page.getByRole('button', { name: 'Continue as reviewer' }).waitFor();
    await tabTo('Continue as reviewer');
    await keyboard.press('Enter');
    await page.getByText('Deciding as reviewer').waitFor();
    await keyboard.press('n');
    await keyboard.press('v');
    await page.getByRole('checkbox', { name: `${PAYMENTS}: seen`, checked: true }).waitFor();
    await keyboard.press('a');
    await dialog(visitor).waitFor();
    await page.locator('textarea:focus').waitFor();
    await keyboard.type('a fine r change');
    await keyboard.press('Enter');
    expect(await dialog(visitor).getByLabel('Comment').inputValue()).toBe('a fine r change\n');
    await tabTo('Approve');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Applied/ }).waitFor();
    expect(await scene.stage.read(PAYMENTS)).toBe(inSeconds());
    await visitor.leave();
  });

  it('fits a phone: one column, both buttons in reach and apart', async () => {
    const pending = await startPending(scene.server.developer, APP, threeParts());
    const visitor = await reviewer(pending, { viewport: PHONE, colorScheme: 'dark' });
    const { page } = visitor;
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    const [reject, approve] = await Promise.all(
      ['Reject', 'Approve'].map((name) => bar(visitor).getByRole('button', { name }).boundingBox()),
    );
    expect(Math.min(reject?.height ?? 0, approve?.height ?? 0)).toBeGreaterThanOrEqual(48);
    expect((approve?.x ?? 0) - ((reject?.x ?? 0) + (reject?.width ?? 0))).toBeGreaterThanOrEqual(16);
    expect((approve?.y ?? 0) + (approve?.height ?? 0)).toBeLessThanOrEqual(PHONE.height);
    await visitor.picture('review-phone');
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await visitor.picture('review-dialog-phone');
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: /^Applied/ }).waitFor();
    expect(await scene.stage.read(APP)).toBe(threeParts());
    await visitor.leave();
  });

  it('applies exactly the parts that are chosen', async () => {
    const pending = await startPending(scene.server.developer, APP, threeParts());
    const visitor = await reviewer(pending);
    const { page } = visitor;
    await page.getByRole('checkbox', { name: 'Part 1' }).uncheck();
    await page.getByRole('checkbox', { name: 'Part 3' }).uncheck();
    await page.getByText('1 of 3 parts').waitFor();
    await bar(visitor).getByRole('button', { name: 'Approve the chosen parts' }).click();
    await visitor.picture('review-parts');
    expect(await visitor.violations()).toEqual([]);
    await dialog(visitor).getByRole('button', { name: 'Approve the chosen parts' }).click();
    await page.getByRole('heading', { name: /^Applied/ }).waitFor();
    expect(await scene.stage.read(APP)).toBe(app.replace('max: 4\n', 'max: 20\n'));
    const { hash } = await scene.server.reviewer.call('approval/get', { approvalId: pending.approvalId });
    expect(hash).not.toBe(pending.hash);
    await page.getByText('The approved content is').waitFor();
    await page.getByTitle(hash).first().waitFor();
    await visitor.leave();
  });

  it('lets two tabs agree when both decide', async () => {
    const pending = await startPending(scene.server.developer, PAYMENTS, inSeconds());
    const first = await reviewer(pending);
    const second = await reviewer(pending);
    for (const visitor of [first, second])
      await bar(visitor)
        .getByRole('button', { name: /Approve|Reject/ })
        .last()
        .click();
    await dialog(first).getByRole('button', { name: 'Approve' }).click();
    await first.page.getByRole('heading', { name: /^Applied/ }).waitFor();
    await dialog(second).getByText('Approved by reviewer in the meantime. Nothing of yours was sent.').waitFor();
    expect(await dialog(second).getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await visitor(second);
    expect(await stateOf(pending)).toBe('approved');
    await first.leave();
    await second.leave();

    async function visitor(person: Visitor): Promise<void> {
      await dialog(person).getByRole('button', { name: 'Cancel' }).click();
      await person.page.getByRole('heading', { name: /^Applied/ }).waitFor();
    }
  });

  it('sends nothing by itself when the content is revised while the dialog is open', async () => {
    const pending = await startPending(scene.server.developer, PAYMENTS, inSeconds());
    const visitor = await reviewer(pending);
    const { page } = visitor;
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByLabel('Comment').fill('kept');
    const revised = payments.replace('timeout_ms: 3\n', 'timeout_ms: 2500\n');
    await scene.server.reviewer.call('approval/revise', {
      approvalId: pending.approvalId,
      hash: pending.hash,
      files: [{ path: PAYMENTS, content: revised }],
    });
    await dialog(visitor).getByText('The content has changed.').waitFor();
    await visitor.picture('review-changed-dialog');
    expect(await visitor.violations()).toEqual([]);
    expect(await dialog(visitor).getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await dialog(visitor).getByRole('button', { name: 'Show what changed' }).click();
    await page.getByRole('heading', { name: 'What changed between revision 1 and revision 2 by reviewer' }).waitFor();
    await visitor.picture('review-changed');
    expect(await visitor.violations()).toEqual([]);
    expect(await stateOf(pending)).toBe('pending');
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    expect(await dialog(visitor).getByLabel('Comment').inputValue()).toBe('kept');
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: /^Applied/ }).waitFor();
    expect(await scene.stage.read(PAYMENTS)).toBe(revised);
    await visitor.leave();
  });

  it('says that the time is up while the dialog is open', async () => {
    const pending = await startPending(scene.server.developer, PAYMENTS, inSeconds());
    const visitor = await reviewer(pending);
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await scene.stage.rows('update approvals set expires_at = now() where id = $1', [pending.approvalId]);
    await eventually('the end of the approval', async () => (await stateOf(pending)) === 'expired');
    await dialog(visitor).getByText('The time is up: this approval has expired.').waitFor();
    await dialog(visitor).getByRole('button', { name: 'Cancel' }).click();
    await visitor.page
      .getByRole('heading', { name: 'Expired: nobody decided in time. Nothing was applied.' })
      .waitFor();
    await visitor.picture('review-expired');
    expect(await visitor.violations()).toEqual([]);
    expect(await scene.stage.read(PAYMENTS)).toBe(payments);
    await visitor.leave();
  });

  it('spells hidden characters out, and asks for a look and the count before they are approved', async () => {
    const pending = await startPending(
      scene.server.developer,
      APP,
      threeParts('admin: \u202e"eurt" :delbasid\u2066 // only\u200bfor tests'),
    );
    const visitor = await reviewer(pending);
    const { page } = visitor;
    const approve = bar(visitor).getByRole('button', { name: 'Approve' });
    expect(await approve.isDisabled()).toBe(true);
    await page.getByRole('heading', { name: '3 characters that you would not see' }).waitFor();
    await page
      .getByRole('button', { name: new RegExp(`^Go to ${APP}:`) })
      .first()
      .click();
    await page.locator(':focus').filter({ hasText: '⟨U+202E⟩"eurt" :delbasid⟨U+2066⟩' }).waitFor();
    await visitor.picture('review-hidden');
    expect(await visitor.violations()).toEqual([]);
    await page.getByLabel('I have looked at the characters that this change adds').check();
    await approve.click();
    const confirm = dialog(visitor).getByRole('button', { name: 'Approve' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog(visitor).getByLabel('Type 1 to confirm: the number of files').fill('2');
    expect(await confirm.isDisabled()).toBe(true);
    await dialog(visitor).getByLabel('Type 1 to confirm: the number of files').fill('1');
    await confirm.click();
    await page.getByRole('heading', { name: /^Applied/ }).waitFor();
    await visitor.leave();
  });

  it('shows hostile texts as texts', async () => {
    const hostile = '<img src=x onerror="document.title=1"> \u202etxet';
    const content = `${payments}# ${hostile}\n# ${'long '.repeat(40_000)}\n`;
    const pending = await startPending(scene.server.developer, PAYMENTS, content, { goal: hostile });
    const visitor = await reviewer(pending);
    const { page } = visitor;
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
      '<img src=x onerror="document.title=1"> ⟨U+202E⟩txet',
    );
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280);
    await scene.server.reviewer.call('approval/decide', {
      approvalId: pending.approvalId,
      decision: 'reject',
      hash: pending.hash,
      comment: hostile,
    });
    await page.getByRole('heading', { name: 'Rejected. Nothing was applied.' }).waitFor();
    expect(await page.locator('blockquote').textContent()).toContain('⟨U+202E⟩');
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('makes a revision of an edited text and shows it against the former one', async () => {
    const pending = await startPending(scene.server.developer, PAYMENTS, inSeconds());
    const visitor = await reviewer(pending);
    const { page } = visitor;
    await page.getByRole('button', { name: `Edit ${PAYMENTS}` }).click();
    const text = dialog(visitor).getByLabel('Whole text after the change');
    expect(await text.inputValue()).toBe(inSeconds());
    const edited = payments.replace('timeout_ms: 3\n', 'timeout_ms: 2000\n');
    await text.fill(edited);
    await visitor.picture('review-edit');
    expect(await visitor.violations()).toEqual([]);
    await dialog(visitor).getByRole('button', { name: 'Save as a new revision' }).click();
    await page.getByRole('heading', { name: /^What changed between revision 1/ }).waitFor();
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: /^Applied/ }).waitFor();
    expect(await scene.stage.read(PAYMENTS)).toBe(edited);
    await visitor.leave();
  });

  it('keeps what was typed over a reload', async () => {
    const pending = await startPending(scene.server.developer, PAYMENTS, inSeconds());
    const visitor = await reviewer(pending);
    await bar(visitor).getByRole('button', { name: 'Reject' }).click();
    await dialog(visitor).getByLabel('Comment').fill('not yet');
    await visitor.page.reload();
    await bar(visitor).getByRole('button', { name: 'Reject' }).click();
    expect(await dialog(visitor).getByLabel('Comment').inputValue()).toBe('not yet');
    await dialog(visitor).getByRole('button', { name: 'Reject' }).click();
    await visitor.page.getByRole('heading', { name: 'Rejected. Nothing was applied.' }).waitFor();
    expect(await stateOf(pending)).toBe('rejected');
    await visitor.leave();
  });

  it('leads from a stale change to the offer of the server', async () => {
    const pending = await startPending(scene.server.developer, PAYMENTS, inSeconds());
    const visitor = await reviewer(pending);
    await scene.stage.write(PAYMENTS, `${payments}# moved on\n`);
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    await visitor.page.getByRole('heading', { name: /^Not applied: the files have changed/ }).waitFor();
    await visitor.picture('review-stale');
    expect(await visitor.violations()).toEqual([]);
    await visitor.page.getByRole('link', { name: 'Review the offer' }).click();
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    await visitor.page.getByRole('heading', { name: /^Applied/ }).waitFor();
    expect(await scene.stage.read(PAYMENTS)).toBe(`${inSeconds()}# moved on\n`);
    await visitor.leave();
  });

  it('starts the revert of an applied change, which waits for a person again', async () => {
    const pending = await startPending(scene.server.developer, PAYMENTS, inSeconds());
    const { approvalId, hash } = pending;
    await scene.server.reviewer.call('approval/decide', { approvalId, hash, decision: 'approve' });
    const visitor = await scene.arrive();
    await visitor.openFirstLink();
    await visitor.go(`/approvals/${approvalId}`);
    await visitor.page.getByRole('button', { name: 'Revert this change' }).click();
    await dialog(visitor).getByRole('button', { name: 'Start the revert' }).click();
    await visitor.page.waitForURL(/\/ui\/runs\//);
    const runId = new URL(visitor.page.url()).pathname.split('/').at(-1) ?? '';
    const asked = await eventually('the approval of the revert', async () => {
      const { items } = await scene.server.reviewer.call('approval/list', { runId, state: 'pending' });
      return items[0];
    });
    expect(asked.files.map(({ path }) => path)).toEqual([PAYMENTS]);
    expect(await scene.stage.read(PAYMENTS)).toBe(inSeconds());
    await visitor.leave();
  });

  it('keeps the page small for a large file, which is closed at first', async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `rate ${index}\n`).join('');
    const pending = await startPending(scene.server.developer, 'data/rates.txt', lines);
    const visitor = await reviewer(pending);
    const { page } = visitor;
    expect(await page.locator('.patch-row').count()).toBe(0);
    await page.getByRole('button', { name: 'Show data/rates.txt' }).click();
    await page.getByText('rate 0', { exact: true }).waitFor();
    expect(await page.locator('.patch-row').count()).toBeLessThan(600);
    await page.keyboard.press('End');
    await page.getByText('rate 2999', { exact: true }).waitFor();
    await visitor.leave();
  });

  it.each([
    { name: 'light', looks: { colorScheme: 'light' } },
    { name: 'dark', looks: { colorScheme: 'dark' } },
    { name: 'phone', looks: { viewport: PHONE, colorScheme: 'light' } },
  ] as const)('has no violation of accessibility rules: $name', async ({ name, looks }) => {
    const params = callPlan('file.delete', { path: 'logs/checkout.log' }, { goal: 'Remove the log' });
    const pending = await startUntilAsked(scene.server.developer, params);
    const visitor = await scene.arrive(looks);
    await visitor.openFirstLink();
    await visitor.go(`/approvals/${pending.approvalId}`);
    await visitor.page.getByText('Somebody else decides.').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await visitor.page.getByRole('button', { name: 'Continue as reviewer' }).click();
    await visitor.page.getByText('Deciding as reviewer').waitFor();
    await visitor.picture(`review-${name}`);
    expect(await visitor.violations()).toEqual([]);
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByText('This cannot be undone.').waitFor();
    await visitor.picture(`review-dialog-${name}`);
    expect(await visitor.violations()).toEqual([]);
    await dialog(visitor).getByRole('button', { name: 'Cancel' }).click();
    await bar(visitor).getByRole('button', { name: 'Reject' }).click();
    await dialog(visitor).getByRole('button', { name: 'Reject' }).click();
    await visitor.page.getByRole('heading', { name: 'Rejected. Nothing was applied.' }).waitFor();
    await visitor.picture(`review-rejected-${name}`);
    expect(await visitor.violations()).toEqual([]);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });
});
