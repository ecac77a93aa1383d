import { Injectable } from '@nestjs/common';
import type { PLANNER_METHODS } from '@assent/contract';
import { ResolveService } from '@assent/engine';
import { CalibrationService, PlannerService } from '@assent/planner';
import { ToolsService } from '@assent/tools';
import type { MethodHandlers } from '../method.handler';
import { RunReader } from '../run.reader';
import { requireOneSubject } from './score-subject';

@Injectable()
export class PlannerHandlers {
  constructor(
    private readonly resolves: ResolveService,
    private readonly calibrations: CalibrationService,
    private readonly planner: PlannerService,
    private readonly reader: RunReader,
    private readonly tools: ToolsService,
  ) {}

  readonly methods: MethodHandlers<typeof PLANNER_METHODS> = {
    'assumption/resolve': (params, { principal }) => this.resolves.resolve(principal, params),
    'planner/calibration': async ({ source }, { principal }) => ({
      items: await this.calibrations.report(principal.tenantId, source),
      cursor: null,
    }),
    'planner/recalibrate': ({ source }, { principal }) => this.calibrations.recalibrate(principal, source),
    'tree/get': ({ runId, step }, { principal }) => this.reader.tree(principal, runId, step ?? null),
    'tree/score': async (params, { principal }) => {
      requireOneSubject(params);
      const { runId, step, ...input } = params;
      if (runId === undefined) return this.planner.score({ ...input, effectOf: (tool) => this.tools.findEffect(tool) });
      return this.planner.score({ ...input, tree: await this.reader.tree(principal, runId, step ?? null) });
    },
  };
}
