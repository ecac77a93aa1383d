import type { FastifyInstance } from 'fastify';
import { AssentError, type Principal } from '@assent/contract';
import { becomeTenant, inRequest } from '@assent/platform';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Access, RouteAccess } from './access.decorator';
import type { Admission } from './admission';

/** Maximum body of a route that authenticates by its body: a signed decision with a comment. */
export const UNAUTHENTICATED_BODY_LIMIT_BYTES = 16_384;

/** A request after the access hook. */
export interface AuthenticatedRequest {
  principal?: Principal;
}

/**
 * Authenticates every request by its headers, checks the scope of its route and counts it, before the first byte of the
 * body is read: only known callers may cause parsing work. A new route is closed until it declares an access rule.
 * MUST be called before the routes are created.
 */
export function installAccess(fastify: FastifyInstance, admission: Admission): void {
  fastify.addHook('onRoute', (route) => {
    const { access, bodyBytes } = (route.config ?? {}) as RouteAccess;
    if (access === 'public') route.bodyLimit = UNAUTHENTICATED_BODY_LIMIT_BYTES;
    if (bodyBytes !== undefined) route.bodyLimit = bodyBytes;
  });
  fastify.addHook('onRequest', async (request) => {
    const rule = request.routeOptions.config as RouteAccess;
    if (rule.access === 'public') return;
    const principal = await admission.authenticate(request);
    Object.assign(request, { principal });
    if (rule.access === undefined)
      throw new AssentError('forbidden', 'This route is closed: it declares no access rule.');
    requireScope(principal, rule.access);
    if (rule.chargesItself) return;
    const isAboutApprovals = rule.access === 'approval:decide' || rule.access === 'approval:read';
    await admission.charge(principal, isAboutApprovals ? 'decisions' : 'requests');
  });
  // The tenant is set after the body was read, because events of the body carry no async context of the request.
  fastify.addHook('preHandler', (request, _reply, done) => {
    const { principal } = request as AuthenticatedRequest;
    inRequest(() => {
      if (principal) becomeTenant(principal.tenantId);
      done();
    });
  });
}

/** @throws AssentError forbidden, naming the missing scope */
export function requireScope(principal: Principal, scope: Access): void {
  if (scope === 'public' || scope === 'authenticated' || principal.scopes.has(scope)) return;
  throw new AssentError('forbidden', `"${principal.subject}" lacks the scope ${scope}. Use a key that has it.`, {
    scope,
  });
}

/** The principal that the access hook authenticated. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!principal) throw new AssentError('unauthenticated', 'This route needs credentials.');
  return principal;
});
