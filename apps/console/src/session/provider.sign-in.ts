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

interface PendingSignIn {
  readonly state: string;
  readonly verifier: string;
  readonly remember: boolean;
  /** Where the person was. */
  readonly address: string;
}

/** Addresses of the provider (OpenID Connect Discovery). */
interface ProviderMetadata {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly endSessionEndpoint: string | null;
}

/** Redirects to the provider's page. Authorization code with PKCE: this page is a public client and holds no secret. */
export async function redirectToProvider(remember: boolean): Promise<void> {
  await withProvider(async (at) => {
    const { authorizationEndpoint } = await discover(at);
    const [state, verifier] = [random(), random()];
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    const address = window.location.pathname + window.location.search;
    const pending: PendingSignIn = { state, verifier, remember, address };
    sessionStorage.setItem(STORED, JSON.stringify(pending));
    redirect(authorizationEndpoint, {
      response_type: 'code',
      client_id: at.clientId,
      redirect_uri: redirectUri(),
      scope: at.scope,
      state,
      code_challenge: base64Url(new Uint8Array(digest)),
      code_challenge_method: 'S256',
    });
  });
}

/** Back from the provider: exchanges the code for a token, and that for a session. The token is not stored. */
export async function completeProviderSignIn(response: URLSearchParams): Promise<void> {
  const pending = takePendingSignIn();
  if (pending) navigate(pending.address, { replace: true });
  await withProvider(async (at) => {
    // Rejects a response to a sign-in that this tab did not start (login CSRF).
    if (pending?.state !== response.get('state') || (response.get('iss') ?? at.issuer) !== at.issuer) {
      throw new Error(TEXTS.notStarted);
    }
    const code = response.get('code');
    if (code === null) throw new Error(TEXTS.refused(reasonOf(Object.fromEntries(response))));
    const token = await exchange(at, code, pending.verifier);
    try {
      await signIn(token, pending.remember);
    } catch (error) {
      throw error instanceof AssentError ? new Error(TEXTS.notAccepted(error.message)) : error;
    }
  });
}

/** Ends the person's session at the provider, too: the next person at this machine has to sign in there. */
export async function signOutOfProvider(): Promise<void> {
  await withProvider(async (at) => {
    const { endSessionEndpoint } = await discover(at);
    if (endSessionEndpoint === null) throw new Error(TEXTS.noSignOut);
    redirect(endSessionEndpoint, { client_id: at.clientId, post_logout_redirect_uri: redirectUri() });
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

async function discover({ issuer }: Provider): Promise<ProviderMetadata> {
  const found = await json(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint } = found;
  if (found['issuer'] !== issuer || typeof authorizationEndpoint !== 'string' || typeof tokenEndpoint !== 'string') {
    throw new Error(TEXTS.notDescribed);
  }
  const endSession = found['end_session_endpoint'];
  return {
    authorizationEndpoint,
    tokenEndpoint,
    endSessionEndpoint: typeof endSession === 'string' ? endSession : null,
  };
}

async function exchange(at: Provider, code: string, verifier: string): Promise<string> {
  const { tokenEndpoint } = await discover(at);
  const { access_token: accessToken } = await json(tokenEndpoint, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri(),
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

function takePendingSignIn(): PendingSignIn | null {
  const text = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  return text === null ? null : (JSON.parse(text) as PendingSignIn);
}

function redirect(url: string, params: Readonly<Record<string, string>>): void {
  const to = new URL(url);
  for (const [name, value] of Object.entries(params)) to.searchParams.set(name, value);
  window.location.assign(to);
}

/** One for the whole console. */
function redirectUri(): string {
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
