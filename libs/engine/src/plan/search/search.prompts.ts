import { Injectable } from '@nestjs/common';
import type { SearchComparison } from '@assent/contract';
import { MetaPromptRepository } from '@assent/memory';
import { SearchService } from '@assent/search';
import type { StepContext } from '../../step/step.context';

/** Family of the advice on how to plan a step, in which the searches of all runs compete. */
export const PLAN_FAMILY = 'plan';

/** The advice that searches of runs begin with, and what they learn about it. */
@Injectable()
export class SearchPrompts {
  constructor(
    private readonly prompts: MetaPromptRepository,
    private readonly searches: SearchService,
  ) {}

  /** The advice that a new search begins with; null: no advice yet, or the run does without memory. */
  async best(context: StepContext): Promise<string | null> {
    if ((await context.params()).memory === false) return null;
    const { tenantId, requester } = context.run;
    return (await this.prompts.best(tenantId, requester, PLAN_FAMILY))?.text ?? null;
  }

  /** Counts each judgement of two plans that were written with different advice. MUST be called once for a search. */
  async learn(context: StepContext, searchId: string): Promise<void> {
    if ((await context.params()).memory === false) return;
    const { tenantId, requester: agent } = context.run;
    const { nodes, comparisons } = await this.searches.get(tenantId, { searchId });
    const texts = new Map<string, string | null>();
    for (const { nodeId } of nodes) {
      texts.set(nodeId, (await this.searches.get(tenantId, { searchId, nodeId })).node?.promptIn ?? null);
    }
    for (const [winner, loser] of comparisons.flatMap((comparison) => contest(comparison, texts))) {
      const loserId = await this.prompts.add(tenantId, { agent, family: PLAN_FAMILY, text: loser, parentId: null });
      const winnerId = await this.prompts.add(tenantId, {
        agent,
        family: PLAN_FAMILY,
        text: winner,
        parentId: loserId,
      });
      await this.prompts.count(tenantId, winnerId, loserId);
    }
  }
}

/** Winner and loser; empty for a tie, without scores, and where both plans had the same advice or one had none. */
function contest(
  { a, b, scoreA, scoreB }: SearchComparison,
  texts: ReadonlyMap<string, string | null>,
): (readonly [string, string])[] {
  const [first, second] = [texts.get(a) ?? null, texts.get(b) ?? null];
  if (first === null || second === null || first === second) return [];
  if (scoreA === null || scoreB === null || scoreA === scoreB) return [];
  return scoreA > scoreB ? [[first, second]] : [[second, first]];
}
