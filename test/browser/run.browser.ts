import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Frame, MethodParams } from '@assent/contract';
import { eventually } from '@assent/test-support/eventually';
import { freePort } from '@assent/test-support/free-port';
import { scaled } from '@assent/test-support/limits';
import { ConsoleScene } from './support/console-scene';
import { PHONE, Visitor, type Looks } from './support/visitor';

const EXAMPLES = join(__dirname, '../../examples/checkout-service');
const TABS = ['Tree', 'Timeline', 'Reasoning', 'Calls and output', 'Search', 'Memory', 'Frames'];
const LOOKS: readonly Looks[] = [{}, { colorScheme: 'dark' }, { viewport: PHONE }];
const LONG_FRAMES = 10_000;
const MAX_NODES = 3_000;
const MAX_HEAP_BYTES = 60 * 1_048_576;
const LOST_WITHIN_MS = 1_000;

type Example = '.question' | '.beliefs' | '.refutation';

describe('the screens of runs', () => {
  let scene: ConsoleScene;
  let env: Record<string, string>;

  beforeAll(async () => {
    env = { PORT: String(await freePort()) };
    scene = await ConsoleScene.open(env);
  });
  afterAll(() => scene.close());

  async function visit(path: string, looks: Looks = {}): Promise<Visitor> {
    const visitor = await scene.arrive(looks);
    await visitor.openFirstLink();
    await visitor.go(path);
    await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    return visitor;
  }

  /** A run of an example that waits for a person, on files as they were shipped: an approved change leaves none to propose. */
  async function waiting(example: Example): Promise<string> {
    await cp(join(EXAMPLES, 'workspace'), scene.stage.folder, { recursive: true });
    const text = readFileSync(join(EXAMPLES, `request${example}.json`), 'utf8');
    const { runId } = await scene.server.developer.call('start', JSON.parse(text) as MethodParams<'start'>);
    await eventually(
      'it waits',
      async () => (await scene.server.developer.call('run/get', { runId })).state === 'waiting',
    );
    return runId;
  }

  async function framesOf(runId: string): Promise<readonly Frame[]> {
    const { frames } = await scene.server.developer.call('stream', { runId, limit: 1_000 });
    return frames as unknown as Frame[];
  }

  async function decide(runId: string, decision: 'approve' | 'reject'): Promise<void> {
    const { items } = await scene.server.reviewer.call('approval/list', { runId, state: 'pending' });
    const [approval] = items;
    if (!approval) throw new Error(`Run ${runId} has no pending approval.`);
    const { approvalId, hash } = approval;
    await scene.server.reviewer.call('approval/decide', { approvalId, hash, decision });
  }

  const connection = (page: Page, text: string) => page.locator('.run-connection').getByText(text);

  it('list runs by the filters of the address, and follow them', async () => {
    const runId = await waiting('.question');
    const visitor = await visit('/runs?state=waiting&q=region');
    const { page } = visitor;
    await page
      .getByRole('link', { name: /Northpay asks which region/ })
      .first()
      .waitFor();
    await page.getByRole('link', { name: /^Waiting/ }).waitFor();
    await scene.server.developer.call('run/cancel', { runId });
    await page.getByRole('list').getByText('Cancelled').first().waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    expect(new URL(page.url()).search).toBe('');
    await waiting('.question');
    await page.getByText('1 other run has changed.').waitFor();
    await page.getByRole('button', { name: 'Show the newest' }).click();
    await page.getByText('Waiting for an answer').first().waitFor();
    await page.reload();
    await page.getByText('Waiting for an answer').first().waitFor();
    expect(visitor.troubles).toEqual([]);
    await page.context().close();
  });

  it.each(LOOKS)('have nothing that axe finds, on any tab: %j', async (looks) => {
    const runId = await waiting('.beliefs');
    const visitor = await visit(`/runs/${runId}`, looks);
    const name = `${looks.colorScheme ?? 'light'}-${looks.viewport ? 'phone' : 'desktop'}`;
    for (const tab of TABS) {
      await visitor.page.getByRole('tab', { name: tab }).click();
      await visitor.page.getByRole('tabpanel').waitFor();
      // What is half below the bar of the phone counts as too small.
      await visitor.page.evaluate(() => window.scrollTo(0, 0));
      await visitor.picture(`run-${tab.split(' ')[0]?.toLowerCase() ?? ''}-${name}`);
      expect([tab, await visitor.violations()]).toEqual([tab, []]);
    }
    await visitor.go('/runs');
    await visitor.page.getByRole('list', { name: 'Runs, newest first' }).waitFor();
    await visitor.picture(`runs-${name}`);
    expect(await visitor.violations()).toEqual([]);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('show earlier moments by keyboard, in which nothing can be decided', async () => {
    const runId = await waiting('.beliefs');
    const { page } = await visit(`/runs/${runId}`);
    const last = (await framesOf(runId)).length;
    await page.getByRole('link', { name: 'Review the change' }).waitFor();
    await page.keyboard.press(',');
    await page.getByText(`You see the run as it was after frame ${last - 1}.`).waitFor();
    expect(await page.getByRole('link', { name: 'Review the change' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Cancel the run' }).count()).toBe(0);
    await page.waitForURL(`**?at=${last - 1}`);
    await page.reload();
    await page.getByText(`You see the run as it was after frame ${last - 1}.`).waitFor();
    await page.keyboard.press('.');
    await page.getByRole('link', { name: 'Review the change' }).waitFor();
    await page.context().close();
  });

  it('take the answer to a question, and begin the next step anew', async () => {
    const runId = await waiting('.question');
    const { page } = await visit(`/runs/${runId}`);
    await page.getByRole('heading', { name: 'Which region settles our orders?' }).waitFor();
    await page.getByText('Without an answer nothing is taken as true').waitFor();
    await page.getByRole('radio', { name: 'True' }).check();
    await page.getByRole('button', { name: 'Send the answer' }).click();
    await page.getByText('A person has to approve this').waitFor();
    expect(await page.getByRole('heading', { name: 'Which region settles our orders?' }).count()).toBe(0);
    const frames = await framesOf(runId);
    expect(frames.find(({ type }) => type === 'assumption.resolved')).toMatchObject({
      assumptionId: 'west',
      truth: true,
      source: 'answer',
    });
    await page.goto(`${page.url()}?step=1`);
    await page.getByText('You see the run as it was after frame').waitFor();
    await page.context().close();
  });

  it('say which approvals a fact would void, before it is recorded', async () => {
    const runId = await waiting('.refutation');
    const { page } = await visit(`/runs/${runId}`);
    const { rationale } = await scene.server.developer.call('tree/get', { runId });
    const ground = rationale?.for.find(({ decisive }) => decisive);
    const row = page.getByRole('row').filter({ hasText: ground?.assumptionId ?? '' });
    await row.getByRole('button', { name: 'Record a fact' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: ground?.value === true ? 'False' : 'True' }).check();
    await dialog.getByText(/This voids \d+ approval/).waitFor();
    await dialog.getByRole('button', { name: 'Record it and void' }).click();
    await eventually('the approval is void', async () =>
      (await framesOf(runId)).some(({ type }) => type === 'approval.voided'),
    );
    await page.context().close();
  });

  it('record an outcome, and say what memory makes of it', async () => {
    const runId = await waiting('.beliefs');
    await decide(runId, 'reject');
    const { page } = await visit(`/runs/${runId}`);
    await page.getByRole('button', { name: 'Record the outcome' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /^Failure/ }).check();
    await dialog.getByText('the chosen action failed').waitFor();
    await dialog.getByLabel('Score from 0 to 1').fill('2');
    await dialog.getByText('Give a number from 0 to 1.').waitFor();
    await dialog.getByLabel('Score from 0 to 1').fill('0.2');
    await dialog.getByRole('button', { name: 'Record the outcome' }).click();
    await page.getByText('Recorded as failure').first().waitFor();
    expect(await scene.server.developer.call('run/get', { runId })).toMatchObject({ outcome: 'failure' });
    await page.context().close();
  });

  it('say within a second that the server is gone, and go on without a gap or a double', async () => {
    const runId = await waiting('.beliefs');
    const { page } = await visit(`/runs/${runId}`);
    const before = (await framesOf(runId)).length;
    await connection(page, `Live, frame ${before}`).waitFor();
    await scene.server.process.kill();
    await connection(page, `Connection lost after frame ${before}`).waitFor({ timeout: scaled(LOST_WITHIN_MS) });
    // On the same port: the callers of the scene reach it too.
    await scene.stage.start(env);
    await page.locator('.run-connection').getByRole('button', { name: 'Try now' }).click();
    await connection(page, `Live, frame ${before}`).waitFor();
    await decide(runId, 'approve');
    await page.getByText('The approved change is applied.').waitFor();
    const all = await framesOf(runId);
    await page.getByRole('tab', { name: 'Frames' }).click();
    await page.getByText(`${all.length} of ${all.length} frames`).waitFor();
    const shown = await page.locator('.run-frame-seq').allTextContents();
    expect(shown).toEqual(all.slice(0, shown.length).map(({ seq }) => String(seq)));
    await page.context().close();
  });

  it('wait as long as a server that is busy asks for', async () => {
    const runId = await waiting('.beliefs');
    const visitor = await scene.arrive();
    await visitor.openFirstLink();
    const { page } = visitor;
    const answers = [429, 503];
    await page.route('**/runs/*/frames*', async (route) => {
      const status = answers.shift();
      if (status === undefined) await route.continue();
      else await route.fulfill({ status, headers: { 'retry-after': '1' }, body: '' });
    });
    await visitor.go(`/runs/${runId}`);
    await connection(page, 'Connection lost after frame').waitFor();
    await connection(page, 'Live, frame').waitFor();
    expect(answers).toEqual([]);
    await visitor.leave();
  });

  it('name the frames that are deleted, and those of a forgotten run', async () => {
    const runId = await waiting('.beliefs');
    await decide(runId, 'reject');
    await eventually(
      'it ends',
      async () => (await scene.server.developer.call('run/get', { runId })).state === 'completed',
    );
    await scene.stage.sql.query('delete from frames where run_id = $1 and seq <= 4', [runId]);
    const { page } = await visit(`/runs/${runId}`);
    await page.getByText('Frames 1 to 4 are deleted').waitFor();
    await scene.server.developer.call('memory/forget', { runId });
    await page.reload();
    await page.getByText('This run was forgotten').waitFor();
    await scene.stage.sql.query('delete from frames where run_id = $1', [runId]);
    await page.reload();
    await page.getByText('The frames of this run are deleted.').waitFor();
    await page.context().close();
  });

  it('tell an unknown run from a broken page, and the end of a session from both', async () => {
    const visitor = await scene.arrive();
    await visitor.openFirstLink();
    const { page } = visitor;
    await visitor.go(`/runs/${randomUUID()}`);
    await page.getByText('Not found').waitFor();
    const runId = await waiting('.question');
    await visitor.go(`/runs/${runId}`);
    await page.getByLabel('In your own words').fill('the region west');
    // The session ends when the answer is sent, not at a read of the page before it.
    await page.route('**/rpc', (route) =>
      route.request().postData()?.includes('"result"') === true
        ? route.fulfill({ status: 401, body: '' })
        : route.continue(),
    );
    await page.getByRole('radio', { name: 'True' }).check();
    await page.getByRole('button', { name: 'Send the answer' }).click();
    await page
      .getByRole('button', { name: /sign in/i })
      .first()
      .waitFor();
    expect(new URL(page.url()).pathname).toBe(`/ui/runs/${runId}`);
    const draft = await page.evaluate(() => Object.values(sessionStorage).includes('the region west'));
    expect(draft).toBe(true);
    await visitor.leave();
  });

  it('hold 10,000 frames with few nodes and a bounded heap, and scrub in them', async () => {
    const runId = await waiting('.beliefs');
    const tail = (await framesOf(runId)).length;
    const added = LONG_FRAMES - tail;
    await scene.stage.sql.query(
      `with held as (update runs set seq = seq + $2::integer where id = $1 returning seq - $2::integer as seq, tenant_id)
       insert into frames (run_id, seq, tenant_id, at, type, step, body)
       select $1, held.seq + n, held.tenant_id, now(), 'trace.delta', 1, $3 from held, generate_series(1, $2::integer) as n`,
      [runId, added, JSON.stringify({ text: 'The pool may be the bottleneck. ', channel: 'reasoning', attempt: 1 })],
    );
    const visitor = await visit(`/runs/${runId}?tab=frames`);
    const { page } = visitor;
    await page.getByText('10,000 of 10,000 frames').waitFor();
    expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(MAX_NODES);
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
    expect(usedSize).toBeLessThan(MAX_HEAP_BYTES);
    await page.getByRole('slider').fill('5003');
    await page.getByText('You see the run as it was after frame 5,003.').waitFor();
    await page.getByText('5,003 of 5,003 frames').waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });
});
