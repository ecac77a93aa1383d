import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Approval } from '@assent/contract';
import { RequireAccess, strictBody } from '@assent/platform';
import { CallbackDto } from './callback.dto';
import { CallbackService } from './callback.service';

/** The part of a request that is used here. `rawBody` is kept for this route (libs/rpc/src/http.edge.ts). */
interface SignedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly rawBody?: Buffer;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** Belongs to nobody: an id that is none is answered like an unknown one. */
const NO_APPROVAL = '00000000-0000-0000-0000-000000000000';

/** Decisions of external systems, proven by a signature in the place of a key. */
@ApiTags('webhooks')
@Controller('approvals')
export class CallbackController {
  constructor(private readonly callbacks: CallbackService) {}

  @Post(':id/callback')
  @HttpCode(200)
  @RequireAccess('public')
  @ApiHeader({ name: 'webhook-id', required: true })
  @ApiHeader({ name: 'webhook-timestamp', required: true })
  @ApiHeader({ name: 'webhook-signature', required: true })
  @ApiBody({ type: CallbackDto })
  @ApiOperation({ summary: 'Decide by a signed message; each webhook-id counts once' })
  decide(@Param('id') id: string, @Req() request: SignedRequest): Promise<Approval> {
    return this.callbacks.decide({
      approvalId: UUID.test(id) ? id.toLowerCase() : NO_APPROVAL,
      headers: request.headers,
      raw: request.rawBody ?? Buffer.alloc(0),
      read: () =>
        strictBody.transform(request.body ?? {}, { type: 'body', metatype: CallbackDto }) as Promise<CallbackDto>,
    });
  }
}
