import { randomUUID } from 'node:crypto';
import { eventually } from '@assent/test-support/eventually';
import { decide, startPending, type Pending } from '@assent/test-support/pending';
import { person } from '@assent/test-support/people';
import { ConsoleScene } from './support/console-scene';
import { Visitor } from './support/visitor';

const APP = 'config/app.yaml';
/** With its patch more than the characters that a diff shows. */
const LONG_LINES = 1_010;
const LINE_CHARS = 1_000;
const MANY_LINES = 12_000;
const CHANGED_LINE = 11_990;

describe('decisions on content of every kind', () => {
  let scene: ConsoleScene;

  beforeAll(async () => {
    scene = await ConsoleScene.open({ FEATURE_FLAGS: 'memory_routing=on' });
  });
  afterAll(() => scene.close());

  async function reviewer(approvalId: string): Promise<Visitor> {
    const visitor = await scene.arrive();
    await visitor.openFirstLink();
    await visitor.go(`/approvals/${approvalId}`);
    await visitor.page.getByRole('button', { name: 'Continue as reviewer' }).click();
    await visitor.page.getByText('Deciding as reviewer').waitFor();
    return visitor;
  }

  const bar = (visitor: Visitor) => visitor.page.getByRole('region', { name: 'Decision' });
  const dialog = (visitor: Visitor) => visitor.page.getByRole('dialog');

  async function approve(visitor: Visitor): Promise<void> {
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).getByRole('button', { name: 'Approve' }).click();
  }

  it('wait for the whole change where only its beginning is shown', async () => {
    const content = `${'x'.repeat(LINE_CHARS)}\n`.repeat(LONG_LINES);
    const pending = await startPending(scene.server.developer, 'data/long.txt', content);
    const visitor = await reviewer(pending.approvalId);
    const { page } = visitor;
    expect(await bar(visitor).getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    await page.getByText('Load the whole change first.').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Load the whole change' }).click();
    await page.getByText('Load the whole change first.').waitFor({ state: 'detached' });
    await bar(visitor).getByRole('button', { name: 'Approve' }).click();
    await dialog(visitor).waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('count a vote, and wait for the second person', async () => {
    const rules = [{ id: 'two', paths: ['two/**'], quorum: 2 }];
    await scene.server.developer.call('approval/policy/set', { version: 0, rules });
    const pending = await startPending(scene.server.developer, 'two/a.txt', 'x');
    const visitor = await reviewer(pending.approvalId);
    const { page } = visitor;
    await page.getByText('2 people').first().waitFor();
    await approve(visitor);
    await bar(visitor).getByText('You approved.').waitFor();
    await bar(visitor).getByText('1 more person needed.').waitFor();
    await visitor.picture('review-voted');
    expect(await visitor.violations()).toEqual([]);
    expect((await scene.server.reviewer.call('approval/get', { approvalId: pending.approvalId })).state).toBe(
      'pending',
    );
    const ann = await person(scene.stage.sql, scene.server.process.url, 'ann');
    expect((await decide(ann, pending, 'approve')).status).toBe(200);
    await page.getByRole('heading', { name: /^Applied/ }).waitFor();
    await page.getByText('Approved by ann').first().waitFor();
    await visitor.leave();
  });

  it('show a plan of memory as its operations', async () => {
    const planId = randomUUID();
    const text = 'Payments need three seconds.';
    await scene.server.developer.call('memory/plan/apply', {
      planId,
      ops: [{ op: 'add', text, rationale: 'Seen twice', tags: ['payments'] }],
    });
    const { items } = await scene.server.reviewer.call('approval/list', { subject: 'memory_plan', state: 'pending' });
    const visitor = await reviewer(items[0]?.approvalId ?? '');
    const { page } = visitor;
    const operation = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Add' }) });
    for (const fact of [text, 'Seen twice', 'payments']) await operation.getByText(fact, { exact: true }).waitFor();
    await page.getByText('The exact text that is decided on').click();
    await visitor.picture('review-memory-plan');
    expect(await visitor.violations()).toEqual([]);
    await approve(visitor);
    await page.getByRole('heading', { name: 'Approved. The server carries it out once.' }).waitFor();
    await eventually('the plan is applied', async () => {
      const { state } = await scene.server.developer.call('memory/plan/get', { planId });
      return state === 'applied';
    });
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('are made on edited arguments as on another revision', async () => {
    const pending = await startPending(scene.server.developer, 'args/a.txt', 'proposed\n');
    const visitor = await reviewer(pending.approvalId);
    await bar(visitor).getByRole('button', { name: 'Edit' }).click();
    await dialog(visitor).getByLabel('What').selectOption({ label: 'Arguments of the tool, as JSON' });
    const args = dialog(visitor).getByRole('textbox', { name: 'Arguments of the tool, as JSON' });
    const save = dialog(visitor).getByRole('button', { name: 'Save as a new revision' });
    expect(JSON.parse(await args.inputValue())).toEqual({ path: 'args/a.txt', content: 'proposed\n' });
    await args.fill('[]');
    await dialog(visitor).getByText('This is not a JSON object.').waitFor();
    expect(await save.isDisabled()).toBe(true);
    await args.fill(JSON.stringify({ path: 'args/b.txt', content: 'edited\n' }));
    await save.click();
    await visitor.page.getByRole('heading', { name: /^What changed between revision 1/ }).waitFor();
    await approve(visitor);
    await visitor.page.getByRole('heading', { name: /^Applied/ }).waitFor();
    expect(await scene.stage.read('args/b.txt')).toBe('edited\n');
    await visitor.leave();
  });

  it('see the lines between two parts and after the last one, and the letters that mix scripts', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
    await scene.stage.write('long.txt', `${lines.join('\n')}\n`);
    const changed = lines.map((line, index) => (index === 4 ? 'user: p\u0430ypal' : index === 34 ? 'last' : line));
    const pending: Pending = await startPending(scene.server.developer, 'long.txt', `${changed.join('\n')}\n`);
    const visitor = await reviewer(pending.approvalId);
    const { page } = visitor;
    await page.getByText('p\u0430⟨U+0430⟩ypal').waitFor();
    await page.getByTitle('A letter of another script than the rest of the word').waitFor();
    const gap = page.getByRole('button', { name: 'Show the 23 unchanged lines before line 32' });
    expect(await page.getByText('line 20', { exact: true }).count()).toBe(0);
    await gap.click();
    await page.getByText('line 20', { exact: true }).waitFor();
    expect(await gap.count()).toBe(0);
    await page.getByRole('button', { name: 'Show the lines after line 38' }).click();
    await page.getByText('line 40', { exact: true }).waitFor();
    const numbers = await page.locator('.patch-row .patch-number:nth-child(2)').allTextContents();
    expect(numbers.filter((number) => number !== '').map(Number)).toEqual(
      Array.from({ length: 39 }, (_, index) => index + 2),
    );
    await visitor.picture('review-gap');
    expect(await visitor.violations()).toEqual([]);
    // More of the file on the screen is the same content.
    await page.getByRole('checkbox', { name: 'Part 2' }).uncheck();
    await bar(visitor).getByRole('button', { name: 'Approve the chosen parts' }).click();
    await dialog(visitor).getByRole('button', { name: 'Approve the chosen parts' }).click();
    await page.getByRole('heading', { name: /^Applied/ }).waitFor();
    expect(await scene.stage.read('long.txt')).toContain('line 35\n');
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('keep a changed line in its place when thousands of lines before it are opened', async () => {
    const lines = Array.from({ length: MANY_LINES }, (_, index) => `line ${index + 1}`);
    await scene.stage.write('many.txt', `${lines.join('\n')}\n`);
    const changed = lines.with(CHANGED_LINE - 1, 'changed');
    const pending = await startPending(scene.server.developer, 'many.txt', `${changed.join('\n')}\n`);
    const visitor = await reviewer(pending.approvalId);
    const { page } = visitor;
    const line = page.locator('.patch-added');
    const y = async (): Promise<number> => (await line.boundingBox())?.y ?? NaN;
    const before = await y();
    await page.getByRole('button', { name: 'Show the 11,986 unchanged lines before line 11987' }).click();
    await page.getByText('line 11986', { exact: true }).waitFor();
    expect(Math.abs((await y()) - before)).toBeLessThan(1);
    expect(await page.locator('.patch-row').count()).toBeLessThan(600);
    await visitor.picture('review-long-gap');
    expect(await visitor.violations()).toEqual([]);
    // Everything between is there, from either end.
    await page.keyboard.press('Home');
    await page.getByText('line 1', { exact: true }).waitFor();
    await line.waitFor({ state: 'detached' });
    await page.keyboard.press('n');
    await line.waitFor();
    await expect(line.textContent()).resolves.toContain('changed');
    await page.getByText('line 11986', { exact: true }).waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('offer the seat that may start the revert of an applied change', async () => {
    const before = await scene.stage.read(APP);
    const pending = await startPending(scene.server.developer, APP, `${before}# reviewed\n`);
    const visitor = await reviewer(pending.approvalId);
    await approve(visitor);
    const revert = visitor.page.getByRole('button', { name: 'Revert this change' });
    await revert.waitFor();
    expect(await revert.isDisabled()).toBe(true);
    await visitor.page.getByRole('button', { name: 'Continue as developer' }).click();
    await visitor.page.locator('button:enabled', { hasText: 'Revert this change' }).click();
    await dialog(visitor).getByRole('button', { name: 'Start the revert' }).click();
    await visitor.page.waitForURL(/\/ui\/runs\//);
    await visitor.leave();
  });
});
