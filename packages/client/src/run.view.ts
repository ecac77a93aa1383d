import type {
  Frame,
  FrameBody,
  FrameHead,
  FrameType,
  RunError,
  RunResult,
  RunState,
  ServerRequest,
} from '@assent/contract';

/** Frames of the given types. A newer server may send types that this client does not know: they are `UnknownFrame`. */
export type FrameOf<T extends FrameType> = Extract<Frame, { type: T }>;

/** A frame of a type that this version of the client does not know. */
export interface UnknownFrame extends FrameHead {
  readonly type: string;
}

/** Maximum number of calls that a view keeps: the newest. */
export const MAX_CALLS = 2_000;
/** Maximum number of trace chunks that a view keeps: the newest. */
export const MAX_TRACE_CHUNKS = 256;
const CHUNK_CHARS = 4_096;
/** Number of scans of the calls in one fold from which an index pays off. */
const MAX_SCANS = 1;

export interface TraceChunk {
  readonly step: number;
  /** `caller`: a trace that came with `start`; the others come from a model. */
  readonly channel: 'caller' | 'reasoning' | 'text';
  readonly text: string;
  /** The model was asked again, or another replica took over: this text is void. */
  readonly isVoid: boolean;
}

export interface TraceView {
  /** In order; neighbouring deltas are joined. */
  readonly chunks: readonly TraceChunk[];
  /** Characters of older chunks that the view no longer keeps. */
  readonly omittedChars: number;
  /** Of the current step. */
  readonly attempt: number;
  /** The reasoning of the current step is complete. */
  readonly isComplete: boolean;
}

export interface AssumptionView {
  readonly assumptionId: string;
  /** The last step that stated it. */
  readonly step: number;
  /** null: it was resolved, and the frames that stated it were not read. */
  readonly text: string | null;
  readonly p: number | null;
  readonly learned: FrameBody<'assumption.added'>['learned'] | null;
  readonly resolved: Omit<FrameBody<'assumption.resolved'>, 'assumptionId'> | null;
}

export interface CallView {
  readonly callId: string;
  readonly step: number;
  readonly actionId: string | null;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly workspace: string | null;
  /** The guard's newest decision on it. */
  readonly guard: GuardView | null;
  readonly state: 'proposed' | 'started' | 'completed' | 'failed';
  /** The newest output; absent without one. */
  readonly output?: unknown;
  readonly error: RunError | null;
  readonly durationMs: number | null;
}

export type GuardView = FrameBody<'tool.guarded'>;

export interface DiffView extends FrameBody<'diff.created'> {
  readonly state: 'pending' | 'applied' | 'stale' | 'rejected';
  /** With `applied`: false if the bytes were already in the workspace. */
  readonly written: boolean | null;
  /** With `stale`: the differences, and the offer to rebase. */
  readonly stale: Pick<FrameBody<'diff.stale'>, 'files' | 'offer'> | null;
}

export interface ApprovalView {
  readonly approvalId: string;
  readonly diffId: string;
  readonly requestId: string;
  /** Hash of the content that a decision would cover. */
  readonly hash: string;
  readonly revision: number;
  readonly rule: string;
  readonly expiresAt: string;
  readonly state: 'pending' | 'approved' | 'rejected' | 'expired' | 'cancelled' | 'voided';
  /** Votes on the current content. */
  readonly votes: readonly Omit<FrameBody<'approval.voted'>, 'approvalId' | 'needed'>[];
  /** The approvers that are missing; null: no frame has stated them yet. */
  readonly needed: FrameBody<'approval.voted'>['needed'] | null;
  readonly escalation: Pick<FrameBody<'approval.escalated'>, 'rule' | 'deciders' | 'roles'> | null;
  readonly decision: Omit<FrameBody<'approval.decided'>, 'approvalId'> | null;
  /** With `voided`. */
  readonly reason: string | null;
}

export interface SearchView {
  readonly searchId: string;
  readonly budget: FrameBody<'search.started'>['budget'];
  readonly plans: number;
  readonly comparisons: number;
  /** The proposal of the newest plan. */
  readonly summary: string | null;
  readonly end: FrameBody<'search.completed'>['end'] | null;
  readonly reason: string | null;
  readonly bestId: string | null;
  readonly used: FrameBody<'search.completed'>['used'] | null;
}

