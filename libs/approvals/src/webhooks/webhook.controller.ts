import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AssentError, type Principal } from '@assent/contract';
import { CurrentPrincipal, RequireAccess, strictBody } from '@assent/platform';
import type { WireDelivery } from './delivery.record';
import { DeliveryService } from './delivery.service';
import type { WireEndpoint } from './endpoint.record';
import { EndpointService, known, type WithSecret } from './endpoint.service';
import {
  CallbackKeyDto,
  DeliveryQueryDto,
  NewWebhookDto,
  ReplayDto,
  RotationDto,
  WebhookChangeDto,
  WebhookQueryDto,
} from './webhook.dto';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor: string | null;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Webhooks: endpoints, their secrets, and what was delivered to them. */
@ApiTags('webhooks')
@ApiBearerAuth()
@Controller()
export class WebhookController {
  constructor(
    private readonly endpoints: EndpointService,
    private readonly deliveries: DeliveryService,
  ) {}

  @Post('webhooks')
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'A new webhook; its secret is in this answer and in no other' })
  create(@CurrentPrincipal() principal: Principal, @Body(strictBody) body: NewWebhookDto): Promise<WithSecret> {
    return this.endpoints.create(principal, body);
  }

  @Get('webhooks')
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'Webhooks, oldest first' })
  list(
    @CurrentPrincipal() principal: Principal,
    @Query(strictBody) query: WebhookQueryDto,
  ): Promise<Page<WireEndpoint>> {
    return this.endpoints.list(principal, query.cursor ?? null, query.limit);
  }

  @Get('webhooks/:id')
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'One webhook' })
  get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<WireEndpoint> {
    return this.endpoints.get(principal, webhookId(id));
  }

  @Patch('webhooks/:id')
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'Another address, other events; switch it on or off' })
  change(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body(strictBody) body: WebhookChangeDto,
  ): Promise<WireEndpoint> {
    return this.endpoints.change(principal, webhookId(id), body);
  }

  @Delete('webhooks/:id')
  @HttpCode(204)
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'Delete it, with its deliveries' })
  remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.endpoints.remove(principal, webhookId(id));
  }

  @Post('webhooks/:id/rotate-secret')
  @HttpCode(200)
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'A new secret; the old one signs beside it for overlapSeconds (default: a day)' })
  rotate(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body(strictBody) body: RotationDto,
  ): Promise<WithSecret> {
    return this.endpoints.rotate(principal, webhookId(id), body.overlapSeconds);
  }

  @Post('webhooks/:id/callback-key')
  @HttpCode(200)
  @RequireAccess('approval:decide')
  @ApiOperation({ summary: 'A key whose holder decides approvals by callback, as webhook:<id>' })
  issueKey(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body(strictBody) body: CallbackKeyDto,
  ): Promise<WithSecret> {
    return this.endpoints.issueKey(principal, webhookId(id), body.roles);
  }

  @Delete('webhooks/:id/callback-key')
  @HttpCode(204)
  @RequireAccess('approval:decide')
  @ApiOperation({ summary: 'Take the key for callbacks back' })
  revokeKey(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.endpoints.revokeKey(principal, webhookId(id));
  }

  @Post('webhooks/:id/test')
  @HttpCode(202)
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'Send it an event webhook.test; the deliveries say what came of it' })
  test(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<WireDelivery> {
    return this.deliveries.test(principal, webhookId(id));
  }

  @Post('webhooks/:id/replay')
  @HttpCode(202)
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'Send the events of a time once more, those that it never got included' })
  replay(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body(strictBody) body: ReplayDto,
  ): Promise<{ queued: number; next: string | null }> {
    return this.deliveries.replay(principal, webhookId(id), body);
  }

  @Get('webhooks/:id/deliveries')
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'Deliveries with every attempt and what was answered, newest first' })
  listDeliveries(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query(strictBody) query: DeliveryQueryDto,
  ): Promise<Page<WireDelivery>> {
    return this.deliveries.list(principal, webhookId(id), query);
  }

  @Post('webhook-deliveries/:id/redeliver')
  @HttpCode(202)
  @RequireAccess('webhook:admin')
  @ApiOperation({ summary: 'Send one delivery once more: the same id, the same bytes' })
  redeliver(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<WireDelivery> {
    if (!UUID.test(id)) throw new AssentError('not_found', `There is no delivery ${id}: it is not an id of one.`);
    return this.deliveries.redeliver(principal, id.toLowerCase());
  }
}

/** An id that is none cannot exist; asking the database for it would only fail on its type. */
function webhookId(id: string): string {
  if (!UUID.test(id)) known(undefined, id);
  return id.toLowerCase();
}
