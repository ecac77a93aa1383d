import { Injectable } from '@nestjs/common';
import type { MethodParams, MethodResult } from '@assent/contract';
import { CalibrationService } from '@assent/planner';
import type { CallContext, RpcHandler } from '../call.context';

@Injectable()
export class PlannerCalibrationHandler implements RpcHandler<'planner/calibration'> {
  constructor(private readonly calibrations: CalibrationService) {}

  async handle(
    { source }: MethodParams<'planner/calibration'>,
    { principal }: CallContext,
  ): Promise<MethodResult<'planner/calibration'>> {
    return { items: await this.calibrations.report(principal.tenantId, source), cursor: null };
  }
}
