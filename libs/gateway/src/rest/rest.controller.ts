import { Controller, Inject, Req, Res } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { METHODS, facesOf, type MethodName, type MethodRow, type RestFace } from '@assent/contract';
import { LOG, type Log } from '@assent/platform';
import { callContext, type CallContext } from '../call.context';
import { RpcHandlers } from '../handlers';
import { etag } from './if-match';
import { paramsReader } from './rest.params';
import { NO_CONTENT, restRoute } from './rest.route';

/** Every REST route with a plain JSON response: one method per REST face of the method table, added below. */
@ApiBearerAuth()
@Controller()
export class RestController {
  constructor(
    readonly handlers: RpcHandlers,
    @Inject(LOG) readonly log: Log,
  ) {}
}

for (const [name, row] of Object.entries<MethodRow>(METHODS)) {
  for (const face of facesOf(row)) if (!face.produces) addRoute(name as MethodName, row, face);
}

function addRoute(name: MethodName, row: MethodRow, face: RestFace): void {
  const { operationId: key } = face;
  const read = paramsReader(row, face);
  const { prototype } = RestController;
  // Nest and Swagger store decorator metadata under the name of the function.
  const route = {
    async [key](this: RestController, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const handle = this.handlers.methods[name] as (params: unknown, context: CallContext) => Promise<unknown>;
      const result = await handle(read(request), callContext(request, reply, this.log));
      if (face.etag !== undefined) reply.header('etag', etag(String((result as Record<string, unknown>)[face.etag])));
      return face.status === NO_CONTENT ? undefined : result;
    },
  };
  const descriptor: PropertyDescriptor = { value: route[key], configurable: true, writable: true };
  Object.defineProperty(prototype, key, descriptor);
  restRoute(row, face)(prototype, key, descriptor);
  Req()(prototype, key, 0);
  Res({ passthrough: true })(prototype, key, 1);
}
