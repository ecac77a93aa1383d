import type { Ground, MethodParams, PlannerMode, Rationale, Tree } from '@assent/contract';

/** Changes that a person tries on a tree. What is absent stays as it is. */
export interface WhatIf {
  /** Probability of being true, by assumption. */
  readonly assume: Readonly<Record<string, number>>;
  readonly mode?: PlannerMode | undefined;
  readonly lambda?: number | undefined;
  readonly depth?: number | undefined;
}

export const AS_IT_IS: WhatIf = { assume: {} };

export function isAsItIs({ assume, mode, lambda, depth }: WhatIf): boolean {
  return Object.keys(assume).length === 0 && mode === undefined && lambda === undefined && depth === undefined;
}

/** A probability that equals the one in the tree is no change. */
export function withAssumed(whatIf: WhatIf, assumptionId: string, p: number, real: number): WhatIf {
  const others = Object.entries(whatIf.assume).filter(([id]) => id !== assumptionId);
  const changed: [string, number][] = Math.abs(p - real) < SLIDER_STEP / 2 ? [] : [[assumptionId, p]];
  return { ...whatIf, assume: Object.fromEntries([...others, ...changed]) };
}

type Weight = 'mode' | 'lambda' | 'depth';

/** A weight that equals the one in the tree is no change. */
export function withWeight<K extends Weight>(whatIf: WhatIf, name: K, value: Tree['params'][K], real: Tree): WhatIf {
  return { ...whatIf, [name]: value === real.params[name] ? undefined : value };
}

export const SLIDER_STEP = 0.01;
/** 0 and 1 would be facts, which are resolved and not assumed. */
export const SLIDER_MIN = 0.01;
export const SLIDER_MAX = 0.99;

export interface StoredStep {
  readonly runId: string;
  readonly step: number;
}

export function scoreParamsOf({ runId, step }: StoredStep, whatIf: WhatIf): MethodParams<'tree/score'> {
  const { assume, mode, lambda, depth } = whatIf;
  return {
    runId,
    step,
    ...(Object.keys(assume).length > 0 ? { assume: { ...assume } } : {}),
    params: {
      ...(mode === undefined ? {} : { mode }),
      ...(lambda === undefined ? {} : { lambda }),
      ...(depth === undefined ? {} : { depth }),
    },
  };
}

/** A probability of being true beyond which another action is chosen. */
export interface Flip {
  readonly assumptionId: string;
  readonly text: string;
  readonly p: number;
  readonly side: 'below' | 'above';
  readonly actionId: string;
}

/** What would change the choice, the nearest first. */
export function flipsOf(rationale: Rationale | null): Flip[] {
  const grounds = rationale ? [...rationale.for, ...rationale.against] : [];
  return grounds
    .flatMap((ground) => flipOf(ground) ?? [])
    .sort((a, b) => a.distance - b.distance)
    .map(({ distance: _, ...flip }) => flip);
}

function flipOf({ assumptionId, text, value, p, flipsAt }: Ground): (Flip & { readonly distance: number }) | null {
  if (!flipsAt) return null;
  const now = value ? p : 1 - p;
  const side = flipsAt.p < now ? 'below' : 'above';
  return { assumptionId, text, p: flipsAt.p, side, actionId: flipsAt.actionId, distance: Math.abs(flipsAt.p - now) };
}

export interface ComparedRow {
  readonly actionId: string;
  readonly U: number;
  /** null: the tree as it is does not rank it. */
  readonly before: number | null;
}

export interface Difference {
  readonly isSameChoice: boolean;
  readonly before: string;
  readonly after: string;
  readonly marginBefore: number | null;
  readonly marginAfter: number | null;
  readonly rows: readonly ComparedRow[];
}

/** The choice of the tree as it is, beside the one with the changes. */
export function differenceOf(real: Tree, changed: Tree): Difference {
  const before = new Map(real.rankings[real.mode].map(({ actionId, U }) => [actionId, U]));
  return {
    isSameChoice: real.chosen.actionId === changed.chosen.actionId,
    before: real.chosen.actionId,
    after: changed.chosen.actionId,
    marginBefore: real.chosen.margin,
    marginAfter: changed.chosen.margin,
    rows: changed.rankings[changed.mode].map(({ actionId, U }) => ({
      actionId,
      U,
      before: before.get(actionId) ?? null,
    })),
  };
}
