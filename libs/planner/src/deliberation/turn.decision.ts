import type { Action, JsonObject } from '@assent/contract';
import type { ModelReply } from '@assent/models';
import type { KnownAction } from '../params';
import { DECIDE } from './decide.schema';
import type { OfferedFunctions } from './offered.functions';
import type { StepRequest } from './step-request';
import { problemOfAction, readTurn, withoutCandidates, type TurnDecision } from './turn.reading';

export interface TriedTurn {
  /** null: nothing in the turn can be executed. */
  readonly decision: TurnDecision | null;
  /** Why the model should reconsider, one line each for the model; empty: it can be executed. */
  readonly objections: readonly string[];
  /** The parts that were dropped, one line each. */
  readonly dropped: readonly string[];
}

const ALTERNATIVES = `Propose at least one alternative with \`${DECIDE}\` before you change something.`;

/**
 * Reads a turn as a decision and makes dry runs of its changes. Drops candidates that cannot be made. If none can be made, all
 * stay, and the step shows why it fails.
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
  // A model that ends the run next to calls that cannot be made may believe that they were made.
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

/** The actions of a search with the changes they would make. An action that cannot be made stays unchanged. */
export async function withChanges(actions: readonly Action[], request: StepRequest): Promise<Action[]> {
  const tried = await triedActions(actions, request);
  return actions.map((action, index) => {
    const change = tried[index]?.change;
    return change ? { ...action, change } : action;
  });
}

/** Sequential, because dry runs read the same files. */
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
