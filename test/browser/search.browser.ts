import type { Browser } from 'playwright-core';
import { framesOf, frameOf } from '@assent/test-support/frames';
import { says, saysJson } from '@assent/test-support/model-replies';
import { MODEL_FILE, ModelScene } from '@assent/test-support/model-scene';
import { gain } from '@assent/test-support/model-script';
import { launchChromium } from './support/chromium';
import { Visitor } from './support/visitor';

/** What the plans propose, one after another; the judge prefers the second place. */
const TIMEOUTS = [2_000, 3_000, 1_000];

describe('the search of a run', () => {
  let scene: ModelScene;
  let browser: Browser;

  beforeAll(async () => {
    [scene, browser] = await Promise.all([ModelScene.open(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await scene.close();
  });

  it('shows its plans, the best one, and what the judge wrote', async () => {
    let plan = 0;
    scene.endpoint.script(({ answer, prompt }) => {
      if (answer === 'beliefs') return saysJson({ assumptions: [], associations: [], ranking: [], observed: [] });
      if (answer === 'gains') return saysJson({ gains: [gain('a1', 1)] });
      if (answer === 'judgement') {
        const score = (place: string) => Number(new RegExp(`${place} plan>[^<]*?timeout_ms: (\\d)`).exec(prompt)?.[1]);
        const criteria = [{ name: 'long enough', weight: 2, first: score('first'), second: score('second') }];
        return saysJson({ criteria, critique: 'Mind the unit.', lessons: [], evolvedPrompt: 'Say the unit.' });
      }
      const content = `timeout_ms: ${TIMEOUTS[plan % TIMEOUTS.length]}\n`;
      plan += 1;
      return says({ text: ['A plan.'], calls: [{ name: 'file_write', args: { path: MODEL_FILE, content } }] });
    });
    const search = { rules: { maxIter: 2, judging: 'single' } };
    const runId = await scene.start({ deliberation: 'search', search });
    await scene.pendingOf(runId);
    const { developer, process } = scene.replica;
    const { searchId } = frameOf(await framesOf(developer, runId), 'search.started');
    const { nodes, comparisons } = await developer.call('search/get', { searchId: String(searchId) });
    expect(nodes).toHaveLength(TIMEOUTS.length);
    const visitor = await Visitor.arrive(browser, process.url);
    const { page } = visitor;
    await visitor.openFirstLink();
    await visitor.go(`/runs/${runId}?tab=search`);
    await page.getByText(`${nodes.length} answers, ${comparisons.length} judgements`).waitFor();
    await page.getByRole('button', { name: 'Open all' }).click();
    expect(await page.getByRole('treeitem').count()).toBe(nodes.length + 1);
    await page.getByRole('treeitem', { name: /^Answer 2, .*best/ }).click();
    const answer = page.getByRole('region', { name: 'Answer' });
    await answer.getByText('timeout_ms: 3000').first().waitFor();
    await answer.getByText('Mind the unit.').first().waitFor();
    await visitor.picture('run-search-answers');
    expect(await visitor.violations()).toEqual([]);
    await page.keyboard.press(',');
    await page.getByText('You see the run as it was after frame').waitFor();
    await page.getByRole('tabpanel').getByText('Plan 2').first().waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });
});
