import type { MethodParams } from '@assent/contract';
import { ConsoleScene } from './support/console-scene';
import { PHONE, type Looks } from './support/visitor';

type Start = MethodParams<'start'>;

const note = (id: string, label: string) => ({
  id,
  kind: 'tool' as const,
  label,
  tool: 'file.write',
  args: { path: `notes/${id}.txt`, content: id },
  effort: 5,
});

/** The pool is raised, because it is probably too small; below 8% the run would finish instead. */
const POOL: Start = {
  goal: 'Orders wait for a connection',
  workspace: 'example',
  memory: false,
  actions: [note('raise', 'Raise the pool'), { id: 'finish', kind: 'finish', label: 'Leave it as it is' }],
  beliefs: {
    assumptions: [
      { id: 'pool', text: 'The pool is too small', p: 0.9 },
      { id: 'query', text: 'One query is slow', p: 0.1 },
    ],
    gains: [
      { actionId: 'raise', when: { pool: true }, gain: 0.9 },
      { actionId: 'finish', when: { query: true }, gain: 0.2 },
    ],
  },
};

const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F'];
const ALL_TRUTHS = 2 ** LETTERS.length;

/** Six assumptions that all matter: 63 splits and 64 leaves. */
const LARGE: Start = {
  goal: 'Find the slow part',
  workspace: 'example',
  memory: false,
  params: { depth: 6 },
  actions: Array.from({ length: 8 }, (_, index) => note(`part-${index}`, `Change part ${index}`)),
  beliefs: {
    assumptions: LETTERS.map((id, index) => ({ id, text: `Part ${id} is slow under load`, p: 0.3 + index * 0.08 })),
    gains: Array.from({ length: ALL_TRUTHS }, (_, truths) =>
      Array.from({ length: 8 }, (_, action) => ({
        actionId: `part-${action}`,
        when: Object.fromEntries(LETTERS.map((id, bit) => [id, ((truths >> bit) & 1) === 1])),
        gain: ((truths * 7 + action * 13) % ALL_TRUTHS) / ALL_TRUTHS,
      })),
    ).flat(),
  },
};

const HOSTILE: Start = {
  ...POOL,
  goal: '<img src=x onerror="document.title=1"> \u202egoal',
  actions: [
    note('raise', `<img src=x onerror="document.title=2"> \u202eevil\u202c ${'x'.repeat(1_900)}`),
    { id: 'finish', kind: 'finish', label: '<script>document.title=3</script>' },
  ],
  beliefs: {
    ...POOL.beliefs,
    assumptions: [
      { id: 'pool', text: `\u2066<svg onload="document.title=4">\u2069 ${'y'.repeat(1_900)}`, p: 0.9 },
      { id: 'query', text: 'zero\u200bwidth', p: 0.1 },
    ],
  },
};

describe('the tree of a run', () => {
  let scene: ConsoleScene;

  beforeAll(async () => {
    scene = await ConsoleScene.open();
  });
  afterAll(() => scene.close());

  async function arrive(params: Start, looks?: Looks, query = '') {
    const { runId } = await scene.server.developer.call('start', params);
    const visitor = await scene.arrive(looks);
    await visitor.openFirstLink();
    await visitor.go(`/runs/${runId}${query}`);
    await visitor.page.getByRole('tree').waitFor();
    await visitor.page.getByRole('heading', { name: 'What if' }).waitFor();
    return { visitor, page: visitor.page, runId };
  }

  it('says what was chosen, on what it rests and what would change it, at any size and in both schemes', async () => {
    for (const [name, looks] of [
      ['light', {}],
      ['dark', { colorScheme: 'dark' }],
      ['phone', { viewport: PHONE }],
    ] as const) {
      const { visitor, page } = await arrive(POOL, looks);
      for (const heading of ['Chosen', 'It rests on', 'What would change it', 'Ranking', 'For and against']) {
        await page.getByRole('heading', { name: heading, exact: true }).waitFor();
      }
      await page.getByText('“Leave it as it is” instead').first().waitFor();
      expect(await visitor.violations()).toEqual([]);
      expect(visitor.troubles).toEqual([]);
      await visitor.picture(`tree-${name}`);
      await visitor.leave();
    }
  });

  it('shows what another probability would change, and stores nothing', async () => {
    const { visitor, page, runId } = await arrive(POOL);
    const before = await scene.server.developer.call('tree/get', { runId });
    const { cursor } = await scene.server.developer.call('run/get', { runId });
    const slider = page.getByRole('slider', { name: 'The pool is too small' });
    await slider.fill('0.03');
    await page.getByText('“Leave it as it is” would be chosen instead of “Raise the pool”.').waitFor();
    await page.getByText('Nothing is stored').waitFor();
    await page.getByRole('heading', { name: 'Would be chosen' }).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await slider.fill('0.5');
    await page.getByText('The choice stays: “Raise the pool”.').waitFor();
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('Nothing is stored').waitFor({ state: 'detached' });
    expect(await slider.inputValue()).toBe('0.9');
    expect(await scene.server.developer.call('tree/get', { runId })).toEqual(before);
    expect((await scene.server.developer.call('run/get', { runId })).cursor).toBe(cursor);
    await visitor.leave();
  });

  it('is read and walked as an outline with the keyboard alone', async () => {
    const { visitor, page } = await arrive(POOL);
    await page.keyboard.press('o');
    await page.waitForURL(/as=outline/);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    await page.getByRole('treeitem').first().focus();
    expect(await focused()).toContain('The pool is too small');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toContain('If true (90%): One query is slow');
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('treeitem', { expanded: false }).waitFor();
    expect(await focused()).toContain('Raise the pool. U on this path');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    expect(await focused()).toContain('Leave it as it is');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Selected' }).getByText('Leave it as it is').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await visitor.leave();
  });

  it('draws 64 leaves without a node or label over another node', async () => {
    const { visitor, page } = await arrive(LARGE);
    const nodes = page.getByRole('treeitem');
    const details = page.getByRole('checkbox', { name: 'Show splits that change nothing' });
    if ((await details.count()) > 0) await details.check();
    await nodes.nth(126).waitFor();
    expect(await nodes.count()).toBe(127);
    const hits = await page.evaluate(() => {
      const boxes = (selector: string) =>
        Array.from(document.querySelectorAll(selector), (element) => element.getBoundingClientRect());
      const isOver = (a: DOMRect, b: DOMRect) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      const all = boxes('.tree-node');
      const labels = boxes('.tree-label');
      return {
        labels: labels.length,
        hits:
          all.filter((a, at) => all.some((b, other) => other > at && isOver(a, b))).length +
          labels.filter((label) => all.some((node) => isOver(label, node))).length,
      };
    });
    expect(hits).toEqual({ labels: 126, hits: 0 });
    expect(await visitor.violations()).toEqual([]);
    await visitor.picture('tree-large');
    await visitor.leave();
  });

  it('shows markup, hidden characters and very long words as text', async () => {
    for (const [viewport, query] of [
      [undefined, '?node=n0'],
      [PHONE, '?node=n0'],
    ] as const) {
      const { visitor, page } = await arrive(HOSTILE, viewport && { viewport }, query);
      await page.getByText('⟨U+202E⟩').first().waitFor();
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.title()).not.toMatch(/^\d$/);
      const { width, shown } = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { width: scrollWidth, shown: clientWidth };
      });
      expect(width).toBe(shown);
      expect(await visitor.violations()).toEqual([]);
      expect(visitor.troubles).toEqual([]);
      await visitor.leave();
    }
  });
});
