import { Injectable } from '@nestjs/common';
import { AssentError, type Resolution, type Tree } from '@assent/contract';
import { TreeRepository, resolutionOf, type NewResolution } from '@assent/planner';
import { RefutationSweep } from './refutation.sweep';

/** The assumptions of a run, and the resolutions given with its outcome. */
@Injectable()
export class RunAssumptions {
  constructor(
    private readonly trees: TreeRepository,
    private readonly sweep: RefutationSweep,
  ) {}

  newestTree(tenantId: string, runId: string): Promise<Tree | undefined> {
    return this.trees.find(tenantId, runId, null);
  }

  /**
   * The new resolutions, with the beliefs of the trees of any step.
   * @throws AssentError invalid (unknown assumption, or contradictory resolutions) or conflict (resolved the other way), with a pointer
   */
  async read(tenantId: string, runId: string, resolved: readonly Resolution[]): Promise<NewResolution[]> {
    if (resolved.length === 0) return [];
    const rows = await this.trees.assumptions(tenantId, runId);
    const said = new Map<string, boolean>();
    return resolved.flatMap(({ assumptionId, truth, how }, index) => {
      const pointer = `/resolved/${index}/assumptionId`;
      const row = rows.findLast(({ assumption: { id } }) => id === assumptionId);
      if (!row) {
        const text = `Run ${runId} has no assumption "${assumptionId}": tree/get lists them.`;
        throw new AssentError('invalid', text, { pointer });
      }
      const before = said.get(assumptionId);
      said.set(assumptionId, truth);
      if (before === !truth) {
        throw new AssentError('invalid', `"resolved" lists "${assumptionId}" as both true and false: keep one.`, {
          pointer,
        });
      }
      if (row.truth === !truth) {
        const text = `Assumption "${assumptionId}" of run ${runId} was resolved as ${String(row.truth)} already: the first resolution stands.`;
        throw new AssentError('conflict', text, { pointer, truth: row.truth });
      }
      if (row.truth === truth || before !== undefined) return [];
      return [resolutionOf(row.assumption, truth, row.step, how)];
    });
  }

  /** Applies new resolutions to other waiting runs at once. */
  spread(): void {
    this.sweep.wake();
  }
}
