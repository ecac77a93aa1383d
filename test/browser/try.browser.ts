import { SERVER_COMMAND } from '@assent/test-support/server-process';
import { ConsoleScene } from './support/console-scene';
import { PHONE, type Looks } from './support/visitor';

describe('the playground', () => {
  let scene: ConsoleScene;

  beforeAll(async () => {
    // With the shipped workspace: only it has examples. Nothing is approved here, so no file changes.
    scene = await ConsoleScene.open({}, ['env', '-u', 'WORKSPACES', ...SERVER_COMMAND]);
  });
  afterAll(() => scene.close());

  async function arrive(query: string, looks?: Looks) {
    const visitor = await scene.arrive(looks);
    await visitor.openFirstLink();
    await visitor.go(`/try${query}`);
    await visitor.page.getByRole('heading', { name: 'Playground' }).waitFor();
    return { visitor, page: visitor.page };
  }

  it('previews each example, in both schemes and on a phone', async () => {
    for (const looks of [{}, { colorScheme: 'dark' }, { viewport: PHONE }] as const) {
      const { visitor, page } = await arrive('', looks);
      for (const example of ['checkout', 'question', 'refutation', 'hidden']) {
        await page.getByRole('button', { name: example }).click();
        await page.waitForURL(new RegExp(`example=${example}`));
        await page.getByRole('tree').waitFor();
      }
      expect(await visitor.violations()).toEqual([]);
      expect(visitor.troubles).toEqual([]);
      await visitor.leave();
    }
  });

  it('starts a run with what was edited, and shows it', async () => {
    const { visitor, page } = await arrive('?example=refutation');
    await page.getByRole('textbox', { name: 'Goal' }).fill('Orders wait: a goal of my own');
    await page.getByRole('slider', { name: 'Probability of assumption 1' }).fill('0.03');
    await page.getByText('Chosen', { exact: true }).waitFor();
    await page.locator('.tree-choice').getByText('Leave the pool as it is').waitFor();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.waitForURL(/\/ui\/runs\/[0-9a-f-]{36}/);
    await page.getByRole('heading', { name: 'Orders wait: a goal of my own' }).waitFor();
    const runId = /runs\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
    const { goal, requester } = await scene.server.developer.call('run/get', { runId });
    expect({ goal, requester }).toEqual({ goal: 'Orders wait: a goal of my own', requester: 'developer' });

    await visitor.go(`/try?from=${runId}`);
    await page.getByText('From run').waitFor();
    expect(await page.getByRole('textbox', { name: 'Goal' }).inputValue()).toBe('Orders wait: a goal of my own');
    await page.locator('.tree-choice').getByText('Leave the pool as it is').waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('leads from an error to its place in the JSON', async () => {
    const { visitor, page } = await arrive('?example=refutation&edit=json');
    const json = page.getByRole('textbox', { name: 'Params of the run as JSON' });
    const text = await json.inputValue();
    await json.fill(text.replace('"p": 0.9', '"p": 9'));
    await page.getByText('/beliefs/assumptions/0/p', { exact: true }).waitFor();
    await page.getByRole('button', { name: /Go to line/ }).click();
    expect(
      await json.evaluate((area: HTMLTextAreaElement) => area.value.slice(area.selectionStart, area.selectionEnd)),
    ).toBe('9');
    await json.fill('{"goal": "x"\n"actions": []}');
    await page.getByText('Line 2: This character is not expected here.').waitFor();
    expect(await page.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
    expect(await visitor.violations()).toEqual([]);
    await visitor.leave();
  });
});
