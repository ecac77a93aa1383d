import { AssentError } from '@assent/client';
import { BASE, navigate } from '../router';
import { SHELL } from '../texts';
import { provider, providerName, providerProblem, type Provider } from './provider';
import { seat, signIn } from './session';

const TEXTS = SHELL.signIn.provider;
/** What a tab keeps between leaving for the provider and coming back. The verifier is of no use without the code. */
const STORED = 'assent.sign-in';
const RANDOM_BYTES = 32;
const PROVIDER_TIMEOUT_MS = 10_000;

interface Started {
  readonly state: string;
  readonly verifier: string;
  readonly remember: boolean;
  /** Where the person was. */
  readonly address: string;
}

/** Addresses of the provider (OpenID Connect Discovery). */
interface Discovered {
  readonly authorization: string;
  readonly token: string;
  readonly signOut: string | null;
}

/** Leaves for the provider's page. Authorization code with PKCE: this page is a public client and holds no secret. */
export async function leaveForProvider(remember: boolean): Promise<void> {
  await withProvider(async (at) => {
    const { authorization } = await discover(at);
    const [state, verifier] = [random(), random()];
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    const started: Started = { state, verifier, remember, address: window.location.pathname + window.location.search };
    sessionStorage.setItem(STORED, JSON.stringify(started));
    go(authorization, {
      response_type: 'code',
      client_id: at.clientId,
      redirect_uri: home(),
      scope: at.scope,
      state,
      code_challenge: base64Url(new Uint8Array(digest)),
      code_challenge_method: 'S256',
    });
  });
}

/** Back from the provider: exchanges the code for a token, and that for a session. The token is kept nowhere. */
export async function returnFromProvider(answer: URLSearchParams): Promise<void> {
  const started = taken();
  if (started) navigate(started.address, { replace: true });
  await withProvider(async (at) => {
    // Somebody else's sign-in must not become that of this tab.
    if (started?.state !== answer.get('state') || (answer.get('iss') ?? at.issuer) !== at.issuer) {
      throw new Error(TEXTS.notStarted);
    }
    const code = answer.get('code');
    if (code === null) throw new Error(TEXTS.refused(reasonOf(Object.fromEntries(answer))));
    const token = await exchange(at, code, started.verifier);
    try {
      await signIn(token, started.remember);
    } catch (error) {
      throw error instanceof AssentError ? new Error(TEXTS.notAccepted(error.message)) : error;
    }
  });
}

/** Ends the person's session at the provider, too: the next person at this machine has to sign in there. */
export async function signOutOfProvider(): Promise<void> {
  await withProvider(async (at) => {
    const { signOut } = await discover(at);
    if (signOut === null) throw new Error(TEXTS.noSignOut);
    go(signOut, { client_id: at.clientId, post_logout_redirect_uri: home() });
  });
}

async function withProvider(work: (at: Provider) => Promise<void>): Promise<void> {
  if (!provider) return;
  providerProblem.value = null;
  try {
    await work(provider);
  } catch (error) {
    // A person who is signed in would see the error after the next sign-out.
    if (!seat.value) providerProblem.value = error instanceof Error ? error.message : String(error);
  }
}

async function discover({ issuer }: Provider): Promise<Discovered> {
  const found = await json(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { issuer: named, authorization_endpoint: authorization, token_endpoint: token } = found;
  if (named !== issuer || typeof authorization !== 'string' || typeof token !== 'string') {
    throw new Error(TEXTS.notDescribed);
  }
  const signOut = found['end_session_endpoint'];
  return { authorization, token, signOut: typeof signOut === 'string' ? signOut : null };
}

async function exchange(at: Provider, code: string, verifier: string): Promise<string> {
  const { token } = await discover(at);
  const { access_token: accessToken } = await json(token, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: home(),
    client_id: at.clientId,
    code_verifier: verifier,
  });
  if (typeof accessToken !== 'string') throw new Error(TEXTS.notDescribed);
  return accessToken;
}

/** The JSON answer of the provider to a GET, or to a form. */
async function json(url: string, form?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(url, {
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      signal: AbortSignal.timeout(PROVIDER_TIMEOUT_MS),
    });
    answer = await response.json();
  } catch {
    throw new Error(TEXTS.unreadable(providerName()));
  }
  const fields = (typeof answer === 'object' ? (answer ?? {}) : {}) as Readonly<Record<string, unknown>>;
  if (!response.ok) throw new Error(TEXTS.refused(reasonOf(fields) || `HTTP ${response.status}`));
  return fields;
}

/** `error` and `error_description` as OAuth defines them. */
function reasonOf({ error, error_description: text }: Readonly<Record<string, unknown>>): string {
  return [error, text].filter((part) => typeof part === 'string').join(': ');
}

function taken(): Started | null {
  const text = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  return text === null ? null : (JSON.parse(text) as Started);
}

function go(url: string, params: Readonly<Record<string, string>>): void {
  const to = new URL(url);
  for (const [name, value] of Object.entries(params)) to.searchParams.set(name, value);
  window.location.assign(to);
}

/** The redirect URI: one for the whole console. */
function home(): string {
  return `${window.location.origin}${BASE}/`;
}

function random(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
