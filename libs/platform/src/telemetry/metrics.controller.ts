import { Controller, Get, Res } from '@nestjs/common';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import { RequireAccess } from '../auth/access.decorator';

interface TextReply {
  header(name: string, value: string): unknown;
}

@Controller()
export class MetricsController extends PrometheusController {
  @Get()
  @RequireAccess('public')
  override index(@Res({ passthrough: true }) reply: TextReply): Promise<string> {
    return super.index(reply);
  }
}
