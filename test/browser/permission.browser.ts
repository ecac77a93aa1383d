import { allowed, askHook, denied, pendingQuestion } from '@assent/test-support/hooks';
import { person } from '@assent/test-support/people';
import type { Caller } from '@assent/test-support/caller';
import { DEVELOPER_KEY, REVIEWER_KEY } from '@assent/test-support/server-process';
import { ConsoleScene } from './support/console-scene';
import { PHONE, Visitor } from './support/visitor';

const NARROW = 320;
const MIGRATE = 'docker compose exec db psql -U shop -c "ALTER TABLE orders DROP COLUMN legacy_total"';

describe('the question of a coding agent on a phone', () => {
  let scene: ConsoleScene;
  let agent: Caller;

  beforeAll(async () => {
    scene = await ConsoleScene.open();
    agent = await person(scene.stage.sql, scene.server.process.url, 'ann/laptop', [], ['permission:ask']);
  });
  afterAll(() => scene.close());

  /** A reviewer who opens the question from the inbox. */
  async function reviewer(goal: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Visitor> {
    const visitor = await scene.arrive({ viewport: PHONE, colorScheme });
    const { page } = visitor;
    await visitor.go('/approvals');
    await signIn(visitor, REVIEWER_KEY);
    await page.getByRole('link', { name: goal }).click();
    await page.getByText('Deciding as reviewer').waitFor();
    return visitor;
  }
  const signIn = async ({ page }: Visitor, key: string): Promise<void> => {
    await page.getByLabel('API key or token').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  /** Somebody who opens a decided question and wants a rule of it. */
  async function ruleOf(approvalId: string, key: string, colorScheme: 'light' | 'dark'): Promise<Visitor> {
    const visitor = await scene.arrive({ viewport: PHONE, colorScheme });
    await visitor.go(`/approvals/${approvalId}`);
    await signIn(visitor, key);
    await visitor.page.getByRole('button', { name: 'Do not ask this again' }).click();
    await visitor.page.getByText(/would be allowed without asking anybody/).waitFor();
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
    const { goal } = await pendingQuestion(scene.server.reviewer, 'docker compose');
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
    const { goal, approvalId } = await pendingQuestion(scene.server.reviewer, 'pay.ts');
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
    const { goal } = await pendingQuestion(scene.server.reviewer, 'echo safe');
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

  it.each(['light', 'dark'] as const)('asks the agent back and stays open (%s)', async (colorScheme) => {
    const command = `curl -O https://files.example/${colorScheme}.tar.gz`;
    const asking = askHook(agent, command);
    const { goal, approvalId } = await pendingQuestion(scene.server.reviewer, `${colorScheme}.tar.gz`);
    const visitor = await reviewer(goal, colorScheme);
    const { page } = visitor;
    expect(await inView(visitor, command)).toBe(true);
    await page.getByRole('heading', { level: 1 }).focus();
    await page.keyboard.press('q');
    const send = dialog(visitor).getByRole('button', { name: 'Ask', exact: true });
    expect(await send.isDisabled()).toBe(true);
    // The field has the focus.
    await page.keyboard.type('Who signs that archive?');
    await visitor.picture(`permission-ask-phone-${colorScheme}`);
    expect(await visitor.violations()).toEqual([]);
    await send.press('Enter');
    await page.getByText('Who signs that archive?').waitFor();
    await page.getByText('The agent is denied with it and may ask again.').waitFor();
    await bar(visitor).getByRole('button', { name: 'Approve' }).waitFor();
    await visitor.picture(`permission-asked-phone-${colorScheme}`);
    expect(await visitor.violations()).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    await page.setViewportSize({ width: NARROW, height: PHONE.height });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROW);
    expect(JSON.stringify((await asking).body)).toContain('asks back: Who signs that archive?');
    expect((await scene.server.reviewer.call('approval/get', { approvalId })).state).toBe('pending');
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('replaces the input, which the agent then uses', async () => {
    const asking = askHook(agent, 'npm install left-pad');
    const { goal } = await pendingQuestion(scene.server.reviewer, 'left-pad');
    const visitor = await reviewer(goal);
    const { page } = visitor;
    await page.getByRole('button', { name: 'Edit the input' }).click();
    const editor = dialog(visitor).getByLabel('Input of the tool, as JSON');
    const input = { command: 'npm install left-pad@1.3.0', description: 'as asked' };
    await editor.fill('{');
    expect(await dialog(visitor).getByRole('button', { name: 'Save as a new revision' }).isDisabled()).toBe(true);
    await editor.fill(JSON.stringify(input, null, 2));
    await visitor.picture('permission-edit-input-phone');
    expect(await visitor.violations()).toEqual([]);
    await dialog(visitor).getByRole('button', { name: 'Save as a new revision' }).click();
    await page.getByText(input.command, { exact: true }).first().waitFor();
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    expect((await asking).body).toEqual(allowed({ updatedInput: input }));
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('offers no other input to an agent that takes none', async () => {
    const asking = askHook(agent, 'npm run codex', { agent: 'codex' });
    const visitor = await reviewer((await pendingQuestion(scene.server.reviewer, 'npm run codex')).goal);
    await bar(visitor).getByRole('button', { name: 'Ask back' }).waitFor();
    expect(await visitor.page.getByRole('button', { name: 'Edit the input' }).count()).toBe(0);
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
    await asking;
    await visitor.leave();
  });

  it('drafts a rule, which a person with tool:admin sets and others can copy', async () => {
    await scene.server.developer.call('tool/policy/set', { version: 0, rules: [], maxCalls: 500 });
    const asking = askHook(agent, 'npm run lint');
    const { approvalId, hash } = await pendingQuestion(scene.server.reviewer, 'npm run lint');
    await scene.server.reviewer.call('approval/decide', { approvalId, hash, decision: 'approve' });
    await asking;

    const other = await ruleOf(approvalId, REVIEWER_KEY, 'light');
    await other.page.getByText('Somebody with the scope tool:admin can set it.').waitFor();
    await other.page.getByRole('button', { name: 'Copy Rule' }).waitFor();
    expect(await other.page.getByRole('button', { name: 'Set the rule' }).count()).toBe(0);
    await other.page.getByText('"npm run lint"').first().scrollIntoViewIfNeeded();
    await other.picture('permission-rule-others-phone');
    expect(await other.violations()).toEqual([]);
    await other.leave();

    const admin = await ruleOf(approvalId, DEVELOPER_KEY, 'dark');
    const { page } = admin;
    await page.getByRole('table', { name: 'Changed lines of Rule' }).getByText('npm run lint').waitFor();
    await page.getByRole('button', { name: 'Set the rule' }).scrollIntoViewIfNeeded();
    await admin.picture('permission-rule-phone');
    expect(await admin.violations()).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    // Somebody else was faster: nothing is set, and the diff is made anew.
    await scene.server.developer.call('tool/policy/set', { version: 1, rules: [], maxCalls: 400 });
    await page.getByRole('button', { name: 'Set the rule' }).click();
    await dialog(admin).getByRole('button', { name: 'Set the rule' }).click();
    await page.getByText('Somebody else has changed the tool policy.').waitFor();
    await page.getByRole('button', { name: 'Set the rule' }).click();
    await dialog(admin).getByText('It comes before the other rules, as version 3 of the tool policy.').waitFor();
    await admin.picture('permission-rule-dialog-phone');
    expect(await admin.violations()).toEqual([]);
    await dialog(admin).getByRole('button', { name: 'Set the rule' }).click();
    await page.getByText('The rule is in force: version 3 of the tool policy.').waitFor();
    await page.getByText('The tool policy has this rule.').waitFor();
    expect(await scene.server.developer.call('tool/policy/get', {})).toMatchObject({
      maxCalls: 400,
      rules: [{ commands: ['npm run lint'], verdict: 'allow' }],
    });
    expect((await askHook(agent, 'npm run lint', { session: 's2' })).body).toEqual(allowed());
    expect(admin.troubles).toEqual([]);
    await admin.leave();
  });
});
