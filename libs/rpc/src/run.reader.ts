import { Injectable } from '@nestjs/common';
import { AssentError, type MethodParams, type Principal, type Run, type Tree } from '@assent/contract';
import { PendingRequests, runNotFound } from '@assent/engine';
import { TreeRepository } from '@assent/planner';
import { RunRepository, toWireRun } from '@assent/runs';
import { isUuid } from './ids';

const DEFAULT_PAGE = 20;

/** Reads of runs: the same for RPC and REST. */
@Injectable()
export class RunReader {
  constructor(
    private readonly runs: RunRepository,
    private readonly requests: PendingRequests,
    private readonly trees: TreeRepository,
  ) {}

  /** @throws AssentError not_found */
  async get(principal: Principal, runId: string): Promise<Run> {
    const run = isUuid(runId) ? await this.runs.find(principal.tenantId, runId) : undefined;
    if (!run) throw runNotFound(runId);
    const pending = await this.requests.of([run.id]);
    return toWireRun(run, pending.get(run.id) ?? []);
  }

  /** @throws AssentError invalid (cursor) */
  async list(principal: Principal, filter: MethodParams<'run/list'>): Promise<{ items: Run[]; cursor: string | null }> {
    const { state, cursor, limit = DEFAULT_PAGE } = filter;
    if (cursor !== undefined && !isUuid(cursor)) {
      throw new AssentError('invalid', 'This cursor is not one of ours: pass the cursor of the page before.', {
        pointer: '/cursor',
      });
    }
    const runs = await this.runs.list(principal.tenantId, state ?? null, cursor ?? null, limit);
    const pending = await this.requests.of(runs.map((run) => run.id));
    const items = runs.map((run) => toWireRun(run, pending.get(run.id) ?? []));
    return { items, cursor: runs.length === limit ? (runs.at(-1)?.id ?? null) : null };
  }

  /** @throws AssentError not_found */
  async tree(principal: Principal, runId: string, step: number | null): Promise<Tree> {
    const tree = isUuid(runId) ? await this.trees.find(principal.tenantId, runId, step) : undefined;
    if (tree) return tree;
    const run = isUuid(runId) ? await this.runs.findHead(principal.tenantId, runId) : undefined;
    if (!run) throw runNotFound(runId);
    throw new AssentError(
      'not_found',
      `Run ${runId} has no tree for ${step === null ? 'any step yet' : `step ${step}`}: it is ${run.state}.`,
    );
  }
}