/**
 * A run as folded from its frames. Plain data: it can be stored as JSON and folded further. `tree`, `paths`, `chosen`,
 * `rescored`, `search`, `guard`, `diff`, `approval` and `waiting` belong to the current step and are reset by the next
 * one.
 */
export interface RunView {
  readonly runId: string | null;
  /** seq of the newest frame; 0: none yet. Resume with `after: seq`. */
  readonly seq: number;
  /** Time of the newest frame. */
  readonly at: string | null;
  readonly state: RunState;
  readonly goal: string | null;
  readonly workspace: string | null;
  readonly requester: string | null;
  readonly clientTraceId: string | null;
  readonly step: number;
  readonly recalled: FrameBody<'memory.recalled'> | null;
  readonly trace: TraceView;
  readonly search: SearchView | null;
  /** The assumptions of the newest tree, and the resolved ones. */
  readonly assumptions: readonly AssumptionView[];
  readonly tree: FrameBody<'tree.built'> | null;
  readonly paths: readonly FrameBody<'path.scored'>[];
  readonly chosen: FrameBody<'path.chosen'> | null;
  /** The current choice of the tree, after the newest fact. */
  readonly rescored: FrameBody<'tree.rescored'> | null;
  /** Changes that a model plans to make, in order; empty: it has planned no sequence. */
  readonly plan: FrameBody<'plan.updated'>['steps'];
  /** The newest 2,000 of all steps, oldest first. */
  readonly calls: readonly CallView[];
  readonly guard: GuardView | null;
  readonly diff: DiffView | null;
  readonly approval: ApprovalView | null;
  readonly waiting: FrameBody<'run.waiting'> | null;
  /** Unanswered requests of the server. */
  readonly requests: readonly ServerRequest[];
  /** Why the current phase is being retried; null: it is not, or it has made progress since. */
  readonly retrying: FrameBody<'run.retrying'> | null;
  /** The newest warning of each budget. */
  readonly budgets: Readonly<Record<string, Omit<FrameBody<'budget.warning'>, 'budget'>>>;
  readonly result: RunResult | null;
  readonly error: RunError | null;
  readonly cancelled: FrameBody<'run.cancelled'> | null;
  /** The outcome that `complete` recorded. */
  readonly recorded: FrameBody<'memory.recorded'> | null;
  /** The run was forgotten: its frames have no bodies. */
  readonly isErased: boolean;
}

type Patch = Partial<RunView>;

/** The working copy of one fold. */
type Draft = { -readonly [K in keyof RunView]: RunView[K] };

/**
 * Lists of the views of one fold. Lists that the fold has copied are changed in place, because no view refers to them
 * yet.
 */
class Lists {
  private readonly copies = new Set<readonly unknown[]>();
  /** Positions of the calls in the list before the oldest were dropped. */
  private positions: Map<string, number> | undefined;
  private dropped = 0;
  private scans = 0;

  /** The list or a copy of it, which may be changed. */
  writable<T>(items: readonly T[]): T[] {
    if (this.copies.has(items)) return items as T[];
    const copy = items.slice();
    this.copies.add(copy);
    return copy;
  }

  /** The calls with one of them changed or appended; the newest 2,000. */
  withCall(
    calls: readonly CallView[],
    callId: string,
    change: (known: CallView | undefined) => CallView,
  ): readonly CallView[] {
    const at = this.positionOf(calls, callId);
    const changed = this.writable(calls);
    if (at >= 0) changed[at] = change(changed[at]);
    else {
      this.positions?.set(callId, changed.length + this.dropped);
      changed.push(change(undefined));
      if (changed.length > MAX_CALLS) this.drop(changed);
    }
    return changed;
  }

  /** Negative: the list does not contain it. */
  private positionOf(calls: readonly CallView[], callId: string): number {
    if (calls.at(-1)?.callId === callId) return calls.length - 1;
    if (this.positions) return (this.positions.get(callId) ?? -1) - this.dropped;
    this.scans += 1;
    if (this.scans <= MAX_SCANS) return lastIndexOf(calls, 'callId', callId);
    this.positions = new Map(calls.map((call, index) => [call.callId, index]));
    return this.positions.get(callId) ?? -1;
  }

  private drop(calls: CallView[]): void {
    const oldest = calls.shift();
    if (!this.positions || !oldest) return;
    this.positions.delete(oldest.callId);
    this.dropped += 1;
  }
}

const CURRENT_STEP = {
  search: null,
  tree: null,
  paths: [],
  chosen: null,
  rescored: null,
  guard: null,
  diff: null,
  approval: null,
  waiting: null,
} as const satisfies Patch;

