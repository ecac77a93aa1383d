import { Injectable } from '@nestjs/common';
import { AssentError, type Resolution, type Tree } from '@assent/contract';
import { TreeRepository, resolutionOf, type NewResolution } from '@assent/planner';
import { RefutationSweep } from './refutation.sweep';

/** What a run assumes, and what a verdict says of it. */
@Injectable()
export class RunAssumptions {
  constructor(
    private readonly trees: TreeRepository,
    private readonly sweep: RefutationSweep,
  ) {}

  newestTree(tenantId: string, runId: string): Promise<Tree | undefined> {
    return this.trees.find(tenantId, runId, null);
  }

  /** With what the trees believed, of any step. @throws AssentError invalid, with a pointer to the one nobody knows */
  async read(tenantId: string, runId: string, resolved: readonly Resolution[]): Promise<NewResolution[]> {
    if (resolved.length === 0) return [];
    const rows = await this.trees.assumptions(tenantId, runId);
    return resolved.map(({ assumptionId, truth }, index) => {
      const row = rows.findLast(({ assumption: { id } }) => id === assumptionId);
      if (row) return resolutionOf(row.assumption, truth, row.step);
      throw new AssentError('invalid', `Run ${runId} has no assumption "${assumptionId}": tree/get lists them.`, {
        pointer: `/resolved/${index}/assumptionId`,
      });
    });
  }

  /** Runs that wait on the same are told. */
  spread(): void {
    this.sweep.wake();
  }
}
