import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { framesUntil } from '@assent/test-support/frames';
import { person } from '@assent/test-support/people';
import { readPlan } from '@assent/test-support/plans';
import type { Caller } from '@assent/test-support/caller';
import { DEVELOPER_KEY } from '@assent/test-support/server-process';
import type { Replica } from '@assent/test-support/stage';
import { WebhookScene, createWebhook } from '@assent/test-support/webhooks';
import { launchChromium } from './support/chromium';
import { DESKTOP, PHONE, Visitor, type Looks } from './support/visitor';

const LOOKS: readonly (Looks & { readonly name: string })[] = [
  { name: 'light', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'dark', viewport: DESKTOP, colorScheme: 'dark' },
  { name: 'phone', viewport: PHONE, colorScheme: 'light' },
];

/** A plan of memory that is applied at once. */
async function applied(developer: Caller, ops: readonly object[]) {
  return developer.call('memory/plan/apply', { planId: uuid(), ops: ops as never });
}

/** Active lessons, by an import that vouches for them. */
async function lessons(developer: Caller, texts: readonly string[]): Promise<string[]> {
  const lines = texts.map((text) => JSON.stringify({ v: 1, text, status: 'active', tags: ['payments'] }));
  await developer.call('memory/import', { planId: uuid(), lines, activate: true });
  const { items } = await developer.call('memory/list', { limit: 100 });
  return texts.map((text) => items.find((item) => item.text === text)?.fragmentId ?? '');
}

