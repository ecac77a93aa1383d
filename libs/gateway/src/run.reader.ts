import { Injectable } from '@nestjs/common';
import {
  AssentError,
  type MethodParams,
  type Principal,
  type Run,
  type Tree,
  DEFAULT_PAGE,
  pageOf,
  readUuidCursor,
  type Page,
} from '@assent/contract';
import { PendingRequests } from '@assent/engine';
import { TreeRepository } from '@assent/planner';
import { RunRepository, ClientRedactor, runNotFound, toWireRun, type RunRecord } from '@assent/runs';

/** Reads of runs, shared by RPC and REST. */
@Injectable()
export class RunReader {
  constructor(
    private readonly runs: RunRepository,
    private readonly requests: PendingRequests,
    private readonly trees: TreeRepository,
    private readonly shown: ClientRedactor,
  ) {}

  /** @throws AssentError not_found */
  async get(principal: Principal, runId: string): Promise<Run> {
    const run = await this.runs.find(principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    const pending = await this.requests.of([run.id]);
    return this.shown.object(toWireRun(run, pending.get(run.id) ?? []));
  }

  /** @throws AssentError invalid (cursor) */
  async list(principal: Principal, filter: MethodParams<'run/list'>): Promise<Page<Run>> {
    const { state, cursor, limit = DEFAULT_PAGE } = filter;
    const runs = await this.runs.list(principal.tenantId, state ?? null, readUuidCursor(cursor), limit);
    const pending = await this.requests.of(runs.map((run) => run.id));
    const toWire = (run: RunRecord): Run => this.shown.object(toWireRun(run, pending.get(run.id) ?? []));
    return pageOf(runs, limit, toWire, ({ id }) => id);
  }

  /** @throws AssentError not_found */
  async tree(principal: Principal, runId: string, step: number | null): Promise<Tree> {
    const tree = await this.trees.find(principal.tenantId, runId, step);
    if (tree) return this.shown.object(tree);
    const run = await this.runs.findHead(principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    const which = step === null ? 'any step' : `step ${step}`;
    const text = `Run ${runId} has no tree for ${which}: a step that only reads has none, and the run is ${run.state} at step ${run.step}.`;
    throw new AssentError('not_found', text);
  }
}
