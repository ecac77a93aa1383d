import { Injectable } from '@nestjs/common';
import { frame, type NewFrame, type RunError, type ToolCall } from '@assent/contract';
import { Config } from '@assent/platform';
import type { PlannedRead } from '@assent/planner';
import {
  ClientCallRepository,
  OUTPUT_MAX_BYTES,
  ToolMetrics,
  ToolsService,
  capOutput,
  endToolCalls,
  insertClientCalls,
  insertToolCalls,
  type ClientCallRecord,
  type ToolCallEnd,
} from '@assent/tools';
import { ClientCaller, waitingFor } from '../interrupts/client.caller';
import { outcomeOfClientCall } from '../interrupts/client-call.outcome';
import type { PhaseResult } from '../step/phase';
import type { StepOutcome } from '../step/run.machine';
import {
  clientToolOf,
  type ReadResult,
  type StartedReads,
  type StepCall,
  type StepContext,
  type StepRead,
} from '../step/step.context';
import { callOf, proposalFrames, refusalOf, toolError } from './proposed.call';

/** Maximum UTF-8 bytes of all outputs of one turn as JSON, because one commit stores all of them. */
const OUTPUTS_MAX_BYTES = 8 * OUTPUT_MAX_BYTES;

const DENIED = { state: 'denied' as const };

/** A finished read of this server. */
interface ReadEnd {
  readonly frames: readonly NewFrame[];
  readonly end: ToolCallEnd;
  readonly outcome: StepOutcome;
}

/** Makes all calls of a turn of reads. Client calls come first, because their answers are stored on arrival. */
@Injectable()
export class ReadCalls {
  constructor(
    private readonly tools: ToolsService,
    private readonly metrics: ToolMetrics,
    private readonly clients: ClientCaller,
    private readonly clientCalls: ClientCallRepository,
    private readonly config: Config,
  ) {}

  /** Commits all calls before the first is made. */
  async propose(context: StepContext, reads: readonly PlannedRead[]): Promise<PhaseResult> {
    const { id: runId, step, workspace } = context.run;
    const [params, tools] = await Promise.all([context.params(), context.tools()]);
    const decide = await tools.decider(context.caller(true), runId, params.policy);
    const proposed = reads.map(({ actionId, tool, args }, index) => {
      const toolCall: ToolCall = { tool, args, workspace };
      const decision = decide(toolCall, index);
      const call = callOf(step, actionId, toolCall, decision);
      const error = refusalOf(call, decision, tools.effectOf(tool));
      const hosted = error ? undefined : clientToolOf(params, tool);
      const idempotencyKey = context.keyOfRead(index);
      const request = hosted && this.clients.request(context, { call, tool: hosted, diffId: null, idempotencyKey });
      return { call, decision, error, request };
    });
    const requests = proposed.flatMap(({ request }) => request ?? []);
    const frames = proposed.flatMap(({ call, decision, error, request }) => [
      ...proposalFrames(this.tools, call, decision),
      ...(error ? [this.failure(call, error)] : []),
      ...(request?.frames ?? []),
      ...(error || requests.length > 0 ? [] : [startOf(call)]),
    ]);
    const readCalls = proposed.map(({ call, error }): StepRead => ({ ...call, error, ...(error && DENIED) }));
    const stored = insertToolCalls(
      readCalls.map((call) => ({ ...call, args: this.tools.redactForDisplay(call.args) })),
    );
    if (requests.length > 0) {
      return {
        frames: [...frames, waitingFor(step, requests)],
        writes: [stored, insertClientCalls(requests.map(({ row }) => row))],
        next: { kind: 'called_client', phase: 'plan' },
        carry: {},
      };
    }
    if (readCalls.every(({ state }) => state === 'denied')) {
      return { frames, writes: [stored], next: { kind: 'ended' }, carry: { results: resultsOf(reads, readCalls) } };
    }
    return { frames, writes: [stored], next: { kind: 'called', phase: 'plan' }, carry: { reads, readCalls } };
  }

