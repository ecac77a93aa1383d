import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair, type KeyLike } from 'jose';

const ISSUER = 'https://id.example';
export const AUDIENCE = 'assent';

/** An identity provider: publishes its key over HTTP and signs any claims. */
export class TokenIssuer {
  private constructor(
    private readonly server: Server,
    private readonly privateKey: KeyLike,
    private readonly issuer: string,
  ) {}

  /** @param issuer `iss` of the tokens */
  static async open(issuer = ISSUER): Promise<TokenIssuer> {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }] });
    const server = createServer((_, response) => void response.end(keys)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TokenIssuer(server, privateKey, issuer);
  }

  /** Settings of a server that takes its tokens, without tolerance for clocks. */
  get env(): Readonly<Record<string, string>> {
    const { port } = this.server.address() as AddressInfo;
    return {
      JWT_ISSUER: this.issuer,
      JWT_AUDIENCE: AUDIENCE,
      JWT_JWKS_URL: `http://127.0.0.1:${port}/`,
      JWT_CLOCK_SKEW_SECONDS: '0',
    };
  }

  token(
    subject: string,
    expiresAt: Date,
    claims: Readonly<Record<string, unknown>>,
    audience = AUDIENCE,
  ): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(this.issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setExpirationTime(expiresAt)
      .sign(this.privateKey);
  }

  close(): void {
    this.server.close();
  }
}
