import {
  MAX_DEPTH,
  MAX_QUANTITY,
  MIN_SCALE,
  TRACE_MAX_CHARS,
  type ActionInput,
  type Beliefs,
  type PlannerParams,
} from '@assent/contract';
import type { EffectOf } from './params';
import type { KnownTruths } from './facts';
import { invalid, pointer, refuseDuplicates } from './pointer';
import { readBeliefs, type ReadBeliefs } from './read-beliefs';
import { traceParts } from './trace';

/** The planner's inputs in `start.params` and `tree/score`. */
export interface PlanInput {
  readonly goal?: string;
  readonly trace?: string | readonly string[];
  readonly beliefs?: Beliefs;
  readonly actions?: readonly ActionInput[];
  readonly params?: PlannerParams;
  /** Truth by assumption id, from answers and other resolutions. */
  readonly resolutions?: KnownTruths['resolutions'];
  /** Determines the default effort of actions. */
  readonly effectOf?: EffectOf;
}

/**
 * Refuses input from which no tree can be built, before anything is stored. The wire schema checks shapes and lengths; this
 * checks the rest. Pure and cheap. @throws AssentError `invalid`, with a JSON pointer into the params
 */
export function validatePlanInput(input: PlanInput): void {
  readInput(input);
}

/** Checks the input and returns its beliefs; null when they must be read from a trace. */
export function readInput(input: PlanInput): ReadBeliefs | null {
  const actions = input.actions ?? [];
  validateActions(actions, '/actions');
  validateParams(input.params ?? {}, '/params');
  validateTrace(input.trace);
  if (input.beliefs) {
    const beliefs = readBeliefs(input.beliefs, new Set(actions.map(({ id }) => id)), '/beliefs', 'strict');
    validateResolutions(input.resolutions ?? {}, input.beliefs);
    return beliefs;
  }
  if (traceParts(input.trace).length > 0) return null;
  throw invalid('There is nothing to plan from: give a trace or beliefs, or configure a model.', '/beliefs');
}

export function validateActions(actions: readonly ActionInput[], at: string): void {
  if (actions.length === 0) throw invalid('There is nothing to choose from: give at least one action.', at);
  actions.forEach((action, index) => {
    validateAction(action, pointer(at, index));
  });
  refuseDuplicates(
    actions.map(({ id }) => id),
    'action',
    at,
  );
}

function validateAction(action: ActionInput, at: string): void {
  const { id, kind } = action;
  if (kind === 'tool' && action.tool === undefined)
    throw invalid(`Action "${id}" is of kind tool but names no tool. Add "tool".`, pointer(at, 'tool'));
  if (kind === 'ask' && action.question === undefined)
    throw invalid(`Action "${id}" is of kind ask but asks nothing. Add "question".`, pointer(at, 'question'));
  for (const name of ['effort', 'messageLength', 'baseCost'] as const) {
    const value = action[name];
    if (value !== undefined && !isBetween(value, 0, MAX_QUANTITY))
      throw invalid(`${name} of action "${id}" must be a number from 0 to ${MAX_QUANTITY}.`, pointer(at, name));
  }
}

export function validateParams(params: PlannerParams, at: string): void {
  const { depth } = params;
  if (depth !== undefined && !(Number.isInteger(depth) && isBetween(depth, 1, MAX_DEPTH)))
    throw invalid(`depth must be a whole number from 1 to ${MAX_DEPTH}.`, pointer(at, 'depth'));
  const { explore } = params;
  if (explore !== undefined && !isBetween(explore, 0, 1))
    throw invalid('explore must be a number from 0 to 1.', pointer(at, 'explore'));
  for (const [names, least] of [
    [['alpha', 'beta', 'lambda'], 0],
    [['effortScale', 'messageScale'], MIN_SCALE],
  ] as const) {
    for (const name of names) {
      const value = params[name];
      if (value !== undefined && !isBetween(value, least, MAX_QUANTITY))
        throw invalid(`${name} must be a number from ${least} to ${MAX_QUANTITY}.`, pointer(at, name));
    }
  }
}

function validateTrace(trace: PlanInput['trace']): void {
  const chars = traceParts(trace).reduce((total, { text }) => total + text.length, 0);
  if (chars > TRACE_MAX_CHARS)
    throw invalid(
      `The trace has ${chars} characters; at most ${TRACE_MAX_CHARS} are read. Send the part that bears on these actions.`,
      '/trace',
    );
}

function validateResolutions(resolutions: Readonly<Record<string, boolean>>, { assumptions }: Beliefs): void {
  const unknown = Object.keys(resolutions).find((id) => !assumptions.some((assumption) => assumption.id === id));
  if (unknown !== undefined)
    throw invalid(`There is no assumption "${unknown}" to resolve.`, pointer('/resolutions', unknown));
}

/** False for NaN and the infinities, which JSON cannot represent but an in-process caller can pass. */
function isBetween(value: number, min: number, max: number): boolean {
  return Number.isFinite(value) && value >= min && value <= max;
}
