import type { Action, JsonObject } from '@assent/contract';
import type { ModelReply } from '@assent/models';
import type { KnownAction } from '../params';
import { DECIDE } from './decide.schema';
import type { OfferedFunctions } from './offered.functions';
import type { StepRequest } from './step-request';
import { problemOfAction, readTurn, withoutCandidates, type TurnDecision } from './turn.reading';

export interface TriedTurn {
  /** null: nothing of the turn can be carried out. */
  readonly decision: TurnDecision | null;
  /** Why the model should think it over once, each a line for the model; empty: it can be carried out as it is. */
  readonly objections: readonly string[];
  /** What was left out, each a line. */
  readonly dropped: readonly string[];
}

const ALTERNATIVES = `Propose at least one alternative with \`${DECIDE}\` before you change something.`;

/**
 * Reads a turn as a decision and tries its changes dry. Candidates that cannot be made are left out; where none can be made,
 * all stay, and the step shows why it fails.
 * @throws the reason of `request.signal`
 */
export async function decideTurn(
  reply: Pick<ModelReply, 'calls'>,
  request: StepRequest,
  offered: OfferedFunctions,
): Promise<TriedTurn> {
  const { refusal, history, deliberation } = request;
  const { decision, problems } = readTurn(reply, { offered, refusal, history });
  if (!decision) return { decision, objections: [], dropped: problems };
  const tried = await triedActions(decision.actions, request);
  const flaws = tried.flatMap(({ action, problem }) =>
    problem === null ? [] : [{ id: action.id, line: problemOfAction(decision, action, problem) }],
  );
  const changed = {
    ...decision,
    actions: tried.map(({ action, change }) => (change ? { ...action, change } : action)),
  };
  const lines = flaws.map(({ line }) => line);
  // A model that ends the run beside calls that cannot be made may take them for made.
  const isUnaware = decision.actions.some(({ kind }) => kind === 'finish');
  const isAlone = decision.actions.length === 1 && changes(decision.actions[0], offered);
  return {
    decision: withoutCandidates(changed, new Set(flaws.map(({ id }) => id))) ?? changed,
    objections: [
      ...(decision.beliefs || isUnaware ? problems : []),
      ...lines,
      ...(deliberation === 'always' && isAlone ? [ALTERNATIVES] : []),
    ],
    dropped: [...problems, ...lines],
  };
}

/** The actions of a search with what they would change; one that cannot be made stays as it is. */
export async function withChanges(actions: readonly Action[], request: StepRequest): Promise<Action[]> {
  const tried = await triedActions(actions, request);
  return actions.map((action, index) => {
    const change = tried[index]?.change;
    return change ? { ...action, change } : action;
  });
}

/** One after the other: dry runs read the same files. */
async function triedActions(actions: readonly KnownAction[], { tryDry }: StepRequest) {
  const tried: {
    readonly action: KnownAction;
    readonly change: KnownAction['change'];
    readonly problem: string | null;
  }[] = [];
  for (const action of actions) {
    const { kind, tool = '', args = {} } = action;
    const shown = kind === 'tool' ? await tryDry(tool, args as JsonObject) : null;
    const problem = shown && 'problem' in shown ? shown.problem : null;
    tried.push({ action, change: shown && 'change' in shown ? shown.change : undefined, problem });
  }
  return tried;
}

function changes(action: KnownAction | undefined, { toolOf }: OfferedFunctions): boolean {
  return action?.kind === 'tool' && toolOf(action.tool ?? '')?.effect !== 'read';
}