/** Version 7: ids of plans begin with their time. */
function uuid(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

describe('the screens of memory, tools, webhooks, audit and server', () => {
  let scene: WebhookScene;
  let server: Replica;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [scene, browser] = await Promise.all([
      WebhookScene.open({ GRAFANA_URL: 'https://grafana.example/d/assent' }),
      launchChromium(),
    ]);
    ({ server } = scene);
  });
  afterAll(async () => {
    await browser.close();
    await scene.close();
  });

  beforeEach(async () => {
    visitor = await Visitor.arrive(browser, server.process.url);
    await visitor.openFirstLink();
  });
  afterEach(async () => {
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  const button = (name: string | RegExp) => visitor.page.getByRole('button', { name, exact: typeof name === 'string' });
  const text = (value: string | RegExp) => visitor.page.getByText(value).first();
  const dialog = () => visitor.page.getByRole('dialog');

  it.each([
    ['/memory', 'Nothing is learnt yet'],
    ['/memory?view=plans', 'No plans yet'],
    ['/memory/agent', 'It has not run yet'],
    ['/tools?tab=trust', 'No tools of MCP servers'],
    ['/webhooks', 'No webhooks yet'],
    ['/audit?actor=nobody', 'No line matches'],
    ['/server?tab=keys', 'No keys yet'],
    ['/server?tab=calibration', 'Nothing is resolved yet'],
  ])('say at %s what they are for while they are empty', async (path, title) => {
    await visitor.go(path);
    await visitor.page.getByRole('heading', { name: title }).waitFor();
    expect(await visitor.violations()).toEqual([]);
  });

  it.each([
    ['/webhooks', 'webhook:admin'],
    ['/tools?tab=policy', 'tool:admin'],
    ['/server?tab=keys', 'key:admin'],
  ])('name at %s the scope that a seat lacks, and offer the other seat', async (path, scope) => {
    await visitor.go(path);
    await visitor.page.evaluate(() => {
      const record = JSON.parse(sessionStorage.getItem('assent.sessions') ?? '') as { active: string };
      sessionStorage.setItem('assent.sessions', JSON.stringify({ ...record, active: 'reviewer' }));
    });
    await visitor.page.reload();
    await text(`the scope ${scope}`).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await button('Continue as developer').click();
    await text(`the scope ${scope}`).waitFor({ state: 'detached' });
  });

  it('check a call of a tool by its form, and a policy before it is put into force', async () => {
    await visitor.go('/tools');
    await button(/file\.write/).click();
    await button('Check').click();
    await text('A person would be asked').or(text('It would be refused')).waitFor();
    await visitor.page.getByLabel('path (required)').fill('notes/a.txt');
    await visitor.page.getByLabel('content (required)').fill('x');
    await button('Check').click();
    await text('A person would be asked').waitFor();

    await visitor.page.getByRole('tab', { name: 'Policy' }).click();
    const editor = visitor.page.getByLabel('Policy as JSON');
    await editor.fill('{"rules": [,]}');
    await button('Check').click();
    await button('Line 1, column 12').waitFor();
    const rule = { id: 'freeze', tools: ['file.*'], verdict: 'perhaps' };
    await editor.fill(JSON.stringify({ rules: [rule] }, null, 2));
    await button('Check').click();
    await button('Line 8, column 18').click();
    expect(
      await editor.evaluate((area: HTMLTextAreaElement) => area.value.slice(area.selectionStart).slice(0, 9)),
    ).toBe('"perhaps"');
    await editor.fill(JSON.stringify({ rules: [{ ...rule, verdict: 'deny' }] }));
    await button('Put into force').click();
    await dialog().getByRole('button', { name: 'Put into force' }).click();
    await text('Version 1 is in force.').waitFor();
    expect(await server.developer.call('tool/policy/get', {})).toMatchObject({ version: 1, actor: 'developer' });
    await server.developer.call('tool/policy/set', { version: 1, rules: [] });
  });

  it('verify the chain of the audit in the page, and find what was changed', async () => {
    await visitor.go('/audit');
    await button('Verify the chain').click();
    await text(/^The chain is valid: \d+ lines/).waitFor();
    const head = await visitor.page.locator('.audit-head').innerText();
    expect(head).toMatch(/^\d+:[0-9a-f]{64}$/);

    const [saved] = await Promise.all([visitor.page.waitForEvent('download'), button('Export').click()]);
    const exported = await (await server.developer.fetch('/audit/export')).text();
    const stream = await saved.createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString('utf8')).toBe(exported);
    const verifyFile = async (content: string) => {
      const file = { name: 'audit.jsonl', mimeType: 'application/x-ndjson', buffer: Buffer.from(content) };
      await visitor.page.locator('input[type=file]').setInputFiles(file);
    };
    await verifyFile(exported.replace('"developer"', '"somebody"'));
    await text('The chain is broken: 1 problem').waitFor();
    await text('Its content is not what was hashed.').waitFor();
    await verifyFile('no export');
    await text('Line 1 is not a JSON object.').waitFor();

    await visitor.page.getByLabel('A head that you noted down before').fill(`1:${'0'.repeat(64)}`);
    await button(/^Verify/)
      .first()
      .click();
    await text('It is not the line that was noted down for this position.').waitFor();
    expect(await visitor.violations()).toEqual([]);
  });

  it('say why the chain cannot be verified without a secure context', async () => {
    await visitor.page.addInitScript(() => {
      Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });
    });
    await visitor.go('/audit');
    await text(/without a secure context/).waitFor();
  });

  it('make a webhook, show its secret once, what it answered, and count before a replay', async () => {
    const receiver = await scene.receiver((response) => {
      response.writeHead(500).end('<img src=x onerror=alert(1)>');
    });
    await visitor.go('/webhooks');
    await button('New webhook').click();
    await visitor.page.getByLabel('Address').fill(`${receiver.origin}/hook`);
    await visitor.page.getByLabel('Description').fill('On call');
    await visitor.page.getByLabel('All events, also future ones').check();
    await button('Create').click();
    await text(/whsec_/).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await button('I have stored it').click();
    await visitor.page.getByRole('heading', { name: 'On call' }).waitFor();
    expect(await visitor.page.getByText(/whsec_/).count()).toBe(0);

    await button('Send a test').click();
    await button('Show the delivery of webhook.test').click();
    await button('Refresh').click();
    await text('<img src=x onerror=alert(1)>').waitFor();
    await visitor.page.getByRole('heading', { name: 'Sent' }).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await visitor.page.reload();
    await text('<img src=x onerror=alert(1)>').waitFor();

    const { runId } = await server.developer.call('start', readPlan('README.md'));
    await framesUntil(server.developer, runId, 'run.completed');
    await button('Replay').click();
    await button('Count them').click();
    await button('Send 1 event').click();
    await dialog().waitFor({ state: 'detached' });
    await button('Show the delivery of run.completed').first().waitFor();
  });

  it('show an admin the accounts for which a callback key decides, and remove one', async () => {
    const { sql } = scene.stage;
    const { url } = server.process;
    const maker = await person(sql, url, 'integrator', [], ['webhook:admin']);
    const webhook = await createWebhook(maker, 'http://127.0.0.1:9/slack', ['approval.requested']);
    const ada = await person(sql, url, 'ada', ['admin'], ['webhook:admin', 'key:admin', 'approval:decide', 'run:read']);
    await ada.call('webhook/callback_key/issue', { webhookId: webhook.id, actors: 'mapped' });
    await ada.call('identity/create', { provider: 'slack', externalId: 'U0<b>ANN', subject: 'ann' });
    await visitor.go(`/webhooks/${webhook.id}`);
    await text('for the people of mapped accounts, without roles').waitFor();
    // The developer is no admin.
    expect(await visitor.page.getByRole('heading', { name: 'Mapped accounts' }).count()).toBe(0);

    const admin = await Visitor.arrive(browser, url);
    await admin.page.goto(`${url}/ui/`);
    await admin.page.getByLabel('API key or token').fill(ada.key);
    await admin.page.keyboard.press('Enter');
    await admin.page.getByRole('navigation').first().waitFor();
    await admin.go(`/webhooks/${webhook.id}`);
    await admin.page.getByText('slack U0<b>ANN: ann').waitFor();
    expect(await admin.violations()).toEqual([]);
    await admin.page.getByRole('button', { name: 'Remove', exact: true }).click();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await admin.page.getByText('No account is mapped').waitFor();
    expect((await ada.call('identity/list', {})).items).toEqual([]);
    expect(admin.troubles).toEqual([]);
    await admin.leave();
  });

  it('pause and resume, switch a flag, make and revoke a key', async () => {
    await visitor.go('/server');
    await text('Answered by replica').waitFor();
    expect(await visitor.page.getByRole('link', { name: 'Graphs in Grafana' }).getAttribute('href')).toBe(
      'https://grafana.example/d/assent',
    );
    await button('Pause everything').click();
    await dialog().getByLabel('Reason').fill('An incident');
    await dialog().getByRole('button', { name: 'Pause', exact: true }).click();
    await visitor.page.locator('.server-pause').getByText('An incident').waitFor();
    expect((await server.developer.call('server/info', {})).pause).toMatchObject({ reason: 'An incident' });
    await visitor.page.locator('.server-pause').getByRole('button', { name: 'Resume' }).click();
    await dialog().getByRole('button', { name: 'Resume' }).click();
    await button('Pause everything').waitFor();
    expect((await server.developer.call('server/info', {})).pause).toBeNull();

    await visitor.page.getByRole('tab', { name: 'Flags' }).click();
    await button('Switch on').click();
    await dialog().getByRole('button', { name: 'Switch on' }).click();
    await button('Use the configuration').click();
    await dialog().getByRole('button', { name: 'Use the configuration' }).click();
    await dialog().waitFor({ state: 'detached' });
    expect((await server.developer.call('flag/list', {})).items.map(({ source }) => source)).not.toContain('tenant');

    await visitor.page.getByRole('tab', { name: 'Keys' }).click();
    await button('New key').click();
    await visitor.page.getByLabel('Name').fill('ci');
    await visitor.page.getByLabel('run:read').check();
    await visitor.page.getByLabel('Ends after').selectOption('90');
    expect(await visitor.violations()).toEqual([]);
    await visitor.page.getByLabel('Your own key').fill(DEVELOPER_KEY);
    await button('Create').click();
    await text(/^aak_/).waitFor();
    await button('I have stored it').click();
    await button('Revoke ci').click();
    await dialog().getByRole('button', { name: 'Revoke' }).click();
    await button('Revoke ci').waitFor({ state: 'detached' });
    const { items } = await server.developer.call('key/list', {});
    const key = items.find(({ name }) => name === 'ci');
    expect(key).toMatchObject({ state: 'revoked', scopes: ['run:read'], subject: 'developer' });
  });

  it('show a lesson, where it comes from, and revert a plan', async () => {
    const { developer } = server;
    const plan = await applied(developer, [
      { op: 'add', text: 'Deploys on Fridays need \u202Ethe engineer', rationale: 'house rule' },
    ]);
    const [fragmentId = ''] = (plan.result ?? []).map((made) => made.fragmentId);
    await applied(developer, [{ op: 'modify', fragmentId, text: 'Deploys need the engineer', rationale: 'shorter' }]);
    await visitor.go('/memory');
    await visitor.page.getByRole('link', { name: 'Deploys need the engineer' }).click();
    await visitor.page.getByRole('heading', { name: 'History' }).waitFor();
    await text('⟨U+202E⟩').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await visitor.page.locator('.memory-steps a').first().click();
    await visitor.page.getByRole('heading', { name: 'Operations' }).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await button('Revert').click();
    await dialog().getByRole('button', { name: 'Revert' }).click();
    await text('reverted').waitFor();
    const { fragment } = await developer.call('memory/get', { fragmentId });
    expect(fragment.text).toBe('Deploys on Fridays need \u202Ethe engineer');

    await visitor.go('/memory/agent');
    await button('Let it work now').click();
    await text('too few runs').waitFor();
    await text('completed').waitFor();
  });

  it('draw what a lesson was made of', async () => {
    const { developer } = server;
    const sources = await lessons(developer, ['Timeouts are in milliseconds', 'Retries do not help']);
    const { result } = await applied(developer, [
      {
        op: 'merge',
        fragmentIds: sources,
        text: 'Timeouts are in milliseconds, retries do not help',
        rationale: 'one',
      },
    ]);
    const merged = result?.find(({ fragmentId }) => !sources.includes(fragmentId))?.fragmentId ?? '';
    for (const id of [merged, sources[0] ?? '']) {
      await visitor.go(`/memory/fragments/${id}`);
      await visitor.page.locator('.memory-node').nth(2).waitFor();
      expect(await visitor.page.locator('.memory-node').count()).toBe(3);
      expect(await visitor.page.locator('.memory-canvas > svg path').count()).toBe(2);
      expect(await visitor.violations()).toEqual([]);
    }
  });

  it.each(LOOKS)('have no violation and nothing beside the page: $name', async ({ name, ...looks }) => {
    const { developer } = server;
    const webhook = await createWebhook(developer, `${(await scene.receiver()).origin}/${name}`);
    const plan = await applied(developer, [{ op: 'add', text: `A lesson to show: ${name}`, rationale: 'to show it' }]);
    const other = await Visitor.arrive(browser, server.process.url, looks);
    await other.openFirstLink();
    const paths = {
      memory: '/memory',
      plans: '/memory?view=plans',
      fragment: `/memory/fragments/${plan.result?.[0]?.fragmentId ?? ''}`,
      plan: `/memory/plans/${plan.planId}`,
      agent: '/memory/agent',
      tools: '/tools?tool=file.write',
      'tools-policy': '/tools?tab=policy',
      webhooks: '/webhooks',
      webhook: `/webhooks/${webhook.id}`,
      audit: '/audit?line=1',
      server: '/server',
      flags: '/server?tab=flags',
      keys: '/server?tab=keys&ended=yes',
      policy: '/server?tab=policy',
    };
    for (const [screen, path] of Object.entries(paths)) {
      await other.go(path);
      await other.page.getByRole('button', { name: 'As curl' }).filter({ visible: true }).first().waitFor();
      await other.picture(`${screen}-${name}`);
      const sideways = await other.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect({ screen, sideways, violations: await other.violations() }).toEqual({
        screen,
        sideways: 0,
        violations: [],
      });
    }
    expect(other.troubles).toEqual([]);
    await other.leave();
  });

  it('show whether memory helps, and how that changed, from the runs of both sides', async () => {
    for (const [arm, successes] of [
      ['recall', 270],
      ['control', 150],
    ] as const) {
      await scene.stage.sql.query(
        `with made as (select gen_random_uuid() as run_id, n from generate_series(1, 300) as n),
           recalled as (insert into memory_recalls (run_id, tenant_id, agent, arm, fragments, created_at)
             select run_id, 'local', 'developer', $1, '{}', now() from made)
         insert into memory_experiences (run_id, tenant_id, agent, goal, goal_key, outcome, ending, action, path, created_at)
         select run_id, 'local', 'developer', 'g', 'g', case when n <= $2::integer then 'success' else 'failure' end, 'applied', 'a', '[]', now()
         from made`,
        [arm, successes],
      );
    }
    await visitor.go('/memory/agent');
    await text('270 of 300 runs succeeded').waitFor();
    await text('150 of 300 runs succeeded').waitFor();
    await text('Runs with lessons succeed more often.').waitFor();
    expect(await visitor.page.locator('.memory-series tbody tr').count()).toBe(3);
    expect(await visitor.violations()).toEqual([]);
  });
});
