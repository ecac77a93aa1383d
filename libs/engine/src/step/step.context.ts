import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { AssentError, ClientTool, JsonObject, RunError, StartParams, Tree } from '@assent/contract';
import { DiffRepository, type DiffRecord } from '@assent/approvals';
import { TreeRepository, TurnRepository, type PlannedRead } from '@assent/planner';
import type { Log } from '@assent/platform';
import { RunRepository, type RunHead } from '@assent/runs';
import {
  ToolCallRepository,
  ToolsService,
  type CallOptions,
  type DryRun,
  type ToolCallRecord,
  type ToolCaller,
} from '@assent/tools';
import type { StepOutcome } from './run.machine';

/** The call of a step with the arguments that it is made with; its row has them redacted. */
export type StepCall = ToolCallRecord & {
  /** A reviewer has changed what the call does. */
  readonly revised?: boolean;
};

/** A read of a turn of reads; `error`: why it was denied or has failed. */
export type StepRead = StepCall & { readonly error: RunError | null };

/** What a turn of reads calls, and its committed calls. */
export interface StartedReads {
  readonly reads: readonly PlannedRead[];
  readonly readCalls: readonly StepRead[];
}

/** What a read of a turn came to. */
export interface ReadResult extends Pick<StepRead, 'actionId' | 'tool' | 'args'> {
  readonly outcome: StepOutcome;
}

/** The diff of a step: drafted by an earlier phase of the same commit, or read from the store. */
export type StepDiff = Pick<
  DiffRecord,
  'id' | 'state' | 'hash' | 'content' | 'files' | 'tool' | 'workspace' | 'callId' | 'lineage'
> & {
  /** This execution has claimed the dispatch and has not begun the effect, so no replica can have begun it. */
  readonly dispatchedHere?: boolean;
  /** Why the targets of the diff could not be locked. A diff without its locks is not applied. */
  readonly lockFailure?: AssentError;
};

/** What one phase hands to the next ones of the same step, so that they do not read it back. */
export interface Carry {
  /** When planning of the step began, on the database's clock. Absent: another replica planned the step. */
  readonly plannedSince?: Date;
  readonly tree?: Tree;
  /** Id of the call that the chosen action will be, where the plan of the run names it; absent: it gets one. */
  readonly callId?: string;
  /** The dry run of the chosen change, which the plan phase has made already. */
  readonly draft?: DryRun;
  readonly call?: StepCall;
  readonly diff?: StepDiff;
  /** What a turn of reads calls. */
  readonly reads?: readonly PlannedRead[];
  /** The same as committed calls, those that were denied among them. */
  readonly readCalls?: readonly StepRead[];
  /** What a turn of reads came to; in no table until the commit that observes it. */
  readonly results?: readonly ReadResult[];
  /** How the step ended; in no table until the commit that observes it. */
  readonly outcome?: StepOutcome;
}

/** The head of a run as it was read or committed. */
interface RunSnapshot {
  readonly run: RunHead;
  /** `performance.now()` at that moment, in milliseconds. */
  readonly readAtMs: number;
}

/** What stays the same while a replica executes a run. */
export interface RunSession {
  /** Read at most once. @throws AssentError when the database does not answer */
  readonly params: () => Promise<StartParams>;
  /** Aborted when the run is cancelled or its lease is lost. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Reads what a step context does not have yet. */
@Injectable()
export class StepContexts {
  constructor(
    private readonly runs: RunRepository,
    private readonly tools: ToolsService,
    private readonly calls: ToolCallRepository,
    private readonly trees: TreeRepository,
    private readonly diffs: DiffRepository,
    private readonly turns: TurnRepository,
  ) {}

  /** @param given the `start` params when the caller has them; null: they are read when first needed */
  session(runId: string, given: StartParams | null, { signal, log }: Pick<RunSession, 'signal' | 'log'>): RunSession {
    return { params: once(async () => given ?? (await this.params(runId))), signal, log };
  }

  of({ params, signal, log }: RunSession, { run, readAtMs }: RunSnapshot, carry: Carry = {}): StepContext {
    const tree = once(async () => carry.tree ?? (await this.trees.find(run.tenantId, run.id, run.step)));
    return new StepContext(run, readAtMs, signal, log, carry, {
      params,
      tree,
      tools: async () => this.tools.forClient((await params()).clientTools),
      call: once(() => this.call(run, carry, tree)),
      startedReads: once(() => this.startedReads(run, carry)),
      diff: once(async () => carry.diff ?? (await this.diffs.findOfStep(run.id, run.step))),
    });
  }

  private async params(runId: string): Promise<StartParams> {
    const stored = await this.runs.goalAndParams(runId);
    if (!stored) throw new Error(`run ${runId} has vanished`);
    return { ...stored.params, goal: stored.goal };
  }

