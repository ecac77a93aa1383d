import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AssentError, type Principal } from '@assent/contract';
import { becomeTenant } from '../database/tenant.context';
import { ACCESS_KEY, SELF_CHARGED_KEY, type Access } from './access.decorator';
import { Admission, type Applicant } from './admission';

/** The part of a request this guard reads and writes. */
export interface AuthenticatedRequest extends Applicant {
  principal?: Principal;
}

/** Authenticates every route and checks its scope; runs globally, so a new route is closed until it says otherwise. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly admission: Admission,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS_KEY, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const principal = await this.admission.authenticate(request);
    request.principal = principal;
    becomeTenant(principal.tenantId);
    if (access === undefined) throw new AssentError('forbidden', 'This route is closed: it declares no access rule.');
    if (access !== 'authenticated') requireScope(principal, access);
    if (!this.reflector.get<true | undefined>(SELF_CHARGED_KEY, context.getHandler())) {
      const isAboutApprovals = access === 'approval:decide' || access === 'approval:read';
      await this.admission.charge(principal, isAboutApprovals ? 'decisions' : 'requests');
    }
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
