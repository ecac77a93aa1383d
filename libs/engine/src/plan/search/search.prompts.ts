import { Injectable } from '@nestjs/common';
import type { SearchComparison } from '@assent/contract';
import { MetaPromptRepository } from '@assent/memory';
import { SearchService } from '@assent/search';
import type { StepContext } from '../../step/step.context';

/** Prompt family for planning a step. The searches of all runs share it. */
export const PLAN_FAMILY = 'plan';

/** The advice with which searches of runs begin, and its evaluation. */
@Injectable()
export class SearchPrompts {
  constructor(
    private readonly prompts: MetaPromptRepository,
    private readonly searches: SearchService,
  ) {}

  /** The advice for a new search; null without advice, or when the run does not use memory. */
  async best(context: StepContext): Promise<string | null> {
    if ((await context.params()).memory === false) return null;
    const { tenantId, requester } = context.run;
    return (await this.prompts.best(tenantId, requester, PLAN_FAMILY))?.text ?? null;
  }

  /** Counts each judgement of two plans written with different advice. MUST be called once per search. */
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

/** Winner and loser; empty for a tie, without scores, and when both plans had the same advice or one had no advice. */
function contest(
  { a, b, scoreA, scoreB }: SearchComparison,
  texts: ReadonlyMap<string, string | null>,
): (readonly [string, string])[] {
  const [first, second] = [texts.get(a) ?? null, texts.get(b) ?? null];
  if (first === null || second === null || first === second) return [];
  if (scoreA === null || scoreB === null || scoreA === scoreB) return [];
  return scoreA > scoreB ? [[first, second]] : [[second, first]];
}
