import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AssentError, type Principal } from '@assent/contract';
import { ACCESS_KEY, type Access } from './access.decorator';
import { Principals } from './principals';

/** The part of a request this guard reads and writes. */
export interface AuthenticatedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  principal?: Principal;
}

/** Authenticates every route and checks its scope; runs globally, so a new route is closed until it says otherwise. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly principals: Principals,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS_KEY, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { authorization } = request.headers;
    const principal = await this.principals.authenticate(typeof authorization === 'string' ? authorization : undefined);
    request.principal = principal;
    if (access === undefined) throw new AssentError('forbidden', 'This route is closed: it declares no access rule.');
    if (access !== 'authenticated') requireScope(principal, access);
    return true;
  }
}

/** @throws AssentError forbidden, naming the scope that is missing */
export function requireScope(principal: Principal, scope: NonNullable<Access>): void {
  if (scope === 'public' || scope === 'authenticated' || principal.scopes.has(scope)) return;
  throw new AssentError('forbidden', `"${principal.subject}" lacks the scope ${scope}: use a key that has it.`, {
    scope,
  });
}
