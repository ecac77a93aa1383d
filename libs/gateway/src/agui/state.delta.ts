import type { ApprovalView, AssumptionView, CallView, DiffView, RunView } from '@assent/client';
import type { PatchOperation } from './ag-ui.event';

/** Maximum size of a patch in the state, in bytes. */
export const PATCH_MAX_BYTES = 65_536;

/** Texts of diffs, by diff id; null: too long for the state. */
export type Patches = ReadonlyMap<string, string | null>;

type Assumption = Omit<AssumptionView, 'assumptionId'> & { readonly rescored: RunView['rescored'] };

/** The state of a run at an AG-UI client, under `/assent`. */
export interface AgUiState {
  readonly runId: string | null;
  readonly state: RunView['state'];
  readonly goal: string | null;
  readonly recalled: RunView['recalled'];
  readonly assumptions: Readonly<Record<string, Assumption>>;
  readonly tree: RunView['tree'];
  readonly paths: RunView['paths'];
  readonly chosen: RunView['chosen'];
  readonly call: Omit<CallView, 'args' | 'output'> | null;
  readonly diff: (DiffView & { readonly patch: string | null; readonly patchUrl: string | null }) | null;
  readonly approval: ApprovalView | null;
  /** Questions that nobody has answered, by request id. */
  readonly questions: Readonly<Record<string, unknown>>;
}

/** The state of a run, folded from its frames. */
export function stateOf(view: RunView, patches: Patches): AgUiState {
  const { runId, state, goal, recalled, tree, paths, chosen, approval } = view;
  return {
    runId,
    state,
    goal,
    recalled,
    assumptions: Object.fromEntries(view.assumptions.map((each) => [each.assumptionId, assumptionOf(view, each)])),
    tree,
    paths,
    chosen,
    call: callOf(view),
    diff: diffOf(view, patches),
    approval,
    questions: questionsOf(view),
  };
}

/** The JSON Patch from one state of a run to a later one. */
export function deltaOf(before: RunView, after: RunView, patches: Patches): PatchOperation[] {
  const set = (path: string, value: unknown): PatchOperation => ({ op: 'add', path: `/assent/${path}`, value });
  const delta: PatchOperation[] = [];
  for (const name of ['runId', 'state', 'goal', 'recalled', 'tree', 'chosen', 'approval'] as const) {
    if (before[name] !== after[name]) delta.push(set(name, after[name]));
  }
  if (before.assumptions !== after.assumptions || before.rescored !== after.rescored) {
    delta.push(...assumptionsDelta(before, after, set));
  }
  if (before.paths !== after.paths) {
    const isLonger = before.paths.every((path, index) => path === after.paths[index]);
    if (isLonger) delta.push(...after.paths.slice(before.paths.length).map((path) => set('paths/-', path)));
    else delta.push(set('paths', after.paths));
  }
  if (before.calls.at(-1) !== after.calls.at(-1)) delta.push(set('call', callOf(after)));
  if (before.diff !== after.diff || before.approval?.diffId !== after.approval?.diffId) {
    delta.push(set('diff', diffOf(after, patches)));
  }
  if (before.requests !== after.requests) {
    const questions = questionsOf(after);
    if (JSON.stringify(questions) !== JSON.stringify(questionsOf(before))) delta.push(set('questions', questions));
  }
  return delta;
}

function assumptionsDelta(
  before: RunView,
  after: RunView,
  set: (path: string, value: unknown) => PatchOperation,
): PatchOperation[] {
  const known = new Map(before.assumptions.map((each) => [each.assumptionId, each]));
  const kept = new Set(after.assumptions.map(({ assumptionId }) => assumptionId));
  const removed = [...known.keys()].filter((id) => !kept.has(id));
  const isRescored = (id: string): boolean =>
    before.rescored !== after.rescored && [before, after].some(({ rescored }) => rescored?.assumptionId === id);
  const changed = after.assumptions.filter(
    (each) => known.get(each.assumptionId) !== each || isRescored(each.assumptionId),
  );
  return [
    ...removed.map((id): PatchOperation => ({ op: 'remove', path: `/assent/assumptions/${escaped(id)}` })),
    ...changed.map((each) => set(`assumptions/${escaped(each.assumptionId)}`, assumptionOf(after, each))),
  ];
}

/** A name in a JSON Pointer (RFC 6901). */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function assumptionOf({ rescored }: RunView, { assumptionId, ...rest }: AssumptionView): Assumption {
  return { ...rest, rescored: rescored?.assumptionId === assumptionId ? rescored : null };
}

/** The newest call. Its arguments and its output are in the messages. */
function callOf({ calls }: RunView): AgUiState['call'] {
  const call = calls.at(-1);
  if (!call) return null;
  const { callId, step, actionId, tool, workspace, guard, state, error, durationMs } = call;
  return { callId, step, actionId, tool, workspace, guard, state, error, durationMs };
}

function diffOf({ diff, approval }: RunView, patches: Patches): AgUiState['diff'] {
  if (!diff) return null;
  const patch = patches.get(diff.diffId) ?? null;
  const isAsked = approval?.diffId === diff.diffId;
  return { ...diff, patch, patchUrl: patch === null && isAsked ? `/approvals/${approval.approvalId}/diff` : null };
}

function questionsOf({ requests }: RunView): Readonly<Record<string, unknown>> {
  const questions = requests.filter(({ method }) => method === 'input/request');
  return Object.fromEntries(questions.map(({ id, params }) => [id, params]));
}
