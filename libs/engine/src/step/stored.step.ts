import { Injectable } from '@nestjs/common';
import type { StartParams, Tree } from '@assent/contract';
import { approvalOfStep, diffOfStep, type DiffRecord, type StepApproval } from '@assent/approvals';
import { treeOfStep } from '@assent/planner';
import { Database, sql } from '@assent/platform';
import { goalAndParams, type RunHead } from '@assent/runs';
import { callOfStep, type ToolCallRecord } from '@assent/tools';

/** The committed rows of a step, and the `start` params of its run. */
export interface StoredStep {
  readonly params: StartParams;
  readonly tree: Tree | null;
  /** The newest call, with redacted arguments. */
  readonly call: ToolCallRecord | null;
  /** The newest revision of the diff. */
  readonly diff: (DiffRecord & { readonly isRevised: boolean }) | null;
  /** The newest approval. */
  readonly approval: StepApproval | null;
}

type StoredRow = Omit<StoredStep, 'params' | 'diff'> & { readonly goal: string; readonly params: StartParams } & (
    NonNullable<StoredStep['diff']> | { readonly id: null }
  );

/** Reads a step whose rows no phase of this execution has made. */
@Injectable()
export class StoredSteps {
  constructor(private readonly database: Database) {}

  /** One statement, because a decided run needs all of them before its effect. */
  async find({ id, tenantId, step }: Pick<RunHead, 'id' | 'tenantId' | 'step'>): Promise<StoredStep> {
    const [row] = await this.database.query<StoredRow>(sql`
      select run.goal, run.params, tree.tree, to_json(call) as call, to_json(approval) as approval, diff.*
      from (${goalAndParams(id)}) as run
      left join (${treeOfStep(tenantId, id, step)}) as tree on true
      left join (${callOfStep(id, step)}) as call on true
      left join (${approvalOfStep(id, step)}) as approval on true
      left join (${diffOfStep(id, step)}) as diff on true`);
    if (!row) throw new Error(`run ${id} has vanished`);
    const { goal, params, tree, call, approval, ...diff } = row;
    return { params: { ...params, goal }, tree, call, approval, diff: diff.id === null ? null : diff };
  }
}
