import { Injectable } from '@nestjs/common';
import { AssentError, TRACE_MAX_CHARS, type JsonObject, type StartParams, type ToolCall } from '@assent/contract';
import { Config, isBlank } from '@assent/platform';
import { validatePlanInput } from '@assent/planner';
import { RunRepository } from '@assent/runs';
import { ModelAdmission, isModelPlanned } from './plan/model.admission';
import { ToolsService } from '@assent/tools';

/** Checks `start` before anything is stored. */
@Injectable()
export class StartCheck {
  constructor(
    private readonly tools: ToolsService,
    private readonly config: Config,
    private readonly runs: RunRepository,
    private readonly models: ModelAdmission,
  ) {}

  /** @returns the workspace of the run. @throws AssentError invalid, with a pointer into the params */
  check(params: StartParams): string {
    requireGoal(params);
    const workspace = this.config.pickWorkspace(params.workspace);
    this.tools.checkNarrowing(params.policy);
    const tools = this.tools.forClient(params.clientTools);
    this.models.check(params, workspace);
    if (isModelPlanned(params)) return workspace;
    requireTraceSize(params);
    validatePlanInput({ goal: params.goal, actions: params.actions ?? [], ...pick(params) });
    params.actions?.forEach((action, index) => {
      if (action.kind === 'tool')
        checkCall(tools, { tool: action.tool ?? '', args: (action.args ?? {}) as JsonObject, workspace }, index);
    });
    return workspace;
  }

  /** The params to store. @throws AssentError invalid for settings that do not exist or are switched off for the tenant */
  toStore(tenantId: string, params: StartParams): Promise<StartParams> {
    return this.models.toStore(tenantId, params);
  }

  /** @throws AssentError overloaded when too many runs are queued */
  async requireQueueSpace(tenantId: string): Promise<void> {
    const queued = await this.runs.countQueued(tenantId);
    if (queued < this.config.env.MAX_QUEUED_RUNS) return;
    throw new AssentError('overloaded', `${queued} runs are waiting already: try again in a moment.`, {
      retryAfterSeconds: 5,
    });
  }
}

function requireGoal({ goal }: StartParams): void {
  if (!isBlank(goal)) return;
  throw new AssentError('invalid', 'The goal is blank: say what the run is to reach.', { pointer: '/goal' });
}

function checkCall(tools: ToolsService, call: ToolCall, index: number): void {
  try {
    tools.check(call);
  } catch (thrown) {
    if (!(thrown instanceof AssentError)) throw thrown;
    const pointer = `/actions/${index}${thrown.details.pointer ?? ''}`;
    throw new AssentError(thrown.reason, thrown.message, { ...thrown.details, pointer }, { cause: thrown });
  }
}

function requireTraceSize({ trace }: StartParams): void {
  const chars = Array.isArray(trace) ? trace.reduce((sum, part) => sum + part.length, 0) : 0;
  if (chars <= TRACE_MAX_CHARS) return;
  throw new AssentError(
    'invalid',
    `The trace has ${chars} characters, at most ${TRACE_MAX_CHARS} are taken: shorten it.`,
    { pointer: '/trace' },
  );
}

function pick(params: StartParams) {
  return {
    ...(params.trace === undefined ? {} : { trace: params.trace }),
    ...(params.beliefs === undefined ? {} : { beliefs: params.beliefs }),
    ...(params.params === undefined ? {} : { params: params.params }),
  };
}
