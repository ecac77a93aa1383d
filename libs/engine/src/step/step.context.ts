import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { AssentError, ClientTool, JsonObject, RunError, StartParams, Tree } from '@assent/contract';
import type { DiffRecord, StepApproval } from '@assent/approvals';
import { TurnRepository, type PlannedRead } from '@assent/planner';
import type { Log } from '@assent/platform';
import type { RunHead } from '@assent/runs';
import {
  ToolCallRepository,
  ToolsService,
  type CallOptions,
  type DryRun,
  type ToolCallRecord,
  type ToolCaller,
} from '@assent/tools';
import type { StepOutcome } from './run.machine';
import { StoredSteps, type StoredStep } from './stored.step';

/** The call of a step with its actual arguments. Its row has redacted arguments. */
export type StepCall = ToolCallRecord & {
  /** A reviewer has changed the call. */
  readonly revised?: boolean;
};

/** A read of a turn of reads; `error`: why it was denied or failed. */
export type StepRead = StepCall & { readonly error: RunError | null };

/** The planned reads of a turn, and its committed calls. */
export interface StartedReads {
  readonly reads: readonly PlannedRead[];
  readonly readCalls: readonly StepRead[];
}

/** The outcome of a read of a turn. */
export interface ReadResult extends Pick<StepRead, 'actionId' | 'tool' | 'args'> {
  readonly outcome: StepOutcome;
}

/** The diff of a step, drafted by an earlier phase of the same commit or read from the store. */
export type StepDiff = Pick<
  DiffRecord,
  'id' | 'state' | 'hash' | 'content' | 'files' | 'tool' | 'workspace' | 'callId' | 'lineage' | 'args'
> & {
  /** A reviewer has changed the diff. */
  readonly isRevised: boolean;
  /** This execution has claimed the dispatch and has not begun the effect, so no replica can have begun it. */
  readonly dispatchedHere?: boolean;
  /** Why the locks of the diff's targets could not be determined. A diff without its locks is not applied. */
  readonly lockFailure?: AssentError;
};

/** Values that one phase passes to later phases of the same step, so that they need no reads. */
export interface Carry {
  /** When planning of the step began, on the database's clock. Absent: another replica planned the step. */
  readonly plannedSince?: Date;
  readonly tree?: Tree;
  /** Id for the call of the chosen action, if the plan of the run names it; absent: a new id is created. */
  readonly callId?: string;
  /** The dry run of the chosen change, made by the plan phase. */
  readonly draft?: DryRun;
  readonly call?: StepCall;
  readonly diff?: StepDiff;
  /** Read from the store after its decision. */
  readonly approval?: StepApproval;
  /** The planned reads of a turn. */
  readonly reads?: readonly PlannedRead[];
  /** The committed calls of a turn of reads, including denied ones. */
  readonly readCalls?: readonly StepRead[];
  /** The outcomes of a turn of reads. They are in no table until the commit that observes them. */
  readonly results?: readonly ReadResult[];
  /** The outcome of the step. It is in no table until the commit that observes it. */
  readonly outcome?: StepOutcome;
}

/** The head of a run when it was read or committed. */
interface RunSnapshot {
  readonly run: RunHead;
  /** `performance.now()` at that moment, in milliseconds. */
  readonly readAtMs: number;
}

/** State of a run that no commit changes, while a replica executes it. */
export interface RunSession {
  /** The `start` params; null until they are read with the rows of a step. */
  params: StartParams | null;
  /** Aborted when the run is cancelled or its lease is lost. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Reads values that a step context does not have yet. */
@Injectable()
export class StepContexts {
  constructor(
    private readonly tools: ToolsService,
    private readonly calls: ToolCallRepository,
    private readonly steps: StoredSteps,
    private readonly turns: TurnRepository,
  ) {}

