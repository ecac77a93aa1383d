import type { Action, ActionInput, PlannerParams, TreeParams } from '@assent/contract';
import { compareText } from './order';

const DEFAULT_DEPTH = 3;
const DEFAULT_EFFORT = 1;

/** Actions with every default filled in, by id. Only what the kind pays for is kept: effort of tools, length of asks. */
export function completeActions(inputs: readonly ActionInput[]): Action[] {
  return inputs.map(completeAction).sort((a, b) => compareText(a.id, b.id));
}

function completeAction(input: ActionInput): Action {
  const { id, kind, tool, question } = input;
  const isTool = kind === 'tool';
  const isAsk = kind === 'ask';
  return {
    id,
    kind,
    label: input.label ?? defaultLabel(input),
    ...(isTool && tool !== undefined ? { tool, args: input.args ?? {} } : {}),
    ...(isAsk && question !== undefined ? { question } : {}),
    effort: isTool ? (input.effort ?? DEFAULT_EFFORT) : 0,
    messageLength: isAsk ? (input.messageLength ?? (question ?? '').length) : 0,
    baseCost: kind === 'noop' ? 0 : (input.baseCost ?? 0),
    irreversible: input.irreversible ?? false,
  };
}

function defaultLabel({ kind, tool, args, question }: ActionInput): string {
  if (kind === 'ask') return question ?? kind;
  const target = Object.values(args ?? {}).find((value) => typeof value === 'string' && !value.includes('\n'));
  return kind === 'tool' ? [tool ?? kind, ...(typeof target === 'string' ? [target] : [])].join(' ') : kind;
}

/** Parameters with every default filled in; the scales come from the actions that are available. */
export function completeParams(params: PlannerParams, actions: readonly Action[], hasGains: boolean): TreeParams {
  return {
    mode: params.mode ?? (hasGains ? 'expected' : 'aggregate'),
    depth: params.depth ?? DEFAULT_DEPTH,
    alpha: params.alpha ?? 1,
    beta: params.beta ?? 1,
    lambda: params.lambda ?? 1,
    effortScale: params.effortScale ?? largest(actions.map((action) => action.effort)),
    messageScale: params.messageScale ?? largest(actions.map((action) => action.messageLength)),
    ranking: params.ranking ?? 'value',
    ...(params.asking === 'net' ? { asking: 'net' as const } : {}),
  };
}

function largest(values: readonly number[]): number {
  const max = Math.max(0, ...values);
  return max === 0 ? 1 : max;
}

/** C(a) = alpha * effort / effortScale [tool] + beta * messageLength / messageScale [ask] + baseCost. Never below 0. */
export function costOf(action: Action, params: TreeParams): number {
  const { alpha, beta, effortScale, messageScale } = params;
  return (alpha * action.effort) / effortScale + (beta * action.messageLength) / messageScale + action.baseCost;
}
