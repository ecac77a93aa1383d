import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { CalibrationService } from '@assent/planner';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class PlannerRecalibrateHandler implements RpcHandler<'planner/recalibrate'> {
  constructor(private readonly calibrations: CalibrationService) {}

  handle(
    { source }: MethodParams<'planner/recalibrate'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'planner/recalibrate'>> {
    return this.calibrations.recalibrate(principal, source);
  }
}
