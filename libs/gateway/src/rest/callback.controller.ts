import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApprovalSchema, CallbackSchema, Uuid, isUuid, type Approval } from '@assent/contract';
import { RequireAccess } from '@assent/identity';
import { CallbackService } from '@assent/webhooks';
import { plainSchema, wireCheck } from '../wire.schema';
import { atProperty } from './rest.params';

const check = wireCheck(CallbackSchema, 'The body');
/** A callback has no tenant before its signature is checked, so a malformed id gets the response of an unknown one. */
const NO_APPROVAL = '00000000-0000-0000-0000-000000000000';

/** Decisions of other systems, authenticated by a signature over the bytes of the body, and therefore available only by REST. */
@ApiTags('webhooks')
@Controller('approvals')
export class CallbackController {
  constructor(private readonly callbacks: CallbackService) {}

  @Post(':id/callback')
  @HttpCode(200)
  @RequireAccess('public')
  @ApiOperation({ summary: 'Decide by a signed message; each webhook-id counts once' })
  @ApiParam({ name: 'id', schema: plainSchema(Uuid) })
  @ApiHeader({ name: 'webhook-id', required: true })
  @ApiHeader({ name: 'webhook-timestamp', required: true })
  @ApiHeader({ name: 'webhook-signature', required: true })
  @ApiBody({ schema: plainSchema(CallbackSchema) })
  @ApiResponse({ status: 200, content: { 'application/json': { schema: plainSchema(ApprovalSchema) } } })
  decide(@Param('id') id: string, @Req() request: FastifyRequest & { rawBody?: Buffer }): Promise<Approval> {
    const approvalId = id.toLowerCase();
    return this.callbacks.decide({
      approvalId: isUuid(approvalId) ? approvalId : NO_APPROVAL,
      headers: request.headers,
      raw: request.rawBody ?? Buffer.alloc(0),
      read: () => atProperty(() => check(request.body ?? {})),
    });
  }
}
