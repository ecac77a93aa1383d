import {
  EMPTY_VIEW,
  isKnown,
  reduce,
  type ApprovalView,
  type CallView,
  type FrameOf,
  type RunView,
  type UnknownFrame,
} from '@assent/client';
import { TERMINAL_FRAME_TYPES, type Frame, type FrameType, type RunResult } from '@assent/contract';
import { AG_UI_VERSION, type AgUiEvent } from './ag-ui.event';
import { deltaOf, stateOf, type Patches } from './state.delta';

/** The ids under which an AG-UI client knows a run. */
export interface AgUiIds {
  readonly threadId: string;
  readonly runId: string;
}

/** A frame beside its run: one of a newer server may have a type that this one does not know. */
export type AnyFrame = Frame | UnknownFrame;

interface Activity {
  readonly messageId: string;
  readonly type: 'assent.search' | 'assent.waiting';
}

/** The state of the events sent so far. */
export interface Mapping {
  readonly view: RunView;
  readonly patches: Patches;
  /** Name of the open step. */
  readonly step: string | null;
  /** Ids of the open messages. */
  readonly reasoning: string | null;
  readonly text: string | null;
  /** Attempt of the model that the open messages belong to. */
  readonly attempt: number;
  /** The call of each diff. */
  readonly callOfDiff: ReadonlyMap<string, string>;
  /** Calls whose result was sent. */
  readonly answered: ReadonlySet<string>;
  readonly search: Activity | null;
  /** The message that shows what the run waits for. */
  readonly waiting: Activity | null;
  /** seq of the newest `run.waiting`. */
  readonly waitingSeq: number;
}

export const NO_MAPPING: Mapping = {
  view: EMPTY_VIEW,
  patches: new Map(),
  step: null,
  reasoning: null,
  text: null,
  attempt: 0,
  callOfDiff: new Map(),
  answered: new Set(),
  search: null,
  waiting: null,
  waitingSeq: 0,
};

interface Mapped {
  /** The changes made by the frame. The view is folded separately. */
  readonly change?: Partial<Mapping>;
  readonly events: readonly AgUiEvent[];
}

const NOTHING: Mapped = { events: [] };

/** Tools of the client have this prefix in Assent; the client knows them without it. */
export const CLIENT_PREFIX = 'client.';

/** The events of each type of frame, without the change of the state. One row for each type of the contract. */
const EVENTS: { readonly [T in FrameType]: (mapping: Mapping, frame: FrameOf<T>, ids: AgUiIds) => Mapped } = {
  'run.started': (mapping, frame, ids) => ({
    change: { step: stepName(frame) },
    events: [started(ids), snapshot(mapping), { type: 'STEP_STARTED', stepName: stepName(frame) }],
  }),
  'memory.recalled': () => NOTHING,
  'trace.delta': traceDelta,
  'trace.completed': (mapping) => closedMessages(mapping),
  'search.started': (_, frame) => {
    const search: Activity = { messageId: messageId(frame, 'search'), type: 'assent.search' };
    const { searchId, budget } = frame;
    const content = { searchId, budget, plans: 0, comparisons: 0, summary: null, end: null, bestId: null };
    return { change: { search }, events: [activitySnapshot(search, content)] };
  },
  'search.expanded': ({ search, view }) =>
    activityDelta(search, { plans: view.search?.plans ?? 0, summary: view.search?.summary ?? null }),
  'search.compared': ({ search, view }) => activityDelta(search, { comparisons: view.search?.comparisons ?? 0 }),
  'search.completed': ({ search }, { end, reason, bestId, used }) => ({
    ...activityDelta(search, { end, reason, bestId, used }),
    change: { search: null },
  }),
  'assumption.added': () => NOTHING,
  'tree.built': () => NOTHING,
  'path.scored': () => NOTHING,
  'path.chosen': (mapping) => closedStep(mapping),
  'plan.updated': custom,
  'assumption.resolved': () => NOTHING,
  'tree.rescored': () => NOTHING,
  request: () => NOTHING,
  'request.resolved': (mapping, frame) => {
    const ended = activityDelta(mapping.waiting, { state: frame.outcome, needed: null });
    return { change: { waiting: null }, events: [...ended.events, ...custom(mapping, frame).events] };
  },
  'tool.proposed': (_, frame) => ({ events: callEvents(frame, messageId(frame, 'call')) }),
  'tool.guarded': custom,
  'tool.started': custom,
  'tool.output': (mapping, frame) => result(mapping, frame, frame.callId, frame.output),
  'tool.completed': custom,
  'tool.failed': (mapping, frame) => result(mapping, frame, frame.callId, { error: frame.error }),
  'diff.created': ({ callOfDiff }, { diffId, callId }) => ({
    change: { callOfDiff: new Map([...callOfDiff, [diffId, callId]]) },
    events: [],
  }),
  'approval.requested': () => NOTHING,
  'approval.voted': (mapping, { needed }) => stillWaiting(mapping, { needed }),
  'approval.revised': (mapping, { hash, revision }) => stillWaiting(mapping, { hash, revision, needed: null }),
  'approval.reminded': (mapping, { needed, expiresAt }) => stillWaiting(mapping, { needed, expiresAt }),
  'approval.escalated': (mapping, { needed }) => stillWaiting(mapping, { needed }),
  'approval.decided': waitingEnded,
  'approval.expired': waitingEnded,
  'approval.voided': waitingEnded,
  'diff.applied': (mapping, frame) => diffResult(mapping, frame, { state: 'applied', files: frame.files }),
  'diff.stale': (mapping, frame) => diffResult(mapping, frame, { state: 'stale', files: frame.files }),
  'diff.rejected': (mapping, frame) => diffResult(mapping, frame, { state: 'rejected', actor: frame.actor }),
  'memory.recorded': custom,
  'budget.warning': custom,
  'run.waiting': (_, { seq: waitingSeq }) => ({ change: { waitingSeq }, events: [] }),
  // A replica that takes over asks the model again: the text so far no longer counts.
  'run.resumed': (mapping) => closedMessages(mapping),
  'run.retrying': custom,
  'run.completed': (mapping, frame, ids) => {
    const id = messageId(frame, 'end');
    return {
      change: CLOSED,
      events: [
        ...closing(mapping),
        { type: 'TEXT_MESSAGE_START', messageId: id, role: 'assistant' },
        { type: 'TEXT_MESSAGE_CONTENT', messageId: id, delta: sentence(mapping.view, frame.result) },
        { type: 'TEXT_MESSAGE_END', messageId: id },
        finished(ids, { outcome: { type: 'success' }, result: frame.result }),
      ],
    };
  },
  'run.failed': (mapping, { error }) => ({
    change: CLOSED,
    events: [...closing(mapping), { type: 'RUN_ERROR', message: error.message, code: error.reason }],
  }),
  'run.cancelled': (mapping, _, ids) => ({
    change: CLOSED,
    events: [...closing(mapping), finished(ids, { outcome: { type: 'cancelled' } })],
  }),
};

