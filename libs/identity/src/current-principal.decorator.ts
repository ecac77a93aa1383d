import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { AssentError, type Principal } from '@assent/contract';
import type { AuthenticatedRequest } from './access.hook';

/** The principal that the access hook authenticated. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!principal) throw new AssentError('unauthenticated', 'This route needs credentials.');
  return principal;
});
