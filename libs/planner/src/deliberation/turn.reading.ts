import type { ModelReply, ProposedCall } from '@assent/models';
import type { Beliefs } from '@assent/contract';
import type { KnownAction } from '../params';
import { pointer } from '../pointer';
import { readCandidates, repeatOf, type CandidateFacts } from './candidates';
import { problemLines, readDecide, type DecideProblem } from './decide.reading';
import { DECIDE } from './decide.schema';
import type { ReadCall } from './model.turn';

const DECIDED = 'Not carried out: `decide` counts, and one call of it in a turn.';
const ASKED = 'Not carried out: the question comes first. Call it again when you have the answer.';
const CHANGES = 'Not carried out: the change comes first. Check it, then finish.';
export const PLANNED = 'Planned, not made yet; call it again when it is its turn.';

/** The decision of a turn, read from its calls. */
export interface TurnDecision {
  /** All candidates of `decide`, or the one action that was called directly. */
  readonly actions: readonly KnownAction[];
  /** Ids of all proposed actions, in order. `actions` may lack some of them. */
  readonly proposed: readonly string[];
  /** null: the action was called directly, without numeric beliefs. */
  readonly beliefs: Beliefs | null;
  /** The model's reason for the decision. */
  readonly why: string;
  readonly calls: readonly ReadCall[];
  /** Calls planned after the action, in order. */
  readonly planned: readonly KnownAction[];
}

export interface TurnReading {
  /** null: nothing can be executed. */
  readonly decision: TurnDecision | null;
  /** Why calls, or candidates of `decide`, cannot be used, one line each for the model. */
  readonly problems: readonly string[];
}

/** Reads the calls of a turn as one decision. Pure, except for the state that `refusal` reads. */
export function readTurn({ calls }: Pick<ModelReply, 'calls'>, facts: CandidateFacts): TurnReading {
  const decide = calls.find(({ name }) => facts.offered.nameOf(name) === DECIDE);
  return decide ? byDecide(decide, calls, facts) : direct(calls, facts);
}

/** The decision without these candidates; null when no candidate is left. */
export function withoutCandidates(decision: TurnDecision, ids: ReadonlySet<string>): TurnDecision | null {
  const { actions, beliefs } = decision;
  const left = actions.filter(({ id }) => !ids.has(id));
  if (left.length === 0) return null;
  if (left.length === actions.length || !beliefs) return { ...decision, actions: left };
  const isLeft = ({ actionId }: { readonly actionId: string }) => !ids.has(actionId);
  const { associations = [], gains } = beliefs;
  return {
    ...decision,
    actions: left,
    beliefs: {
      ...beliefs,
      associations: associations.filter(isLeft),
      ...(gains ? { gains: gains.filter(isLeft) } : {}),
    },
  };
}

/** A problem with one action of the decision, as a line for the model. */
export function problemOfAction(
  { beliefs, proposed, calls }: TurnDecision,
  action: KnownAction,
  message: string,
): string {
  if (beliefs) return problemLines([{ pointer: pointer('/candidates', proposed.indexOf(action.id)), message }]);
  const name = calls.find(({ actionId }) => actionId === action.id)?.name ?? action.tool ?? action.kind;
  return `${name}: ${message}`;
}

function byDecide(decide: ProposedCall, calls: readonly ProposedCall[], facts: CandidateFacts): TurnReading {
  if (typeof decide.args === 'string') return unusable([{ pointer: '', message: 'The arguments are not valid JSON.' }]);
  const read = readDecide(decide.args, facts.offered);
  if (!read.ok) return unusable(read.problems);
  const { why, actions, beliefs } = read.decision;
  const others = calls.map(({ id, name }): ReadCall => {
    const common = { id, name, actionId: null, problem: null };
    return id === decide.id ? { ...common, decides: true } : { ...common, note: DECIDED };
  });
  const proposed = actions.map(({ id }) => id);
  const decision: TurnDecision = { actions, proposed, beliefs, why, calls: others, planned: [] };
  const refused = actions.flatMap((action) => {
    const message = refusalOf(action, facts);
    return message === null ? [] : [{ action, message }];
  });
  return {
    decision: withoutCandidates(decision, new Set(refused.map(({ action }) => action.id))),
    problems: refused.map(({ action, message }) => problemOfAction(decision, action, message)),
  };
}

function unusable(problems: readonly DecideProblem[]): TurnReading {
  return { decision: null, problems: [`\`${DECIDE}\` cannot be used.`, problemLines(problems)] };
}

function refusalOf({ kind, tool = '', args = {}, question }: KnownAction, { refusal, history }: CandidateFacts) {
  if (kind === 'ask') return repeatOf(question ?? '', history);
  return kind === 'tool' ? refusal(tool, args as Parameters<typeof refusal>[1]) : null;
}

/** Changes form a sequence: the turn decides on the first and plans the others. A question counts if it precedes them. */
function direct(calls: readonly ProposedCall[], facts: CandidateFacts): TurnReading {
  const { actions, dropped, calls: read } = readCandidates(calls, facts);
  const [change] = actions.filter(({ kind }) => kind === 'tool');
  const [question] = actions.filter(({ kind }) => kind === 'ask');
  const isAskedFirst = question !== undefined && (!change || actions.indexOf(question) < actions.indexOf(change));
  const action = isAskedFirst ? question : (change ?? actions[0]);
  if (!action) return { decision: null, problems: dropped };
  const planned = action === change ? actions.filter(({ id, kind }) => kind === 'tool' && id !== action.id) : [];
  const noteOf = (actionId: string) => {
    if (planned.some(({ id }) => id === actionId)) return PLANNED;
    return isAskedFirst ? ASKED : CHANGES;
  };
  const noted = read.map((call): ReadCall => {
    const { actionId } = call;
    return actionId === null || actionId === action.id ? call : { ...call, note: noteOf(actionId) };
  });
  return {
    decision: { actions: [action], proposed: [action.id], beliefs: null, why: '', calls: noted, planned },
    problems: dropped,
  };
}