/** The view of a run before its first frame. */
export const EMPTY_VIEW: RunView = {
  ...CURRENT_STEP,
  runId: null,
  seq: 0,
  at: null,
  state: 'queued',
  goal: null,
  workspace: null,
  requester: null,
  clientTraceId: null,
  step: 0,
  recalled: null,
  trace: { chunks: [], omittedChars: 0, attempt: 0, isComplete: false },
  assumptions: [],
  plan: [],
  calls: [],
  requests: [],
  retrying: null,
  budgets: {},
  result: null,
  error: null,
  cancelled: null,
  recorded: null,
  isErased: false,
};

/** The parts of a view that the end of a run resets. */
const ENDED = { waiting: null, requests: [] } as const satisfies Patch;
const TERMINAL_STATES: Readonly<Record<string, RunState>> = {
  'run.completed': 'completed',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
};

/** The change that each frame makes to the view. One row for each frame type of the contract. */
const FOLDS: { readonly [T in FrameType]: (view: RunView, frame: FrameOf<T>, lists: Lists) => Patch } = {
  'run.started': (_, { goal, workspace, requester }) => ({ state: 'running', goal, workspace, requester }),
  'memory.recalled': (_, frame) => ({ recalled: bodyOf(frame) }),
  'trace.delta': ({ trace }, frame, lists) => ({ trace: withDelta(trace, frame, lists) }),
  'search.started': (_, { searchId, budget }) => ({
    search: {
      searchId,
      budget,
      plans: 0,
      comparisons: 0,
      summary: null,
      end: null,
      reason: null,
      bestId: null,
      used: null,
    },
  }),
  'search.expanded': ({ search }, { duplicate, summary }) =>
    search ? { search: { ...search, plans: search.plans + (duplicate ? 0 : 1), summary } } : {},
  'search.compared': ({ search }) => (search ? { search: { ...search, comparisons: search.comparisons + 1 } } : {}),
  'search.completed': ({ search }, { end, reason, bestId, used }) =>
    search ? { search: { ...search, end, reason, bestId, used } } : {},
  'trace.completed': ({ trace }) => ({ trace: { ...trace, isComplete: true } }),
  'assumption.added': ({ assumptions }, { assumptionId, step, text, p, learned = null }, lists) => ({
    assumptions: upsert(lists.writable(assumptions), 'assumptionId', {
      assumptionId,
      step,
      text,
      p,
      learned,
      resolved: null,
    }),
  }),
  // Assumptions of the previous step stay until the next tree exists, because a fact about one of them may start the
  // step.
  'tree.built': ({ assumptions }, frame) => ({
    tree: bodyOf(frame),
    paths: [],
    chosen: null,
    rescored: null,
    assumptions: assumptions.filter(({ step, resolved }) => resolved !== null || step === frame.step),
  }),
  'path.scored': ({ paths }, frame, lists) => ({ paths: added(lists.writable(paths), bodyOf(frame)) }),
  'path.chosen': (_, frame) => ({ chosen: bodyOf(frame) }),
  'plan.updated': (_, { steps }) => ({ plan: steps }),
  'assumption.resolved': ({ assumptions }, frame, lists) => {
    const { assumptionId, ...resolved } = bodyOf(frame);
    const unknown = { assumptionId, step: frame.step, text: null, p: null, learned: null };
    const known = assumptions.find((assumption) => assumption.assumptionId === assumptionId) ?? unknown;
    return { assumptions: upsert(lists.writable(assumptions), 'assumptionId', { ...known, resolved }) };
  },
  'tree.rescored': (_, frame) => ({ rescored: bodyOf(frame) }),
  request: ({ requests }, frame, lists) => ({
    requests: upsert(lists.writable(requests), 'id', bodyOf(frame) as ServerRequest),
  }),
  'request.resolved': ({ requests }, { id }) => ({ requests: requests.filter((request) => request.id !== id) }),
  'tool.proposed': ({ calls }, { callId, step, actionId, tool, args, workspace }, lists) => ({
    calls: lists.withCall(calls, callId, () => ({ ...newCall(callId, tool, step), actionId, args, workspace })),
  }),
  'tool.guarded': (view, frame, lists) => {
    const guard = bodyOf(frame);
    return { guard, ...withCall(view, frame, { guard }, lists) };
  },
  'tool.started': (view, frame, lists) => withCall(view, frame, { state: 'started' }, lists),
  'tool.output': (view, frame, lists) => withCall(view, frame, { output: frame.output }, lists),
  'tool.completed': (view, frame, lists) =>
    withCall(view, frame, { state: 'completed', durationMs: frame.durationMs }, lists),
  'tool.failed': (view, frame, lists) => withCall(view, frame, { state: 'failed', error: frame.error }, lists),
  'diff.created': (_, frame) => ({ diff: { ...bodyOf(frame), state: 'pending', written: null, stale: null } }),
  'approval.requested': (view, frame) => ({
    approval: {
      ...bodyOf(frame),
      revision: view.diff?.diffId === frame.diffId ? view.diff.revision : 1,
      state: 'pending',
      votes: [],
      needed: null,
      escalation: null,
      decision: null,
      reason: null,
    },
  }),
  'approval.voted': (view, { approvalId, decision, actor, hash, comment, needed }) =>
    withApproval(view, approvalId, ({ votes }) => ({ votes: [...votes, { decision, actor, hash, comment }], needed })),
  'approval.revised': (view, { approvalId, diffId, requestId, revision, hash }) =>
    withApproval(view, approvalId, () => ({ diffId, requestId, revision, hash, votes: [], needed: null })),
  'approval.reminded': (view, { approvalId, needed, expiresAt }) =>
    withApproval(view, approvalId, () => ({ needed, expiresAt })),
  'approval.escalated': (view, { approvalId, rule, deciders, roles, needed }) =>
    withApproval(view, approvalId, () => ({ escalation: { rule, deciders, roles }, needed })),
  'approval.decided': (view, frame) => {
    const { approvalId, ...decision } = bodyOf(frame);
    const state = decision.decision === 'approve' ? 'approved' : 'rejected';
    // An approval of selected hunks covers other content than the one that was proposed.
    return withApproval(view, approvalId, () => ({ state, decision, hash: decision.hash }));
  },
  'approval.expired': (view, { approvalId }) => withApproval(view, approvalId, () => ({ state: 'expired' })),
  'approval.voided': (view, { approvalId, reason }) =>
    withApproval(view, approvalId, () => ({ state: 'voided', reason })),
  'diff.applied': (view, { diffId, written }) => withDiff(view, diffId, { state: 'applied', written }),
  'diff.stale': (view, { diffId, files, offer }) =>
    withDiff(view, diffId, { state: 'stale', stale: offer ? { files, offer } : { files } }),
  'diff.rejected': (view, { diffId }) => withDiff(view, diffId, { state: 'rejected' }),
  'memory.recorded': (_, frame) => ({ recorded: bodyOf(frame) }),
  'budget.warning': ({ budgets, retrying }, { budget, used, limit }) => ({
    budgets: { ...budgets, [budget]: { used, limit } },
    // A warning does not count as progress.
    retrying,
  }),
  'run.waiting': (_, frame) => ({ state: frame.for === 'pause' ? 'queued' : 'waiting', waiting: bodyOf(frame) }),
  'run.resumed': ({ trace }, { step }) => ({
    state: 'running',
    waiting: null,
    trace: trace.isComplete ? trace : { ...trace, chunks: voided(trace.chunks, step) },
  }),
  'run.retrying': (_, frame) => ({ retrying: bodyOf(frame) }),
  'run.completed': (_, { result }) => ({ ...ENDED, state: 'completed', result }),
  'run.failed': (_, { error, result = null }) => ({ ...ENDED, state: 'failed', error, result }),
  'run.cancelled': ({ approval }, frame) => ({
    ...ENDED,
    state: 'cancelled',
    cancelled: bodyOf(frame),
    approval: approval?.state === 'pending' ? { ...approval, state: 'cancelled' } : approval,
  }),
};

