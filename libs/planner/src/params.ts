import type { Action, ActionInput, Effect, Finish, PlannerParams, TreeParams } from '@assent/contract';
import { compareText } from './order';

const DEFAULT_DEPTH = 3;
/** Maximum characters of an argument in a label. The label appears in the frame of every leaf, and in plans. */
const TARGET_MAX_CHARS = 200;

/** Default effort of a call in minutes, mostly for the person who has to review it. */
const EFFORT_MINUTES: Readonly<Record<Effect, number>> = { read: 1, write: 5, external: 10 };
/** Additional minutes for a call that cannot be undone. */
const IRREVERSIBLE_MINUTES = 10;

/** Effort with a cost of 1, an hour. The scale is fixed, so that an action's cost does not depend on other actions. */
const EFFORT_SCALE_MINUTES = 60;
/** Message length with a cost of 1, a long paragraph. */
const MESSAGE_SCALE_CHARS = 600;

/** The effect of a tool; undefined for an unknown tool. */
export type EffectOf = (tool: string) => Effect | undefined;

/** An action from a caller, from a model, which also describes how the run ends, or from a stored tree. */
export type KnownAction = ActionInput &
  Pick<Action, 'learned' | 'explore' | 'options' | 'assumptionIds' | 'change'> & { readonly finish?: Finish };

/** Actions by id with defaults filled in. Keeps only the properties that its kind pays for: effort of tools, length of asks. */
export function completeActions(inputs: readonly KnownAction[], effectOf?: EffectOf): Action[] {
  return inputs.map((input) => completeAction(input, effectOf)).sort((a, b) => compareText(a.id, b.id));
}

function completeAction(input: KnownAction, effectOf: EffectOf = () => undefined): Action {
  const { id, kind, tool, question } = input;
  const isTool = kind === 'tool';
  const isAsk = kind === 'ask';
  return {
    id,
    kind,
    label: labelOf(input),
    ...(isTool && tool !== undefined ? { tool, args: input.args ?? {} } : {}),
    ...(isAsk && question !== undefined ? { question } : {}),
    ...(isAsk && input.options ? { options: input.options } : {}),
    ...(isAsk && input.assumptionIds ? { assumptionIds: input.assumptionIds } : {}),
    ...(isTool && input.change ? { change: input.change } : {}),
    effort: isTool ? (input.effort ?? defaultEffort(input, effectOf)) : 0,
    messageLength: isAsk ? (input.messageLength ?? (question ?? '').length) : 0,
    baseCost: kind === 'noop' ? 0 : (input.baseCost ?? 0),
    irreversible: input.irreversible ?? false,
    ...(kind === 'finish' && input.finish ? { finish: input.finish } : {}),
    ...(input.key === undefined ? {} : { key: input.key }),
    ...(input.learned ? { learned: input.learned } : {}),
    ...(input.explore ? { explore: input.explore } : {}),
  };
}

/** An unknown tool counts as external. */
function defaultEffort({ tool = '', irreversible = false }: ActionInput, effectOf: EffectOf): number {
  return EFFORT_MINUTES[effectOf(tool) ?? 'external'] + (irreversible ? IRREVERSIBLE_MINUTES : 0);
}

/** A description of the action for people. */
export function labelOf(action: KnownAction): string {
  return action.label ?? defaultLabel(action);
}

function defaultLabel({ kind, tool, args, question }: ActionInput): string {
  if (kind === 'ask') return question ?? kind;
  const target = Object.values(args ?? {}).find(isTarget);
  return kind === 'tool' ? [tool ?? kind, ...(typeof target === 'string' ? [target] : [])].join(' ') : kind;
}

function isTarget(value: unknown): boolean {
  return typeof value === 'string' && value.length <= TARGET_MAX_CHARS && !value.includes('\n');
}

/** Parameters with defaults filled in. */
export function completeParams(params: PlannerParams & Pick<TreeParams, 'learning'>, hasGains: boolean): TreeParams {
  return {
    mode: params.mode ?? (hasGains ? 'expected' : 'aggregate'),
    depth: params.depth ?? DEFAULT_DEPTH,
    alpha: params.alpha ?? 1,
    beta: params.beta ?? 1,
    lambda: params.lambda ?? 1,
    effortScale: params.effortScale ?? EFFORT_SCALE_MINUTES,
    messageScale: params.messageScale ?? MESSAGE_SCALE_CHARS,
    ranking: params.ranking ?? 'value',
    ...(params.explore ? { explore: params.explore } : {}),
    ...(params.learning ? { learning: params.learning } : {}),
    // Trees without this property used the literal rule, because they are older than the option.
    ...((params.asking ?? 'net') === 'net' ? { asking: 'net' as const } : {}),
    ...(params.prune === 'decision' ? { prune: params.prune } : {}),
  };
}

/** C(a) = alpha * effort / effortScale [tool] + beta * messageLength / messageScale [ask] + baseCost. Never below 0. */
export function costOf(action: Action, params: TreeParams): number {
  const { alpha, beta, effortScale, messageScale } = params;
  return (alpha * action.effort) / effortScale + (beta * action.messageLength) / messageScale + action.baseCost;
}
