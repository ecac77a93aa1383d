import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@assent/contract';
import { CurrentPrincipal, RequireAccess, strictBody } from '@assent/platform';
import { ToolCheckDto } from './tool.dto';
import { ToolsService } from './tools.service';
import type { CallPreview } from './tool.views';

/** REST mirror of `tool/check`. */
@ApiTags('tools')
@ApiBearerAuth()
@Controller('tools')
export class ToolController {
  constructor(private readonly tools: ToolsService) {}

  @Post('check')
  @HttpCode(200)
  @RequireAccess('run:read')
  @ApiOperation({ summary: 'What would happen with a call, and which rule says so; runs nothing' })
  check(@CurrentPrincipal() principal: Principal, @Body(strictBody) body: ToolCheckDto): Promise<CallPreview> {
    return this.tools.preview(body, principal);
  }
}