/**
 * The events of one frame, and the mapping after it. Pure.
 * @param mapping `patches` has the patch of the frame's diff
 */
export function mapFrame(mapping: Mapping, frame: AnyFrame, ids: AgUiIds): { mapping: Mapping; events: AgUiEvent[] } {
  const view = reduce(mapping.view, frame);
  const delta = deltaOf(mapping.view, view, mapping.patches);
  const begun = beginStep(mapping, frame);
  const before: Mapping = { ...mapping, ...begun.change, view };
  const { change = {}, events } = eventsOf(before, frame, ids);
  const isFirst = events[0]?.type === 'RUN_STARTED';
  const stateEvents: AgUiEvent[] = delta.length === 0 || isFirst ? [] : [{ type: 'STATE_DELTA', delta }];
  // Nothing may follow the end of a run.
  return { mapping: { ...before, ...change }, events: [...begun.events, ...stateEvents, ...events] };
}

/** The start of a response that continues a run. */
export function opening(mapping: Mapping, ids: AgUiIds): AgUiEvent[] {
  const { step, reasoning, text } = mapping;
  return [
    started(ids),
    snapshot(mapping),
    ...(step === null ? [] : [{ type: 'STEP_STARTED', stepName: step } as const]),
    ...(reasoning === null ? [] : reasoningStart(reasoning)),
    ...(text === null ? [] : [textStart(text)]),
  ];
}

/** The mapping that continues from a stored view. Only the call of its diff is known. */
export function storedMapping(view: RunView): Mapping {
  const { diff, seq: waitingSeq } = view;
  const callOfDiff = new Map(diff ? [[diff.diffId, diff.callId]] : []);
  return { ...NO_MAPPING, view, callOfDiff, waitingSeq };
}

/** The calls that have no result yet, for a client that has not seen them. */
export function openCalls({ view: { runId, seq, calls } }: Mapping): AgUiEvent[] {
  return calls
    .filter(({ state }) => state === 'proposed')
    .flatMap((call) => callEvents(call, messageId({ runId, seq }, 'call')));
}

/** The ends of everything that is open: no run may finish before them. */
export function closing(mapping: Mapping): AgUiEvent[] {
  return [...closedMessages(mapping).events, ...closedStep(mapping).events];
}

