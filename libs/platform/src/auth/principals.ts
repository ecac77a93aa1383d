import { AssentError, type Authority, type Principal, type Scope } from '@assent/contract';
import { bearerOf, type PrincipalSource } from './principal.source';

/** Who is calling, and what may be done on somebody's behalf: asks each kind of credentials in turn. */
export class Principals {
  constructor(private readonly sources: readonly PrincipalSource[]) {}

  /** Whose credential an `Authorization` header carries. @throws AssentError unauthenticated, overloaded */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    const credential = bearerOf(authorization);
    for (const source of this.sources) {
      const found = source.authenticate(credential);
      const principal = found instanceof Promise ? await found : found;
      if (principal) return principal;
    }
    throw new AssentError(
      'unauthenticated',
      'These credentials are not known: use an API key, or one of the keys printed at start.',
    );
  }

  /**
   * What a subject may do now, for work on its behalf; null when nothing is known of it (any more).
   * @param authority what was stored with the work; absent for work that an older version has started
   */
  async scopesOf(
    tenantId: string,
    subject: string,
    authority: Authority | null = null,
  ): Promise<ReadonlySet<Scope> | null> {
    for (const source of this.sources) {
      const scopes = await source.scopesOf(tenantId, subject, authority);
      if (scopes) return scopes;
    }
    return null;
  }
}
