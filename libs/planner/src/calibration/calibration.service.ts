import { Injectable } from '@nestjs/common';
import {
  AssentError,
  BELIEF_SOURCES,
  MAX_INTEGER,
  MIN_CALIBRATION_SAMPLES,
  type BeliefSource,
  type CalibrationVersion,
  type Principal,
  type SourceCalibration,
  type StartParams,
} from '@assent/contract';
import { CalibrationRepository, type SourceVersion } from './calibration.repository';
import { calibrate, fitIsotonic } from './isotonic';
import type { CalibrationMap } from './recalibrated';
import { scoresOf } from './scores';
import { samplesIn } from './tally';

/** Maximum versions of each source in a report. Older versions are kept and can be read by number. */
const VERSIONS_SHOWN = 20;

/** Measures the calibration of beliefs and fits recalibration maps. Never changes a belief or a version by itself. */
@Injectable()
export class CalibrationService {
  constructor(private readonly repository: CalibrationRepository) {}

  /** One entry per source, or for the given source. A source without outcomes has null scores. */
  async report(tenantId: string, source?: BeliefSource): Promise<SourceCalibration[]> {
    const [tallies, versions] = await Promise.all([
      this.repository.tallies(tenantId, source ?? null),
      this.repository.versions(tenantId, source ?? null, VERSIONS_SHOWN),
    ]);
    return BELIEF_SOURCES.filter((each) => source === undefined || each === source).map((each) => ({
      source: each,
      ...scoresOf(tallies.filter((tally) => tally.source === each)),
      versions: versions.filter((version) => version.source === each).map(toWire),
    }));
  }

  /**
   * Fits a new version on all outcomes so far. Runs use it only on request.
   * @throws AssentError conflict (too few outcomes)
   */
  async recalibrate({ tenantId, subject }: Principal, source: BeliefSource): Promise<CalibrationVersion> {
    const tallies = await this.repository.tallies(tenantId, source);
    const samples = samplesIn(tallies);
    if (samples < MIN_CALIBRATION_SAMPLES) {
      throw new AssentError(
        'conflict',
        `Source ${source} has ${samples} resolved assumptions; a recalibration needs ${MIN_CALIBRATION_SAMPLES}. Resolve more of them by complete, assumption/resolve or answers, then call again.`,
        { source, samples, needed: MIN_CALIBRATION_SAMPLES },
      );
    }
    const points = fitIsotonic(tallies);
    return toWire(await this.repository.insert({ tenantId, source, samples, points, actor: subject }));
  }

  /**
   * The map that a run requests by `start.params.calibration`; null when it requests none, or the newest of a source
   * without versions.
   * @throws AssentError invalid (no such version), with the pointer /calibration
   */
  async mapFor(
    tenantId: string,
    choice: StartParams['calibration'],
    source: BeliefSource,
  ): Promise<CalibrationMap | null> {
    if (choice === undefined) return null;
    const latest = choice === 'latest';
    const exists = latest || choice <= MAX_INTEGER;
    const found = exists ? await this.repository.find(tenantId, source, latest ? null : choice) : undefined;
    if (found) return { source, version: found.version, apply: (p) => calibrate(found.points, p) };
    if (latest) return null;
    throw new AssentError(
      'invalid',
      `There is no version ${choice} of the recalibration of source ${source}: planner/calibration lists the existing ones.`,
      { pointer: '/calibration' },
    );
  }
}

function toWire({ version, samples, points, createdAt, actor }: SourceVersion): CalibrationVersion {
  return { version, samples, points, createdAt, actor };
}