/**
 * The view after one more frame. Pure. A frame that the view already contains, by its seq, changes nothing; a frame of
 * an unknown type changes only `seq`, `at` and `step`.
 */
export function reduce(view: RunView, frame: Frame | UnknownFrame): RunView {
  return viewOf([frame], view);
}

/** The view after all these frames, in order: equals calling `reduce` for each, at lower cost. Pure. */
export function viewOf(frames: Iterable<Frame | UnknownFrame>, view: RunView = EMPTY_VIEW): RunView {
  const lists = new Lists();
  let draft: Draft | undefined;
  for (const frame of frames) {
    if (frame.seq <= (draft ?? view).seq) continue;
    draft ??= { ...view };
    fold(draft, frame, lists);
  }
  return draft ?? view;
}

function fold(draft: Draft, frame: Frame | UnknownFrame, lists: Lists): void {
  const { runId, seq, at, type, step, clientTraceId } = frame;
  if (step > draft.step) Object.assign(draft, CURRENT_STEP, { step, trace: nextTrace(draft.trace) });
  draft.runId = runId;
  draft.seq = seq;
  draft.at = at;
  draft.clientTraceId = clientTraceId;
  if (frame.erased === true) {
    const state = TERMINAL_STATES[type];
    draft.isErased = true;
    if (state !== undefined) Object.assign(draft, ENDED, { state });
  } else if (isKnown(frame)) {
    const change = FOLDS[frame.type] as (view: RunView, frame: Frame, lists: Lists) => Patch;
    const patch = change(draft, frame, lists);
    draft.retrying = null;
    Object.assign(draft, patch);
  }
}

