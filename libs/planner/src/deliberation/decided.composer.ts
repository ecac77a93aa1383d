import { Injectable } from '@nestjs/common';
import type { Action } from '@assent/contract';
import type { CallSession } from '@assent/models';
import type { KnownAction } from '../params';
import type { GivenBeliefs } from '../read-beliefs';
import { TraceComposer } from '../trace.composer';
import { BeliefsComposer, type Deliberation } from './beliefs.composer';
import type { Fence } from './fence';
import { lexicalBeliefs } from './model.tree';
import type { Decided, DecisionPlan, KnownAssumption, StepRequest } from './step-request';

/** The beliefs for a tree and their source. */
export interface Composition {
  readonly beliefs: GivenBeliefs;
  readonly composer: 'model' | 'lexical';
  readonly degraded: boolean;
  readonly observed: DecisionPlan['observed'];
  readonly warnings: readonly string[];
}

const NO_BELIEFS: GivenBeliefs = { assumptions: [] };

/** Composes the beliefs of a turn that decides. It calls the model only for a change without stated beliefs. */
@Injectable()
export class DecidedComposer {
  constructor(
    private readonly composer: BeliefsComposer,
    private readonly offline: TraceComposer,
  ) {}

  /** @throws AssentError budget_exhausted */
  async compose(
    decided: Decided,
    from: Deliberation & Pick<StepRequest, 'deliberation'>,
    session: CallSession,
    fence: Fence,
  ): Promise<Composition> {
    const [action] = from.actions;
    if (decided.beliefs) {
      const { assumptions } = decided.beliefs;
      const sourced = assumptions.map((assumption) => ({ ...assumption, sources: ['composer' as const] }));
      return stated({ ...decided.beliefs, assumptions: sourced });
    }
    if (action?.kind === 'ask') return stated(askedBeliefs(action, from.assumptions));
    if (action?.kind !== 'tool' || from.deliberation === 'off') return stated(NO_BELIEFS);
    if (from.trace.trim() !== '') return this.fromWords(from);
    const composed = await this.composer.compose(from, session, fence);
    if (composed.ok) {
      const { beliefs, observed, warnings } = composed.value;
      return { beliefs, composer: 'model', degraded: false, observed, warnings };
    }
    const warning = `The assumptions of the change could not be composed: ${composed.problem}`;
    return { ...(await this.fromWords(from)), degraded: true, warnings: [warning] };
  }

  /** With one action there is no choice, so statements without a link to it are not needed. */
  private async fromWords({ trace, actions }: Deliberation): Promise<Composition> {
    const { beliefs } = await lexicalBeliefs(trace, actions, this.offline);
    return { beliefs, composer: 'lexical', degraded: false, observed: [], warnings: [] };
  }
}

/** A question with the ids that its assumptions have in its tree: x1, x2, ... Drops ids that are not open. */
export function withOwnIds<A extends KnownAction>(action: A, assumptions: readonly KnownAssumption[]): A {
  const { assumptionIds, ...rest } = action;
  if (!assumptionIds) return action;
  const asked = askedOf(assumptionIds, assumptions);
  return asked.length === 0 ? (rest as A) : { ...action, assumptionIds: asked.map((_each, index) => `x${index + 1}`) };
}

/** The assumptions of earlier steps that a question is about, as stated. */
function askedBeliefs(action: Action, assumptions: readonly KnownAssumption[]): GivenBeliefs {
  const asked = askedOf(action.assumptionIds ?? [], assumptions).map((assumption, index) => ({
    ...assumption,
    id: `x${index + 1}`,
  }));
  return {
    assumptions: asked.map(({ id, text, p }) => ({ id, text, p, sources: ['composer' as const] })),
    associations: asked.map(({ id }) => ({ assumptionId: id, value: true, actionId: action.id })),
  };
}

/** Finds assumptions by the ids that the model gave them. The newest with an id is used. */
function askedOf(assumptionIds: readonly string[], assumptions: readonly KnownAssumption[]): KnownAssumption[] {
  const found = assumptionIds.flatMap((id) => {
    const known = assumptions.findLast(({ assumptionId }) => assumptionId === id || assumptionId.endsWith(`.${id}`));
    return known?.truth === null ? [known] : [];
  });
  return [...new Map(found.map((known) => [known.text, known])).values()];
}

function stated(beliefs: GivenBeliefs): Composition {
  return { beliefs, composer: 'model', degraded: false, observed: [], warnings: [] };
}
