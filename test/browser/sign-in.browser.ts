import { DEVELOPER_KEY } from '@assent/test-support/server-process';
import { SignInProvider } from '../support/sign-in-provider';
import { ConsoleScene } from './support/console-scene';
import { PHONE, type Looks, type Visitor } from './support/visitor';

describe('signing in at an identity provider', () => {
  let provider: SignInProvider;
  let scene: ConsoleScene;

  beforeAll(async () => {
    provider = await SignInProvider.open();
    scene = await ConsoleScene.open(provider.env);
  });
  afterAll(async () => {
    await scene.close();
    provider.close();
  });

  const name = () => new URL(provider.issuer).host;

  /** A person at the page of the provider. */
  async function atProvider(path: string, looks: Looks = {}): Promise<Visitor> {
    const visitor = await scene.arrive(looks);
    await visitor.go(path);
    await visitor.page.getByRole('button', { name: `Sign in with ${name()}` }).click();
    await visitor.page.getByRole('link', { name: 'Allow' }).waitFor();
    return visitor;
  }

  it('opens a session of the person, at the address that was asked for', async () => {
    const visitor = await atProvider('/approvals?order=expires');
    const { page } = visitor;
    await page.getByRole('link', { name: 'Allow' }).click();
    await page.getByRole('button', { name: /^Signed in as alice@acme\.example/ }).waitFor();
    expect(page.url()).toBe(`${visitor.url}/ui/approvals?order=expires`);
    expect(Object.keys(provider.exchanges.at(-1) ?? {}).sort()).toEqual([
      'client_id',
      'code',
      'code_verifier',
      'grant_type',
      'redirect_uri',
    ]);
    const stored = await page.evaluate(() =>
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
    );
    // A session is an API key; a token begins with an encoded object.
    expect(stored).toMatch(/aak_/);
    expect(stored).not.toMatch(/eyJ/);
    await page.reload();
    await page.getByRole('button', { name: /^Signed in as alice@acme\.example/ }).waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('ends the session, and that of the provider on request', async () => {
    const visitor = await atProvider('/audit');
    const { page } = visitor;
    await page.getByRole('link', { name: 'Allow' }).click();
    await page.getByRole('button', { name: /^Signed in as/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: `Sign out of ${name()} as well` }).click();
    await page.getByRole('heading', { name: 'Signed out' }).waitFor();
    await page.getByRole('link', { name: 'Back to assent-console' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it.each([
    { look: 'light', looks: {} },
    { look: 'dark', looks: { colorScheme: 'dark' } },
    { look: 'phone', looks: { viewport: PHONE } },
  ] as const)('says why it did not succeed: $look', async ({ look, looks }) => {
    const visitor = await atProvider('/runs', looks);
    const { page } = visitor;
    await page.getByRole('link', { name: 'Refuse' }).click();
    await page.getByText('refused: access_denied: Alice ⟨U+202E⟩ said no').waitFor();
    expect(page.url()).toBe(`${visitor.url}/ui/runs`);
    await visitor.picture(`sign-in-provider-${look}`);
    expect(await visitor.violations()).toEqual([]);
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('accepts no answer that this tab did not ask for', async () => {
    const visitor = await atProvider('/runs');
    const { page } = visitor;
    const answer = await page.getByRole('link', { name: 'Allow' }).getAttribute('href');
    const other = await scene.arrive();
    await other.page.goto(answer ?? '');
    await other.page.getByText('This sign-in was not started in this tab.').waitFor();
    expect(new URL(other.page.url()).search).toBe('');
    const before = provider.exchanges.length;
    await page.goto((answer ?? '').replace(/state=[^&]*/, 'state=other'));
    await page.getByText('This sign-in was not started in this tab.').waitFor();
    expect(provider.exchanges).toHaveLength(before);
    expect([...visitor.troubles, ...other.troubles]).toEqual([]);
    await other.leave();
    await visitor.leave();
  });

  it('says that the server rejected the token', async () => {
    const visitor = await atProvider('/runs');
    provider.audience = 'another-api';
    await visitor.page.getByRole('link', { name: 'Allow' }).click();
    await visitor.page.getByText('this server rejected the token:').waitFor();
    await visitor.page.getByText('its claim "aud" does not match').waitFor();
    provider.audience = 'assent';
    await visitor.leave();
  });

  it('shows no error of an earlier sign-in after the next sign-out', async () => {
    const visitor = await atProvider('/audit');
    const { page } = visitor;
    const response = await page.getByRole('link', { name: 'Refuse' }).getAttribute('href');
    await page.getByRole('link', { name: 'Refuse' }).click();
    await page.getByRole('alert').getByText('access_denied').waitFor();
    // Opened again by a person who is signed in, as the button Back does.
    for (const isRepeated of [false, true]) {
      await page.getByLabel('API key or token').fill(DEVELOPER_KEY);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('button', { name: /^Signed in as/ }).waitFor();
      if (isRepeated) await page.goto(response ?? '');
      await page.getByRole('button', { name: /^Signed in as/ }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('You are signed out.').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    }
    expect(visitor.troubles).toEqual([]);
    await visitor.leave();
  });

  it('shows the sign-in page when the provider does not respond in time', async () => {
    const visitor = await atProvider('/runs');
    const { page } = visitor;
    await page.addInitScript(() => {
      const { timeout } = AbortSignal;
      AbortSignal.timeout = () => timeout.call(AbortSignal, 1);
    });
    await page.route(`${provider.issuer}/.well-known/**`, () => undefined);
    await page.getByRole('link', { name: 'Allow' }).click();
    await page.getByText(`Could not read the response of ${name()}.`).waitFor();
    await visitor.leave();
  });

  it('says that the response of the provider cannot be read, or has an error', async () => {
    const visitor = await scene.arrive();
    const { page } = visitor;
    await page.route(`${provider.issuer}/**`, (route) => route.abort());
    await visitor.go('/runs');
    await page.getByRole('button', { name: `Sign in with ${name()}` }).click();
    await page.getByText(`Could not read the response of ${name()}. Try again.`).waitFor();
    await page.getByText('check JWT_ISSUER and CORS at the provider.').waitFor();
    await page.unroute(`${provider.issuer}/**`);
    await page.route(`${provider.issuer}/**`, (route) =>
      route.fulfill({ status: 503, headers: { 'access-control-allow-origin': '*' }, json: {} }),
    );
    await page.getByRole('button', { name: `Sign in with ${name()}` }).click();
    await page.getByText('The identity provider refused: HTTP 503').waitFor();
    await page.unroute(`${provider.issuer}/**`);
    await page.getByRole('button', { name: `Sign in with ${name()}` }).click();
    await page.getByRole('link', { name: 'Allow' }).waitFor();
    await visitor.leave();
  });

  it('is offered only where it is configured, and then the page connects to the issuer alone', async () => {
    const shown = async (url: string) => {
      const answer = await fetch(`${url}/ui/`);
      const policy = answer.headers.get('content-security-policy') ?? '';
      return [(await answer.text()).includes('assent-sign-in'), /connect-src [^;]*/.exec(policy)?.[0]];
    };
    const other = await scene.stage.start();
    expect(await shown(other.process.url)).toEqual([false, "connect-src 'self'"]);
    const { origin } = new URL(provider.issuer);
    expect(await shown(scene.server.process.url)).toEqual([true, `connect-src 'self' ${origin}`]);
  });
});
