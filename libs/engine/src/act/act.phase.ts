import { Injectable } from '@nestjs/common';
import {
  frame,
  type Action,
  type JsonObject,
  type Lineage,
  type NewFrame,
  type RunError,
  type ToolCall,
  type Tree,
} from '@assent/contract';
import { newId, type RunPart } from '@assent/platform';
import { ToolMetrics, ToolsService, endToolCall, insertToolCall, type CallOptions } from '@assent/tools';
import { callOf, proposalFrames, refusalOf, toolError } from './proposed.call';
import { ReadCalls } from './read.calls';
import { ClientCaller } from '../interrupts/client.caller';
import { QuestionAsker } from '../interrupts/question.asker';
import { ended, type PhaseResult, type RunPhase } from '../step/phase';
import type { StepCall, StepContext, StepDiff } from '../step/step.context';

/** Passes the chosen action through the guard. A read runs; a write gets a dry run and becomes a diff. */
@Injectable()
export class ActPhase implements RunPhase {
  constructor(
    private readonly tools: ToolsService,
    private readonly metrics: ToolMetrics,
    private readonly questions: QuestionAsker,
    private readonly clients: ClientCaller,
    private readonly reads: ReadCalls,
  ) {}

  async run(context: StepContext): Promise<PhaseResult> {
    const { reads, readCalls } = context.carry;
    if (reads) return readCalls ? this.reads.make(context, { reads, readCalls }) : this.reads.propose(context, reads);
    const call = await context.call();
    if (call) return this.read(context, call);
    const { run } = context;
    const tree = await context.tree();
    if (!tree) throw new Error(`run ${run.id} is to act on a plan that was never stored`);
    const action = tree.actions.find(({ id }) => id === tree.chosen.actionId);
    if (!action) throw new Error(`the tree of run ${run.id} chose the unknown action ${tree.chosen.actionId}`);
    if (action.kind === 'tool') return this.propose(context, action, tree);
    if (action.kind === 'ask' && isWorthAsking(context, action, tree)) return this.questions.ask(context, action, tree);
    const said = run.modelPlanned && action.kind === 'finish' ? { summary: action.label, ...action.finish } : {};
    return ended({ kind: 'result', result: { kind: 'finished', actionId: action.id, ...said } });
  }

  private async propose(context: StepContext, action: Action, tree: Tree): Promise<PhaseResult> {
    const { step, workspace, id: runId } = context.run;
    const [params, tools] = await Promise.all([context.params(), context.tools()]);
    const toolCall: ToolCall = { tool: action.tool ?? '', args: (action.args ?? {}) as JsonObject, workspace };
    const options = context.callOptions(await context.isTainted(toolCall));
    const decision = await tools.guard(toolCall, options.caller, runId, params.policy);
    const { callId } = context.carry;
    const call = { ...callOf(step, action.id, toolCall, decision), ...(callId === undefined ? {} : { id: callId }) };
    const proposed = proposalFrames(this.tools, call, decision, action.label);
    const effect = tools.effectOf(call.tool);
    // A person behind the gateway can approve reads too.
    const error = refusalOf(call, decision, context.run.origin === 'gateway' ? null : effect);
    if (error) {
      return this.failed(call, error, proposed, this.stored({ ...call, state: 'denied' }, error));
    }
    if (effect !== 'read' || decision.verdict === 'ask') {
      const drafted = await this.draft(context, call, options, lineageOf(tree));
      return { ...drafted, frames: [...proposed, ...drafted.frames] };
    }
    const hosted = await context.clientTool(call.tool);
    if (hosted) {
      const called = this.clients.call(context, call, hosted, null);
      return { ...called, frames: [...proposed, ...called.frames], writes: [this.stored(call), ...called.writes] };
    }
    return {
      frames: [...proposed, frame('tool.started', step, { callId: call.id, tool: call.tool })],
      writes: [this.stored(call)],
      next: { kind: 'called', phase: 'act' },
      carry: { call },
    };
  }

  private async read(context: StepContext, call: StepCall): Promise<PhaseResult> {
    const { step, actionId, id: callId, tool } = call;
    try {
      const started = performance.now();
      const options = context.callOptions(await context.isTainted(call));
      const output = await this.metrics.observe(tool, 'run', () => this.tools.run(call, options));
      const durationMs = performance.now() - started;
      return ended(
        { kind: 'result', result: { kind: 'output', actionId, output } },
        {
          frames: [
            frame('tool.output', step, { callId, tool, output }),
            frame('tool.completed', step, { callId, tool, durationMs }),
          ],
          writes: [endToolCall(callId, 'completed', null)],
        },
      );
    } catch (thrown) {
      const error = toolError(thrown, context);
      return this.failed(call, error, [], endToolCall(callId, 'failed', error));
    }
  }

  private async draft(
    context: StepContext,
    call: StepCall,
    options: CallOptions,
    lineage: Lineage,
  ): Promise<PhaseResult> {
    const { step, actionId, id: callId, tool, workspace } = call;
    try {
      const started = performance.now();
      const tools = await context.tools();
      const draft =
        context.carry.draft ?? (await this.metrics.observe(tool, 'dry_run', () => tools.dryRun(call, options)));
      if (draft.unchanged) {
        const durationMs = performance.now() - started;
        return ended(
          { kind: 'result', result: { kind: 'unchanged', actionId } },
          {
            frames: [frame('tool.completed', step, { callId, tool, durationMs })],
            writes: [this.stored({ ...call, state: 'completed' })],
          },
        );
      }
      const { contentHash: hash, bytes: content } = draft;
      const files = [...draft.files];
      const state = call.verdict === 'allow' ? 'approved' : 'pending';
      const diff: StepDiff = {
        id: newId(),
        state,
        hash,
        content,
        files,
        tool,
        workspace,
        callId,
        lineage,
        args: null,
        isRevised: false,
      };
      return {
        frames: [frame('diff.created', step, { diffId: diff.id, callId, revision: 1, hash, files })],
        writes: [this.stored({ ...call, state: 'drafted' })],
        next: { kind: 'drafted' },
        carry: { call, diff },
      };
    } catch (thrown) {
      const error = toolError(thrown, context);
      return this.failed(call, error, [], this.stored({ ...call, state: 'failed' }, error));
    }
  }

  /** The row of a call, with its arguments redacted. */
  private stored(call: StepCall, error: RunError | null = null): RunPart {
    return insertToolCall({ ...call, args: this.tools.redactForDisplay(call.args) }, error);
  }

  private failed(
    { id: callId, tool, step }: StepCall,
    error: RunError,
    before: NewFrame[],
    write: RunPart,
  ): PhaseResult {
    const breaker = this.tools.breakerOf(tool);
    const frames = [...before, frame('tool.failed', step, { callId, tool, error, breaker })];
    return ended({ kind: 'error', error }, { frames, writes: [write] });
  }
}

/** The path of the tree that led to the chosen action. */
function lineageOf(tree: Tree): Lineage {
  const { actionId, leafId, path } = tree.chosen;
  return { treeId: tree.id, leafId, actionId, path: [...path] };
}

/** Whether to ask the question. A model can use any answer; with given beliefs, the answer must be able to change the choice. */
function isWorthAsking({ run }: StepContext, { id }: Action, { diagnostics }: Tree): boolean {
  const question = diagnostics.questions.find(({ actionId }) => actionId === id);
  return run.modelPlanned || (question?.evsi ?? 0) > 0;
}
