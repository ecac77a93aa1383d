import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@assent/contract';
import { strictBody } from '../http/validation';
import { RequireAccess } from './access.decorator';
import { KeyDto, KeyPageDto, KeyQueryDto, MadeKeyDto, NewKeyDto, toWireKey, type WireKey } from './api-key.dto';
import { ApiKeyService } from './api-key.service';
import { CurrentPrincipal } from './current-principal.decorator';

/** Keys of the caller's tenant. */
@ApiTags('keys')
@ApiBearerAuth()
@Controller('keys')
@RequireAccess('key:admin')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'A new API key; the answer is the only place where it can be read' })
  @ApiResponse({ status: 201, type: MadeKeyDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body(strictBody) body: NewKeyDto,
  ): Promise<WireKey & { key: string }> {
    const { expiresAt, ...request } = body;
    const { record, key } = await this.keys.create(principal, {
      ...request,
      ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
    });
    return { ...toWireKey(record), key };
  }

  @Get()
  @ApiOperation({ summary: 'API keys, newest first, revoked and expired ones too' })
  @ApiResponse({ status: 200, type: KeyPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query(strictBody) query: KeyQueryDto,
  ): Promise<{ items: WireKey[]; cursor: string | null }> {
    const { items, cursor } = await this.keys.list(principal, query);
    return { items: items.map(toWireKey), cursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One API key' })
  @ApiResponse({ status: 200, type: KeyDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<WireKey> {
    return toWireKey(await this.keys.get(principal, id));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Revokes an API key for good; the second time it changes nothing' })
  @ApiResponse({ status: 200, type: KeyDto })
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<WireKey> {
    return toWireKey(await this.keys.revoke(principal, id));
  }
}
