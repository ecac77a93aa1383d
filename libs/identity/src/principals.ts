import { AssentError, type Authority, type Principal, type Scope } from '@assent/contract';
import { bearerOf, type PrincipalSource } from './principal.source';

/** Authenticates callers and resolves the scopes of subjects: asks each kind of credential in turn. */
export class Principals {
  constructor(private readonly sources: readonly PrincipalSource[]) {}

  /**
   * The principal of an `Authorization` header.
   * @throws AssentError unauthenticated, overloaded
   */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    const credential = bearerOf(authorization);
    for (const source of this.sources) {
      const found = source.authenticate(credential);
      const principal = found instanceof Promise ? await found : found;
      if (principal) return principal;
    }
    throw new AssentError(
      'unauthenticated',
      'These credentials are not known. Use an API key, or one of the keys printed at start.',
    );
  }

  /**
   * The current scopes of a subject, for work on its behalf; null if the subject is unknown.
   * @param authority stored with the work; absent for work that an older version started
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
