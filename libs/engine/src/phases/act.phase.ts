import { Injectable } from '@nestjs/common';
import {
  AssentError,
  frame,
  toAssentError,
  type Action,
  type Effect,
  type GuardDecision,
  type JsonObject,
  type RunError,
  type Tree,
} from '@assent/contract';
import { newId, type Cte } from '@assent/platform';
import {
  ToolMetrics,
  ToolsService,
  endToolCall,
  insertToolCall,
  type ToolCallRecord,
  type ToolCaller,
} from '@assent/tools';
import { callerOf, isTainted } from '../acting/step.caller';
import { StepCalls } from '../acting/step.calls';
import { ClientCaller, clientToolOf } from '../client-tools/client.caller';
import { lineageOf } from '../lineage';
import { QuestionAsker } from '../questions/question.asker';
import { transition, type StepOutcome } from '../run.machine';
import type { PhaseResult, RunPhase, Work } from '../work';

/** Takes the chosen action through the guard: a read runs, a write is tried dry and becomes a diff. */
@Injectable()
export class ActPhase implements RunPhase {
  constructor(
    private readonly tools: ToolsService,
    private readonly calls: StepCalls,
    private readonly metrics: ToolMetrics,
    private readonly asker: QuestionAsker,
    private readonly clients: ClientCaller,
  ) {}

  async run(work: Work): Promise<PhaseResult> {
    const call = work.call ?? (work.plan ? null : await this.calls.find(work));
    if (call) return this.read(work, call);
    if (!work.plan) throw new Error(`run ${work.run.id} is to act on a plan that was never stored`);
    const { chosen, actions } = work.plan.tree;
    const action = actions.find((candidate) => candidate.id === chosen.actionId);
    if (!action) throw new Error(`the tree of run ${work.run.id} chose the unknown action ${chosen.actionId}`);
    if (action.kind === 'tool') return this.propose(work, action, work.plan.tree);
    if (action.kind === 'ask' && isWorthAsking(work, action, work.plan.tree))
      return this.asker.ask(work, action, work.plan.tree);
    return withoutTool(work, action);
  }

  private async propose(work: Work, action: Action, tree: Tree): Promise<PhaseResult> {
    const { step, workspace } = work.run;
    const toolCall = { tool: action.tool ?? '', args: (action.args ?? {}) as JsonObject, workspace };
    const caller = callerOf(work, isTainted(work.params, action));
    const tools = this.tools.forClient(work.params?.clientTools);
    const decision = await tools.guard(toolCall, caller, work.run.id, work.params?.policy);
    const call = record(step, action.id, toolCall, decision);
    const frames = [
      frame('tool.proposed', step, {
        callId: call.id,
        actionId: action.id,
        ...toolCall,
        args: this.tools.shown(toolCall.args),
      }),
      frame('tool.guarded', step, {
        callId: call.id,
        tool: call.tool,
        ...decision,
        breaker: this.tools.breakerOf(call.tool),
      }),
    ];
    const effect = tools.effectOf(call.tool);
    const refused = refusal(call, decision, effect);
    if (refused !== null) {
      const error = { reason: 'forbidden', message: refused };
      const denied = this.failed(work, call, error);
      return {
        ...denied,
        frames: [...frames, ...denied.frames],
        writes: [this.stored({ ...call, state: 'denied' }, error)],
      };
    }
    if (effect !== 'read') {
      const drafted = await this.draft(work, call, caller, decision, tree);
      return { ...drafted, frames: [...frames, ...drafted.frames] };
    }
    const hosted = clientToolOf(work.params?.clientTools, call.tool);
    if (hosted) {
      const called = this.clients.call(work, call, hosted, null);
      return {
        ...called,
        frames: [...frames, ...called.frames],
        writes: [this.stored(call), ...called.writes],
      };
    }
    work.call = call;
    return {
      frames: [...frames, frame('tool.started', step, { callId: call.id, tool: call.tool })],
      writes: [this.stored(call)],
      next: transition(step, { kind: 'called' }),
      settle: true,
    };
  }

  private async read(work: Work, call: ToolCallRecord): Promise<PhaseResult> {
    const { step } = work.run;
    try {
      const started = performance.now();
      // Also after a takeover, when only the stored call is left.
      const caller = callerOf(work, isTainted(work.params, call));
      const options = { caller, signal: work.signal, idempotencyKey: keyOf(work) };
      const output = await this.metrics.observe(call.tool, 'run', () => this.tools.run(call, options));
      const durationMs = performance.now() - started;
      const result = { kind: 'output' as const, actionId: call.actionId, output };
      return {
        ...ended(work, { kind: 'result', result }),
        frames: [
          frame('tool.output', step, { callId: call.id, tool: call.tool, output }),
          frame('tool.completed', step, { callId: call.id, tool: call.tool, durationMs }),
        ],
        writes: [endToolCall(call.id, 'completed', null)],
      };
    } catch (thrown) {
      const error = toolError(thrown, work.signal);
      return { ...this.failed(work, call, error), writes: [endToolCall(call.id, 'failed', error)] };
    }
  }

