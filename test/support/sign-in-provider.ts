import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AUDIENCE, TokenIssuer } from './token-issuer';

const CLIENT = 'assent-console';
const SCOPES = 'run:read run:write approval:read approval:decide';
const JSON_TYPE = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };
const HOUR_SECONDS = 3_600;
const MS_PER_SECOND = 1_000;

/** A request of the console that a person has allowed. */
interface Grant {
  readonly redirectUri: string;
  readonly challenge: string;
}

/** An OpenID Connect provider on loopback: a page where a person allows or refuses, and codes that need their PKCE verifier. */
export class SignInProvider {
  /** Audience of the next token. */
  audience = AUDIENCE;
  /** What tokens were exchanged with: no field may hold a secret. */
  readonly exchanges: Readonly<Record<string, string>>[] = [];
  private readonly grants = new Map<string, Grant>();

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    private readonly tokens: TokenIssuer,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.answer(request, response));
  }

  static async open(): Promise<SignInProvider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realm`;
    return new SignInProvider(server, issuer, await TokenIssuer.open(issuer));
  }

  /** Settings of a server whose console signs people in here. */
  get env(): Readonly<Record<string, string>> {
    return {
      ...this.tokens.env,
      CONSOLE_OIDC_CLIENT_ID: CLIENT,
      CONSOLE_OIDC_SCOPE: `openid ${SCOPES}`,
    };
  }

  close(): void {
    this.tokens.close();
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.issuer);
    switch (pathname) {
      case '/realm/.well-known/openid-configuration': {
        this.json(response, 200, {
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
          end_session_endpoint: `${this.issuer}/sign-out`,
        });
        return;
      }
      case '/realm/authorize': {
        this.ask(searchParams, response);
        return;
      }
      case '/realm/token':
        return this.exchange(new URLSearchParams(await text(request)), response);
      case '/realm/sign-out':
        response.setHeader('content-type', 'text/html');
        response.end(
          `<h1>Signed out</h1><a href="${searchParams.get('post_logout_redirect_uri')}">Back to ${searchParams.get('client_id')}</a>`,
        );
        return;
      default:
        response.writeHead(404).end();
    }
  }

  private ask(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? '';
    const state = query.get('state') ?? '';
    const isSound =
      query.get('client_id') === CLIENT &&
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256' &&
      query.get('scope') === `openid ${SCOPES}` &&
      redirectUri.endsWith('/ui/');
    if (!isSound) return void response.writeHead(400).end('The request is not one of the console.');
    const code = randomBytes(16).toString('hex');
    this.grants.set(code, { redirectUri, challenge: query.get('code_challenge') ?? '' });
    const link = (words: string, params: Readonly<Record<string, string>>): string =>
      `<p><a href="${redirectUri}?${new URLSearchParams({ ...params, state, iss: this.issuer }).toString()}">${words}</a></p>`;
    response.setHeader('content-type', 'text/html');
    response.end(
      link('Allow', { code }) + link('Refuse', { error: 'access_denied', error_description: 'Alice \u202e said no' }),
    );
  }

  private async exchange(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const fields = Object.fromEntries(form);
    this.exchanges.push(fields);
    const { code = '', code_verifier: verifier = '', redirect_uri: redirectUri, client_id: client } = fields;
    const grant = this.grants.get(code);
    this.grants.delete(code);
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (client !== CLIENT || grant?.redirectUri !== redirectUri || grant?.challenge !== challenge) {
      this.json(response, 400, { error: 'invalid_grant', error_description: 'The code is not valid.' });
      return;
    }
    const expiresAt = new Date(Date.now() + HOUR_SECONDS * MS_PER_SECOND);
    const claims = { tenant: 'local', scope: SCOPES };
    const token = await this.tokens.token('alice@acme.example', expiresAt, claims, this.audience);
    this.json(response, 200, { access_token: token, token_type: 'Bearer', expires_in: HOUR_SECONDS });
  }

  private json(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, JSON_TYPE).end(JSON.stringify(body));
  }
}