/** Whether this version of the client knows the frame's type. */
export function isKnown(frame: Frame | UnknownFrame): frame is Frame {
  return Object.hasOwn(FOLDS, frame.type);
}

const HEAD = new Set(['runId', 'seq', 'at', 'type', 'step', 'clientTraceId', 'traceparent', 'erased']);

/** The body of a frame. */
function bodyOf<T extends FrameType>(frame: FrameHead & { readonly type: T } & FrameBody<T>): FrameBody<T> {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(frame)) if (!HEAD.has(name)) body[name] = value;
  return body as unknown as FrameBody<T>;
}

function withDelta(trace: TraceView, delta: FrameOf<'trace.delta'>, lists: Lists): TraceView {
  const { step, text, attempt = trace.attempt } = delta;
  const channel: TraceChunk['channel'] = delta.channel ?? 'caller';
  const chunks = lists.writable(attempt > trace.attempt ? voided(trace.chunks, step) : trace.chunks);
  const last = chunks.at(-1);
  const isJoined =
    last?.step === step && last.channel === channel && !last.isVoid && last.text.length + text.length <= CHUNK_CHARS;
  if (isJoined) chunks[chunks.length - 1] = { ...last, text: last.text + text };
  else chunks.push({ step, channel, text, isVoid: false });
  const omitted = chunks.length > MAX_TRACE_CHUNKS ? chunks.shift() : undefined;
  return { ...trace, attempt, chunks, omittedChars: trace.omittedChars + (omitted?.text.length ?? 0) };
}

function voided(chunks: readonly TraceChunk[], step: number): TraceChunk[] {
  return chunks.map((chunk) => (chunk.step === step && !chunk.isVoid ? { ...chunk, isVoid: true } : chunk));
}

function nextTrace(trace: TraceView): TraceView {
  return { ...trace, attempt: 0, isComplete: false };
}

function newCall(callId: string, tool: string, step: number): CallView {
  return {
    callId,
    step,
    actionId: null,
    tool,
    args: {},
    workspace: null,
    guard: null,
    state: 'proposed',
    error: null,
    durationMs: null,
  };
}

function withCall(
  { calls }: RunView,
  { callId, tool, step }: { readonly callId: string; readonly tool: string; readonly step: number },
  change: Partial<CallView>,
  lists: Lists,
): Patch {
  return { calls: lists.withCall(calls, callId, (known = newCall(callId, tool, step)) => ({ ...known, ...change })) };
}

function withApproval(
  { approval }: RunView,
  approvalId: string,
  change: (approval: ApprovalView) => Partial<ApprovalView>,
): Patch {
  return approval?.approvalId === approvalId ? { approval: { ...approval, ...change(approval) } } : {};
}

function withDiff({ diff }: RunView, diffId: string, change: Partial<DiffView>): Patch {
  return diff?.diffId === diffId ? { diff: { ...diff, ...change } } : {};
}

function added<T>(items: T[], item: T): T[] {
  items.push(item);
  return items;
}

/** The list with the item replacing the one with the same key, or appended. */
function upsert<T>(items: T[], key: keyof T, item: T): T[] {
  const at = lastIndexOf(items, key, item[key]);
  if (at < 0) return added(items, item);
  items[at] = item;
  return items;
}

/** Searches from the end, because the newest are requested most often. */
function lastIndexOf<T>(items: readonly T[], key: keyof T, value: unknown): number {
  let at = items.length - 1;
  while (at >= 0 && items[at]?.[key] !== value) at -= 1;
  return at;
}