  private async draft(
    work: Work,
    call: ToolCallRecord,
    caller: ToolCaller,
    decision: GuardDecision,
    tree: Tree,
  ): Promise<PhaseResult> {
    const { step } = work.run;
    try {
      const started = performance.now();
      const options = { caller, signal: work.signal, idempotencyKey: keyOf(work) };
      const draft = await this.metrics.observe(call.tool, 'dry_run', () =>
        this.tools.forClient(work.params?.clientTools).dryRun(call, options),
      );
      if (draft.unchanged) {
        const done = ended(work, { kind: 'result', result: { kind: 'unchanged', actionId: call.actionId } });
        const completed = frame('tool.completed', step, {
          callId: call.id,
          tool: call.tool,
          durationMs: performance.now() - started,
        });
        return { ...done, frames: [completed], writes: [this.stored({ ...call, state: 'completed' })] };
      }
      const state = decision.verdict === 'allow' ? ('approved' as const) : ('pending' as const);
      const { id: callId, tool, workspace } = call;
      work.diff = {
        id: newId(),
        state,
        hash: draft.contentHash,
        content: draft.bytes,
        files: [...draft.files],
        tool,
        workspace,
        callId,
        lineage: lineageOf(tree),
      };
      work.call = call;
      return {
        frames: [
          frame('diff.created', step, {
            diffId: work.diff.id,
            callId,
            revision: 1,
            hash: draft.contentHash,
            files: [...draft.files],
          }),
        ],
        writes: [this.stored({ ...call, state: 'drafted' })],
        next: transition(step, { kind: 'drafted' }),
        settle: false,
      };
    } catch (thrown) {
      const error = toolError(thrown, work.signal);
      return { ...this.failed(work, call, error), writes: [this.stored({ ...call, state: 'failed' }, error)] };
    }
  }

  /** The row of a call: its arguments as they may be shown. */
  private stored(call: ToolCallRecord, error: RunError | null = null): Cte {
    return insertToolCall({ ...call, args: this.tools.shown(call.args) }, error);
  }

  private failed(work: Work, { id: callId, tool }: ToolCallRecord, error: RunError): PhaseResult {
    const breaker = this.tools.breakerOf(tool);
    return {
      ...ended(work, { kind: 'error', error }),
      frames: [frame('tool.failed', work.run.step, { callId, tool, error, breaker })],
    };
  }
}

/** Why a call may not be made at all; null: it may, or a person may say so. */
function refusal(call: ToolCallRecord, { verdict, rule, reason }: GuardDecision, effect: Effect): string | null {
  if (verdict === 'deny') return `The policy denies ${call.tool} (rule ${rule}): ${reason}`;
  if (verdict === 'ask' && effect === 'read') {
    return `The policy asks for a decision on ${call.tool} (rule ${rule}), and only changes can be put to one: allow the read, or choose another action.`;
  }
  return null;
}

/** A model can read an answer in words; over given beliefs a question is worth asking only if it can change the choice. */
function isWorthAsking({ run }: Work, { id }: Action, { diagnostics }: Tree): boolean {
  const question = diagnostics.questions.find(({ actionId }) => actionId === id);
  return run.modelPlanned || (question?.evsi ?? 0) > 0;
}

function withoutTool(work: Work, action: Action): PhaseResult {
  const summary = work.run.modelPlanned && action.kind === 'finish' ? { summary: action.label } : {};
  return ended(work, { kind: 'result', result: { kind: 'finished', actionId: action.id, ...summary } });
}

function ended(work: Work, outcome: StepOutcome): PhaseResult {
  work.outcome = outcome;
  return { frames: [], writes: [], next: transition(work.run.step, { kind: 'ended' }), settle: false };
}

function record(
  step: number,
  actionId: string,
  call: { tool: string; args: JsonObject; workspace: string },
  decision: GuardDecision,
): ToolCallRecord {
  return { id: newId(), step, actionId, ...call, verdict: decision.verdict, rule: decision.rule, state: 'started' };
}

/** Handed to every tool: a repeated call after a crash carries the same key. */
function keyOf(work: Work): string {
  return `${work.run.id}:${work.run.step}`;
}

/** A failure of the tool is the run's to report; a failure of ours, or a lost lease, is not. */
function toolError(thrown: unknown, signal: AbortSignal): RunError {
  if (signal.aborted) throw thrown;
  const error = toAssentError(thrown);
  if (error instanceof AssentError && error.reason === 'internal') throw thrown;
  return { reason: error.reason, message: error.message };
}
