import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import { RequireAccess } from '@assent/identity';

interface TextReply {
  header(name: string, value: string): unknown;
}

@ApiTags('operations')
@Controller()
export class MetricsController extends PrometheusController {
  @Get()
  @RequireAccess('public')
  @ApiOperation({ summary: 'Numbers for Prometheus' })
  override index(@Res({ passthrough: true }) reply: TextReply): Promise<string> {
    return super.index(reply);
  }
}
