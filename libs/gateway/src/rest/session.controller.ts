import { Controller, Inject, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { METHODS, type MethodResult } from '@assent/contract';
import { Admission, SessionService, invalidLink } from '@assent/identity';
import { LOG, becomeTenant, type Log } from '@assent/platform';
import { callContext } from '../call.context';
import { RpcHandlers } from '../handlers';
import { plainSchema } from '../wire.schema';
import { RestRoute, restParams } from './rest.route';

const openParams = restParams('session/open');

/** POST /session: opens a session by credentials, like every operation, or by a one-time link instead. */
@ApiBearerAuth()
@Controller()
export class SessionController {
  constructor(
    private readonly admission: Admission,
    private readonly sessions: SessionService,
    private readonly handlers: RpcHandlers,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @RestRoute('session/open')
  @ApiResponse({
    status: 201,
    content: { 'application/json': { schema: plainSchema(METHODS['session/open'].result) } },
  })
  async open(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MethodResult<'session/open'>> {
    reply.header('cache-control', 'no-store');
    const params = openParams(request);
    const { token } = params;
    if (token !== undefined) return { sessions: await this.byLink(token, request) };
    const principal = await this.admission.authenticate(request);
    await this.admission.charge(principal);
    becomeTenant(principal.tenantId);
    return this.handlers.methods['session/open'](
      params,
      callContext(Object.assign(request, { principal }), reply, this.log),
    );
  }

  private byLink(
    token: string,
    { ip, headers: { host, origin, authorization } }: FastifyRequest,
  ): Promise<MethodResult<'session/open'>['sessions']> {
    return this.admission.attempt(ip, () => {
      if (authorization !== undefined) throw invalidLink();
      return this.sessions.openByLink(token, { ip, host, origin });
    });
  }
}
