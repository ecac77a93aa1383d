import { Injectable } from '@nestjs/common';
import {
  AssentError,
  RUN_STATES,
  type MethodParams,
  type MethodResult,
  type Principal,
  type Run,
  type Tree,
  DEFAULT_PAGE,
  pageOf,
  readUuidCursor,
  scan,
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
    const { cursor, limit = DEFAULT_PAGE, pendingParams = false, q } = filter;
    const { tenantId } = principal;
    const read = (before: string | null, count: number): Promise<RunRecord[]> =>
      this.runs.list(tenantId, filter, before, count);
    const before = readUuidCursor(cursor);
    const runs =
      q === undefined
        ? await read(before, limit)
        : await scan(
            limit,
            before,
            read,
            (run) => this.shows(run, q),
            ({ id }) => id,
          );
    const pending = await this.requests.of(runs.map((run) => run.id));
    const toWire = (run: RunRecord): Run => {
      const requests = pending.get(run.id) ?? [];
      const shown = pendingParams ? requests : requests.map((request) => ({ ...request, params: {} }));
      return this.shown.object(toWireRun(run, shown));
    };
    return pageOf(runs, limit, toWire, ({ id }) => id);
  }

  async count({ tenantId }: Principal, filter: MethodParams<'run/count'>): Promise<MethodResult<'run/count'>> {
    const counts = new Map((await this.runs.count(tenantId, filter)).map(({ state, count }) => [state, count]));
    const states = Object.fromEntries(RUN_STATES.map((state) => [state, counts.get(state) ?? 0]));
    return {
      total: [...counts.values()].reduce((sum, count) => sum + count, 0),
      states: states as MethodResult<'run/count'>['states'],
    };
  }

  /** Compares with the redacted goal, so that a search cannot find parts of secrets. */
  private shows({ goal }: RunRecord, q: string): boolean {
    return this.shown.object({ goal }).goal.toLowerCase().includes(q.toLowerCase());
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