export function finished(ids: AgUiIds, end: Pick<Extract<AgUiEvent, { type: 'RUN_FINISHED' }>, 'outcome' | 'result'>) {
  return { type: 'RUN_FINISHED', ...ids, ...end } as const satisfies AgUiEvent;
}

/** Shows what the run waits for. Its id is that of the frame `run.waiting`, so that a repetition replaces it. */
export function waitingActivity(
  { view: { runId }, waitingSeq }: Mapping,
  content: Readonly<Record<string, unknown>>,
): { waiting: Activity; event: AgUiEvent } {
  const waiting: Activity = { messageId: messageId({ runId, seq: waitingSeq }, 'waiting'), type: 'assent.waiting' };
  return { waiting, event: activitySnapshot(waiting, content) };
}

/** The known facts of an approval that others decide. */
export function approvalContent({ approvalId, hash, revision, expiresAt, needed }: ApprovalView) {
  return { for: 'approval', approvalId, hash, revision, expiresAt, needed, state: 'pending' } as const;
}

const CLOSED = { step: null, reasoning: null, text: null } as const satisfies Partial<Mapping>;

function eventsOf(mapping: Mapping, frame: AnyFrame, ids: AgUiIds): Mapped {
  if (frame.erased === true) return erasedEvents(mapping, frame, ids);
  if (!isKnown(frame)) return custom(mapping, frame);
  const map = EVENTS[frame.type] as (mapping: Mapping, frame: Frame, ids: AgUiIds) => Mapped;
  return map(mapping, frame, ids);
}

/** A forgotten run has frames without bodies, so only its start and its end are sent. */
function erasedEvents(mapping: Mapping, { type, step }: AnyFrame, ids: AgUiIds): Mapped {
  switch (type) {
    case 'run.started':
      return {
        change: { step: stepName({ step }) },
        events: [started(ids), snapshot(mapping), { type: 'STEP_STARTED', stepName: stepName({ step }) }],
      };
    case 'run.completed':
      return { change: CLOSED, events: [...closing(mapping), finished(ids, { outcome: { type: 'success' } })] };
    case 'run.cancelled':
      return { change: CLOSED, events: [...closing(mapping), finished(ids, { outcome: { type: 'cancelled' } })] };
    case 'run.failed': {
      const message = 'The run failed. The reason was erased with memory/forget.';
      return { change: CLOSED, events: [...closing(mapping), { type: 'RUN_ERROR', message, code: 'erased' }] };
    }
    default:
      return NOTHING;
  }
}

function beginStep(mapping: Mapping, frame: AnyFrame): Mapped {
  if (frame.step <= mapping.view.step || frame.type === 'run.started' || TERMINAL_FRAME_TYPES.has(frame.type))
    return NOTHING;
  const name = stepName(frame);
  return {
    change: { ...CLOSED, step: name, attempt: 0 },
    events: [...closing(mapping), { type: 'STEP_STARTED', stepName: name }],
  };
}

function traceDelta(mapping: Mapping, frame: FrameOf<'trace.delta'>): Mapped {
  const { text: delta, channel, attempt = mapping.attempt } = frame;
  const isAgain = attempt > mapping.attempt;
  const before: Pick<Mapping, 'reasoning' | 'text'> = isAgain ? CLOSED : mapping;
  const ended = isAgain ? closedMessages(mapping).events : [];
  if (delta === '') return { change: { ...messagesOf(before), attempt }, events: ended };
  if (channel === 'text') {
    const id = before.text ?? messageId(frame, 'text');
    const opened = before.text === null ? [textStart(id)] : [];
    return {
      change: { ...messagesOf(before), text: id, attempt },
      events: [...ended, ...opened, { type: 'TEXT_MESSAGE_CONTENT', messageId: id, delta }],
    };
  }
  const id = before.reasoning ?? messageId(frame, 'reasoning');
  const opened = before.reasoning === null ? reasoningStart(id) : [];
  return {
    change: { ...messagesOf(before), reasoning: id, attempt },
    events: [...ended, ...opened, { type: 'REASONING_MESSAGE_CONTENT', messageId: id, delta }],
  };
}

function messagesOf({ reasoning, text }: Pick<Mapping, 'reasoning' | 'text'>): Pick<Mapping, 'reasoning' | 'text'> {
  return { reasoning, text };
}

function closedMessages({ reasoning, text }: Mapping): Mapped {
  const events: AgUiEvent[] = [];
  if (reasoning !== null) {
    events.push(
      { type: 'REASONING_MESSAGE_END', messageId: reasoning },
      { type: 'REASONING_END', messageId: reasoning },
    );
  }
  if (text !== null) events.push({ type: 'TEXT_MESSAGE_END', messageId: text });
  return { change: { reasoning: null, text: null }, events };
}