  /** Repeatable: after a crash, the server's reads are made again. */
  async make(context: StepContext, { reads, readCalls }: StartedReads): Promise<PhaseResult> {
    const asked = await this.askedOf(context, readCalls);
    const pending = asked.filter(({ state }) => state === 'pending');
    if (pending.length > 0) {
      // A replica of the previous version resumes the run at the first answer.
      const frames = [waitingFor(context.run.step, pending)];
      return { frames, writes: [], next: { kind: 'called_client', phase: 'plan' }, carry: {} };
    }
    const outcomes = new Map(asked.map((call) => [call.callId, outcomeOfClientCall(call)]));
    const open = readCalls.filter(({ id, state }) => state === 'started' && !outcomes.has(id));
    const maxBytes = Math.min(OUTPUT_MAX_BYTES, Math.floor(OUTPUTS_MAX_BYTES / open.length));
    const ends = await inParallel(open, this.config.env.MAX_PARALLEL_READS, (call) => {
      const index = reads.findIndex(({ actionId }) => actionId === call.actionId);
      return this.read(context, call, { idempotencyKey: context.keyOfRead(index), maxBytes });
    });
    // The server's calls have not started while the client was calling.
    const starts = outcomes.size > 0 ? open.map(startOf) : [];
    for (const { end, outcome } of ends) outcomes.set(end.id, outcome);
    return {
      frames: [...starts, ...ends.flatMap(({ frames }) => frames)],
      writes: ends.length === 0 ? [] : [endToolCalls(ends.map(({ end }) => end))],
      next: { kind: 'ended' },
      carry: { results: resultsOf(reads, readCalls, outcomes) },
    };
  }

  /** The requests to the client in this turn. */
  private async askedOf(context: StepContext, calls: readonly StepRead[]): Promise<ClientCallRecord[]> {
    const params = await context.params();
    if (!calls.some(({ tool }) => clientToolOf(params, tool))) return [];
    return this.clientCalls.ofStep(context.run.id, context.run.step);
  }

  /** @param maxBytes maximum size of the output as JSON */
  private async read(
    context: StepContext,
    call: StepRead,
    { idempotencyKey, maxBytes }: { readonly idempotencyKey: string; readonly maxBytes: number },
  ): Promise<ReadEnd> {
    const { step, actionId, id, tool } = call;
    const options = context.callOptions(true, idempotencyKey);
    try {
      const started = performance.now();
      const whole = await this.metrics.observe(tool, 'run', () => this.tools.run(call, options));
      const output = capOutput(whole, maxBytes);
      const durationMs = performance.now() - started;
      return {
        frames: [
          frame('tool.output', step, { callId: id, tool, output }),
          frame('tool.completed', step, { callId: id, tool, durationMs }),
        ],
        end: { id, state: 'completed', error: null },
        outcome: { kind: 'result', result: { kind: 'output', actionId, output } },
      };
    } catch (thrown) {
      const error = toolError(thrown, context);
      return {
        frames: [this.failure(call, error)],
        end: { id, state: 'failed', error },
        outcome: { kind: 'error', error },
      };
    }
  }

  private failure({ id: callId, step, tool }: StepCall, error: RunError): NewFrame {
    return frame('tool.failed', step, { callId, tool, error, breaker: this.tools.breakerOf(tool) });
  }
}

function startOf({ id: callId, step, tool }: StepCall): NewFrame {
  return frame('tool.started', step, { callId, tool });
}

/** Every read of the turn with its outcome. The outcome of a denied read is the reason. */
function resultsOf(
  reads: readonly PlannedRead[],
  calls: readonly StepRead[],
  outcomes: ReadonlyMap<string, StepOutcome> = new Map(),
): ReadResult[] {
  return reads.map(({ actionId, tool, args }) => {
    const call = calls.find((each) => each.actionId === actionId);
    const outcome = call && (outcomes.get(call.id) ?? (call.error && { kind: 'error' as const, error: call.error }));
    if (!outcome) throw new Error(`the read ${actionId} of ${tool} has no outcome`);
    return { actionId, tool, args, outcome };
  });
}

/**
 * The results of all items, in their order, with at most `limit` items in progress. Settles only when no item is in
 * progress, even if some fail.
 * @throws the error of the first failed item, by position
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const left = items.entries();
  const workers = Array.from({ length: Math.min(limit, items.length) }, async () => {
    for (const [index, item] of left) results[index] = await work(item);
  });
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return results;
}
