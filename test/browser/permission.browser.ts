import type { Browser } from 'playwright-core';
import { allowed, askHook, denied, pendingQuestion } from '@assent/test-support/hooks';
import { person } from '@assent/test-support/people';
import type { Caller } from '@assent/test-support/caller';
import { REVIEWER_KEY } from '@assent/test-support/server-process';
import { Stage, type Replica } from '@assent/test-support/stage';
import { launchChromium } from './support/chromium';
import { PHONE, Visitor } from './support/visitor';

const MIGRATE = 'docker compose exec db psql -U shop -c "ALTER TABLE orders DROP COLUMN legacy_total"';

describe('the question of a coding agent on a phone', () => {
  let stage: Stage;
  let server: Replica;
  let browser: Browser;
  let agent: Caller;

  beforeAll(async () => {
    [stage, browser] = await Promise.all([Stage.open(), launchChromium()]);
    server = await stage.start();
    agent = await person(stage.sql, server.process.url, 'ann/laptop', [], ['permission:ask']);
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  /** A reviewer who opens the question from the inbox. */
  async function reviewer(goal: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Visitor> {
    const visitor = await Visitor.arrive(browser, server.process.url, { viewport: PHONE, colorScheme });
    const { page } = visitor;
    await visitor.go('/approvals');
    await page.getByLabel('API key or token').fill(REVIEWER_KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: goal }).click();
    await page.getByText('Deciding as reviewer').waitFor();
    return visitor;
  }
  const bar = (visitor: Visitor) => visitor.page.getByRole('region', { name: 'Decision' });
  const dialog = (visitor: Visitor) => visitor.page.getByRole('dialog');
  const inView = async (visitor: Visitor, text: string): Promise<boolean> => {
    const box = await visitor.page.getByText(text, { exact: true }).first().boundingBox();
    const top = (await bar(visitor).boundingBox())?.y ?? 0;
    return box !== null && box.y > 0 && box.y + box.height <= top;
  };

  it('shows the command without scrolling, and the agent continues after the approval', async () => {
    const input = { command: MIGRATE, description: 'Drops the column that nothing reads' };
    const asking = askHook(agent, MIGRATE, { input, session: '2e13a939-b23e-4c58' });
    const { goal } = await pendingQuestion(server.reviewer, 'docker compose');
    const visitor = await reviewer(goal);
    const { page } = visitor;
    expect(await inView(visitor, MIGRATE)).toBe(true);
    for (const text of ['/home/ann/shop', '2e13a939-b23e-4c58', 'Drops the column that nothing reads']) {
      await page.getByText(text, { exact: true }).waitFor();
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    await visitor.picture('permission-phone');
    expect(await visitor.violations()).toEqual([]);
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await visitor.picture('permission-dialog-phone');
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    expect((await asking).body).toEqual(allowed());
    await page.getByText('Approved. The agent may do it once.').first().waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('shows both sides of an edit, and rejects it with a comment that the agent gets', async () => {
    const input = {
      file_path: '/home/ann/shop/src/pay.ts',
      old_string: 'const retries = 3;\nconst timeoutMs = 3;',
      new_string: 'const retries = 3;\nconst timeoutMs = 3000;',
    };
    const asking = askHook(agent, '', { tool: 'Edit', input });
    const { goal, approvalId } = await pendingQuestion(server.reviewer, 'pay.ts');
    const visitor = await reviewer(goal, 'dark');
    const { page } = visitor;
    const table = page.getByRole('table', { name: 'Changed lines of /home/ann/shop/src/pay.ts' });
    await table.getByText('3000').waitFor();
    await visitor.picture('permission-edit-phone');
    expect(await visitor.violations()).toEqual([]);
    await bar(visitor).getByRole('button', { name: 'Reject' }).click();
    await dialog(visitor).getByLabel('Comment').fill('Use the constant.');
    await dialog(visitor).getByRole('button', { name: 'Reject' }).click();
    expect((await asking).body).toEqual(denied(`Rejected by "reviewer": Use the constant. (approval ${approvalId})`));
    await visitor.leave();
  });

  it('spells hidden characters out and does not approve them unseen', async () => {
    const asking = askHook(agent, 'echo safe\u202e # gnihton');
    const { goal } = await pendingQuestion(server.reviewer, 'echo safe');
    const visitor = await reviewer(goal);
    const { page } = visitor;
    await page.getByText('U+202E').first().waitFor();
    expect(await bar(visitor).getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    await visitor.picture('permission-hidden-phone');
    await page.getByRole('checkbox', { name: /./ }).check();
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByLabel('Type 1 to confirm').fill('1');
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    expect((await asking).body).toEqual(allowed());
    await visitor.leave();
  });
});