  of(session: RunSession, { run, readAtMs }: RunSnapshot, carry: Carry = {}): StepContext {
    const stored = once(() => this.steps.find(run));
    const params = async () => (session.params ??= (await stored()).params);
    const tree = async () => carry.tree ?? (await stored()).tree ?? undefined;
    const diff = async () => carry.diff ?? (await stored()).diff ?? undefined;
    return new StepContext(run, readAtMs, session.signal, session.log, carry, {
      params,
      tree,
      tools: async () => this.tools.forClient((await params()).clientTools),
      call: () => this.call(carry, { stored, tree, diff }),
      startedReads: once(() => this.startedReads(run, carry)),
      diff,
      approval: async () => carry.approval ?? (await stored()).approval ?? undefined,
    });
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

  private async call(
    carry: Carry,
    reads: Pick<StepReads, 'tree' | 'diff'> & { readonly stored: () => Promise<StoredStep> },
  ): Promise<StepCall | undefined> {
    // An uncommitted plan has no stored call.
    if (carry.call ?? carry.tree) return carry.call;
    const { call } = await reads.stored();
    if (!call) return undefined;
    const diff = await reads.diff();
    const revised = diff?.isRevised ?? false;
    if (revised && diff?.args) return { ...call, args: diff.args, revised };
    const tree = await reads.tree();
    const action = tree?.actions.find(({ id, tool }) => id === call.actionId && tool === call.tool);
    return action ? { ...call, args: (action.args ?? {}) as JsonObject, revised } : { ...call, revised };
  }
}

interface StepReads {
  readonly params: () => Promise<StartParams>;
  readonly tools: () => Promise<ToolsService>;
  readonly tree: () => Promise<Tree | undefined>;
  readonly call: () => Promise<StepCall | undefined>;
  readonly diff: () => Promise<StepDiff | undefined>;
  readonly approval: () => Promise<StepApproval | undefined>;
  readonly startedReads: () => Promise<StartedReads | undefined>;
}

/**
 * The current step of a run, for one phase. Read-only. The rows of the step are read together, on first use and once per
 * context. Facts that several phases need are computed here.
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

  /** Key shared by every attempt of the step: a call repeated after a crash carries the same key. */
  get idempotencyKey(): string {
    return this.keyOfRead(0);
  }

  /** The key for a read of a turn. @param index position in the turn, from 0 */
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

  /** The declaration of a tool hosted by the run's client; undefined for a tool of the server. */
  async clientTool(name: string): Promise<ClientTool | undefined> {
    return clientToolOf(await this.params(), name);
  }

  /** The tree of the step's plan. */
  tree(): Promise<Tree | undefined> {
    return this.reads.tree();
  }

  /** The call of the step; undefined before it is made. */
  call(): Promise<StepCall | undefined> {
    return this.reads.call();
  }

  /** The turn of reads in progress; undefined when no reads are in progress. */
  startedReads(): Promise<StartedReads | undefined> {
    return this.reads.startedReads();
  }

  /** The newest revision of the step's diff; undefined when it has no diff. */
  diff(): Promise<StepDiff | undefined> {
    return this.reads.diff();
  }

  /** The newest approval of the step. */
  approval(): Promise<StepApproval | undefined> {
    return this.reads.approval();
  }

  /**
   * Whether the arguments of a call may contain external text. Only an unrevised call that the caller of `start` gave verbatim
   * does not. A reverting call has text of files.
   */
  async isTainted({
    tool,
    args,
    revised,
  }: Pick<StepCall, 'revised'> & { readonly tool?: string; readonly args?: object }): Promise<boolean> {
    if (revised === true || this.run.reverts !== null || this.run.origin !== 'caller') return true;
    const { actions = [] } = await this.params();
    return !actions.some((action) => action.tool === tool && isDeepStrictEqual(action.args ?? {}, args ?? {}));
  }

  /** The requester of the run, on whose behalf its calls are made. @param tainted see `isTainted` */
  caller(tainted: boolean): ToolCaller {
    const { tenantId, requester, authority, modelPlanned, origin } = this.run;
    const isGateway = origin === 'gateway';
    return { tenantId, subject: requester, authority, tainted, plannedByModel: modelPlanned, isGateway };
  }

  /** @param tainted see `isTainted` */
  callOptions(tainted: boolean, idempotencyKey = this.idempotencyKey): CallOptions {
    return { caller: this.caller(tainted), signal: this.signal, idempotencyKey };
  }

  /**
   * The database's time in milliseconds since the epoch, as the base of deadlines: the run's last commit plus the time elapsed
   * since then. A skewed clock of this machine does not affect it.
   */
  now(): number {
    return this.run.updatedAt.getTime() + (performance.now() - this.readAtMs);
  }
}

/** The client's declaration of a tool; undefined when the client hosts no such tool. */
export function clientToolOf({ clientTools }: Pick<StartParams, 'clientTools'>, name: string): ClientTool | undefined {
  return clientTools?.find((tool) => tool.name === name);
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}