function closedStep({ step }: Mapping): Mapped {
  return { change: { step: null }, events: step === null ? [] : [{ type: 'STEP_FINISHED', stepName: step }] };
}

/** The first result of a call. A later result appears only in the state. */
function result(mapping: Mapping, frame: AnyFrame, toolCallId: string, content: unknown): Mapped {
  if (mapping.answered.has(toolCallId)) return NOTHING;
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return {
    change: { answered: new Set([...mapping.answered, toolCallId]) },
    events: [
      { type: 'TOOL_CALL_RESULT', messageId: messageId(frame, 'result'), toolCallId, content: text, role: 'tool' },
    ],
  };
}

function callEvents(
  { callId: toolCallId, tool, args }: Pick<CallView, 'callId' | 'tool' | 'args'>,
  parentMessageId: string,
): AgUiEvent[] {
  const toolCallName = tool.startsWith(CLIENT_PREFIX) ? tool.slice(CLIENT_PREFIX.length) : tool;
  return [
    { type: 'TOOL_CALL_START', toolCallId, toolCallName, parentMessageId },
    { type: 'TOOL_CALL_ARGS', toolCallId, delta: JSON.stringify(args) },
    { type: 'TOOL_CALL_END', toolCallId },
  ];
}

function diffResult(mapping: Mapping, frame: AnyFrame & { readonly diffId: string }, content: object): Mapped {
  const callId = mapping.callOfDiff.get(frame.diffId);
  return callId === undefined ? NOTHING : result(mapping, frame, callId, content);
}

/** A change of an approval that others decide. */
function stillWaiting(mapping: Mapping, change: Readonly<Record<string, unknown>>): Mapped {
  const { waiting, view } = mapping;
  if (waiting) return activityDelta(waiting, change);
  if (!view.approval || !view.waiting) return NOTHING;
  const opened = waitingActivity(mapping, { ...approvalContent(view.approval), ...change });
  return { change: { waiting: opened.waiting }, events: [opened.event] };
}

function waitingEnded({ waiting, view }: Mapping): Mapped {
  return {
    ...activityDelta(waiting, { state: view.approval?.state ?? 'decided', needed: null }),
    change: { waiting: null },
  };
}

function activitySnapshot({ messageId: id, type }: Activity, content: Readonly<Record<string, unknown>>): AgUiEvent {
  return { type: 'ACTIVITY_SNAPSHOT', messageId: id, activityType: type, content, replace: true };
}

function activityDelta(activity: Activity | null, change: Readonly<Record<string, unknown>>): Mapped {
  if (!activity) return NOTHING;
  const patch = Object.entries(change).map(([name, value]) => ({ op: 'add', path: `/${name}`, value }) as const);
  return {
    events: [{ type: 'ACTIVITY_DELTA', messageId: activity.messageId, activityType: activity.type, patch }],
  };
}

function custom(_: Mapping, { type, ...frame }: AnyFrame): Mapped {
  return { events: [{ type: 'CUSTOM', name: `assent.${type}`, value: frame }] };
}

function started(ids: AgUiIds): AgUiEvent {
  return { type: 'RUN_STARTED', ...ids, protocolVersion: AG_UI_VERSION };
}

function snapshot({ view, patches }: Mapping): AgUiEvent {
  return { type: 'STATE_SNAPSHOT', snapshot: { assent: stateOf(view, patches) } };
}

function reasoningStart(id: string): AgUiEvent[] {
  return [
    { type: 'REASONING_START', messageId: id },
    { type: 'REASONING_MESSAGE_START', messageId: id, role: 'reasoning' },
  ];
}

function textStart(id: string): AgUiEvent {
  return { type: 'TEXT_MESSAGE_START', messageId: id, role: 'assistant' };
}

function stepName({ step }: { readonly step: number }): string {
  return `step ${step}`;
}

/** The frame that opens a message names it, so that every replay gives it the same id. */
function messageId({ runId, seq }: Pick<RunView, 'runId' | 'seq'>, what: string): string {
  return `${runId ?? ''}:${seq}:${what}`;
}

/** The result of a completed run, in one sentence. */
export function sentence({ diff }: RunView, end: RunResult): string {
  if (end.summary !== undefined && end.summary !== '') return end.summary;
  const paths = (diff?.files ?? []).map(({ path }) => path).join(', ');
  switch (end.kind) {
    case 'applied':
      if (end.effect) return end.effect.message;
      return paths === '' ? 'The approved change was applied.' : `The approved change was applied: ${paths}.`;
    case 'rejected':
      return 'The change was rejected: nothing was applied.';
    case 'output':
      return 'The tool has answered.';
    case 'unchanged':
      return 'Nothing had to be changed.';
    case 'finished':
      return 'The run is finished.';
  }
}
