import { Body, Controller, Delete, Get, Param, Put, ValidationPipe } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { AssentError, FLAGS, type Flag, type FlagState, type Principal } from '@assent/contract';
import { RequireAccess } from '../auth/access.decorator';
import { CurrentPrincipal } from '../auth/current-principal.decorator';
import { validationProblem } from '../http/validation';
import { FeatureFlags } from './feature.flags';

const strict = new ValidationPipe({
  whitelist: true,
  forbidNonWhitelisted: true,
  exceptionFactory: validationProblem,
});
/** How much of an unknown name is repeated in the error. */
const SHOWN_CHARS = 64;

class FlagDto {
  @ApiProperty()
  @IsBoolean()
  enabled!: boolean;
}

/** REST for administrators of a tenant: what is switched on for it. */
@ApiTags('flags')
@ApiBearerAuth()
@Controller('flags')
export class FlagController {
  constructor(private readonly flags: FeatureFlags) {}

  @Get()
  @RequireAccess('tool:admin')
  @ApiOperation({ summary: 'All feature flags as they hold for the tenant' })
  async list(@CurrentPrincipal() principal: Principal): Promise<{ items: FlagState[]; cursor: null }> {
    return { items: await this.flags.list(principal), cursor: null };
  }

  @Put(':flag')
  @RequireAccess('tool:admin')
  @ApiOperation({ summary: 'Switch a flag for the tenant; every replica follows within seconds' })
  set(
    @CurrentPrincipal() principal: Principal,
    @Param('flag') name: string,
    @Body(strict) { enabled }: FlagDto,
  ): Promise<FlagState> {
    return this.flags.set(principal, known(name), enabled);
  }

  @Delete(':flag')
  @RequireAccess('tool:admin')
  @ApiOperation({ summary: "Take the tenant's own setting back; the configuration holds again" })
  clear(@CurrentPrincipal() principal: Principal, @Param('flag') name: string): Promise<FlagState> {
    return this.flags.clear(principal, known(name));
  }
}

function known(name: string): Flag {
  const flag = FLAGS.find((candidate) => candidate === name);
  if (flag) return flag;
  const shown = JSON.stringify(name.slice(0, SHOWN_CHARS));
  throw new AssentError('not_found', `There is no feature flag ${shown}. There are: ${FLAGS.join(', ')}.`);
}