  private async startedReads(run: RunHead, { reads, readCalls }: Carry): Promise<StartedReads | undefined> {
    if (reads && readCalls) return { reads, readCalls };
    const planned = (await this.turns.ofStep(run.id, run.step))?.reads;
    if (!planned) return undefined;
    const stored = await this.calls.ofStep(run.id, run.step);
    return {
      reads: planned,
      readCalls: planned.flatMap(({ actionId, args }) => {
        const call = stored.find((each) => each.actionId === actionId);
        return call ? [{ ...call, args }] : [];
      }),
    };
  }

  private async call(run: RunHead, carry: Carry, tree: StepReads['tree']): Promise<StepCall | undefined> {
    // A plan that is not committed yet has no stored call.
    if (carry.call ?? carry.tree) return carry.call;
    const [stored, revision] = await Promise.all([
      this.calls.findOfStep(run.id, run.step),
      this.diffs.revisedOfStep(run.id, run.step),
    ]);
    if (!stored) return undefined;
    const revised = revision !== undefined;
    if (revision?.args) return { ...stored, args: revision.args, revised };
    const action = (await tree())?.actions.find(({ id, tool }) => id === stored.actionId && tool === stored.tool);
    return action ? { ...stored, args: (action.args ?? {}) as JsonObject, revised } : { ...stored, revised };
  }
}

interface StepReads {
  readonly params: () => Promise<StartParams>;
  readonly tools: () => Promise<ToolsService>;
  readonly tree: () => Promise<Tree | undefined>;
  readonly call: () => Promise<StepCall | undefined>;
  readonly diff: () => Promise<StepDiff | undefined>;
  readonly startedReads: () => Promise<StartedReads | undefined>;
}

/**
 * The present step of a run, for one phase. Read-only. Reads happen on first use and once per context. Each fact about
 * the step that several phases need is computed here.
 */
export class StepContext {
  constructor(
    readonly run: RunHead,
    private readonly readAtMs: number,
    /** Aborted when the run is cancelled or its lease is lost. */
    readonly signal: AbortSignal,
    readonly log: Log,
    readonly carry: Carry,
    private readonly reads: StepReads,
  ) {}

  /** The same for every attempt of the step: a call repeated after a crash carries the same key. */
  get idempotencyKey(): string {
    return this.keyOfRead(0);
  }

  /** The same for a read of a turn. @param index its position in the turn, from 0 */
  keyOfRead(index: number): string {
    const key = `${this.run.id}:${this.run.step}`;
    return index === 0 ? key : `${key}:${index + 1}`;
  }

  /** The `start` params. */
  params(): Promise<StartParams> {
    return this.reads.params();
  }

  /** The tools of the server and of the run's client. */
  tools(): Promise<ToolsService> {
    return this.reads.tools();
  }

  /** The declaration of a tool that the run's client hosts; undefined for a tool of the server. */
  async clientTool(name: string): Promise<ClientTool | undefined> {
    return clientToolOf(await this.params(), name);
  }

  /** The tree that the step was planned with. */
  tree(): Promise<Tree | undefined> {
    return this.reads.tree();
  }

  /** The call of the step; undefined: it has not made one. */
  call(): Promise<StepCall | undefined> {
    return this.reads.call();
  }

  /** The turn of reads that is under way; undefined: no reads are under way. */
  startedReads(): Promise<StartedReads | undefined> {
    return this.reads.startedReads();
  }

  /** The newest revision of the diff of the step; undefined: it has none. */
  diff(): Promise<StepDiff | undefined> {
    return this.reads.diff();
  }

  /**
   * Whether the arguments of a call may hold text from outside. Only a call that the caller of `start` gave word for word
   * does not; a revised call does.
   */
  async isTainted({
    tool,
    args,
    revised,
  }: Pick<StepCall, 'revised'> & { readonly tool?: string; readonly args?: object }): Promise<boolean> {
    if (revised === true) return true;
    const { actions = [] } = await this.params();
    return !actions.some((action) => action.tool === tool && isDeepStrictEqual(action.args ?? {}, args ?? {}));
  }

  /** The requester of the run, on whose behalf its calls are made. @param tainted as `isTainted` says */
  caller(tainted: boolean): ToolCaller {
    const { tenantId, requester, authority, modelPlanned } = this.run;
    return { tenantId, subject: requester, authority, tainted, plannedByModel: modelPlanned };
  }

  /** @param tainted as `isTainted` says */
  callOptions(tainted: boolean, idempotencyKey = this.idempotencyKey): CallOptions {
    return { caller: this.caller(tainted), signal: this.signal, idempotencyKey };
  }

  /**
   * The database's time in milliseconds since the epoch, to count a deadline from: the run's last commit and the time since
   * then. A skewed clock of this machine does not change it.
   */
  now(): number {
    return this.run.updatedAt.getTime() + (performance.now() - this.readAtMs);
  }
}

/** The client's declaration of a tool; undefined: the client hosts no such tool. */
export function clientToolOf({ clientTools }: Pick<StartParams, 'clientTools'>, name: string): ClientTool | undefined {
  return clientTools?.find((tool) => tool.name === name);
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}
