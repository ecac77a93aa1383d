import { Injectable } from '@nestjs/common';
import { AssentError, GOAL_MAX_CHARS, type MethodResult, type Principal, type StartParams } from '@assent/contract';
import { DiffRepository, type DiffRecord } from '@assent/approvals';
import { excerpt, isUniqueViolation } from '@assent/platform';
import { RunRepository, streamPath } from '@assent/runs';
import { ToolRevisions } from '@assent/tools';
import { RunStarter, type StartCall } from './run.starter';

/** The tool of the reverting change: one call for any number of files. */
const TOOL = 'file.patch_many';

/** Starts runs that undo applied changes. Such a run passes guard, policy, approval and audit like any other. */
@Injectable()
export class RevertService {
  constructor(
    private readonly diffs: DiffRepository,
    private readonly runs: RunRepository,
    private readonly revisions: ToolRevisions,
    private readonly starter: RunStarter,
  ) {}

  /**
   * Idempotent while the reverting run is open.
   * @throws AssentError not_found; conflict (not applied, no files, the workspace has changed since); as `start`
   */
  async revert(principal: Principal, diffId: string, call: StartCall): Promise<MethodResult<'diff/revert'>> {
    const diff = await this.diffs.find(principal.tenantId, diffId);
    if (!diff) throw new AssentError('not_found', `There is no diff ${diffId}.`);
    const open = await this.open(principal, diffId);
    if (open) return open;
    if (diff.state !== 'applied') {
      throw new AssentError(
        'conflict',
        `Diff ${diffId} cannot be reverted: it is ${diff.state}, and only an applied change can be undone.`,
      );
    }
    const patch = await this.revisions.reversal(diff.content, diff.hash);
    try {
      return await this.starter.start(principal, await this.paramsOf(diff, patch), call, {
        reverted: { diffId, hash: diff.hash },
      });
    } catch (thrown) {
      // Two calls raced: the second returns the run of the first.
      const winner = isUniqueViolation(thrown, 'runs_reverting') ? await this.open(principal, diffId) : null;
      if (winner) return winner;
      throw thrown;
    }
  }

  private async open({ tenantId }: Principal, diffId: string): Promise<MethodResult<'diff/revert'> | null> {
    const run = await this.runs.findRevert(tenantId, diffId);
    return run ? { runId: run.id, state: run.state, stream: streamPath(run.id), cursor: 0 } : null;
  }

  private async paramsOf({ id, runId, workspace }: DiffRecord, patch: string): Promise<StartParams> {
    const goal = (await this.runs.goalAndParams(runId))?.goal ?? '';
    return {
      goal: excerpt(`Undo the change of run ${runId}: ${goal}`, GOAL_MAX_CHARS),
      workspace,
      memory: false,
      actions: [
        {
          id: 'revert',
          kind: 'tool',
          label: `Restore the files from before diff ${id}`,
          tool: TOOL,
          args: { patch, exact: true },
        },
      ],
      beliefs: {
        assumptions: [],
        gains: [{ actionId: 'revert', when: {}, gain: 1 }],
      },
    };
  }
}
