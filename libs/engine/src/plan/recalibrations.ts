import { Injectable } from '@nestjs/common';
import type { BeliefSource, StartParams } from '@assent/contract';
import { CalibrationService, ModelPlanner, type CalibrationMap } from '@assent/planner';

/** Recalibrated probabilities for runs that request them. */
@Injectable()
export class Recalibrations {
  constructor(
    private readonly calibrations: CalibrationService,
    private readonly models: ModelPlanner,
  ) {}

  /**
   * Pins the version for the whole run: `latest` becomes the newest version at its start.
   * @throws AssentError invalid (no such version), with the pointer /calibration
   */
  async pinned(tenantId: string, params: StartParams): Promise<StartParams> {
    const { calibration, ...rest } = params;
    if (calibration === undefined) return params;
    const map = await this.calibrations.mapFor(tenantId, calibration, this.sourceOf(params));
    return map ? { ...rest, calibration: map.version } : rest;
  }

  /** Recalibration for a request to the planner; empty without calibration. */
  async of(tenantId: string, params: StartParams): Promise<{ recalibration?: CalibrationMap }> {
    const map = await this.calibrations.mapFor(tenantId, params.calibration, this.sourceOf(params));
    return map ? { recalibration: map } : {};
  }

  /** The source of the probabilities. */
  private sourceOf({ beliefs }: StartParams): BeliefSource {
    if (beliefs) return 'caller';
    return this.models.isConfigured ? 'model' : 'lexical';
  }
}
