import { Injectable } from '@nestjs/common';
import type { SearchComparison, StartParams } from '@assent/contract';
import { MetaPromptRepository, SearchService } from '@assent/memory';
import type { Work } from '../work';

/** Advice on how to plan a step: all searches of runs compete in it. */
export const PLAN_FAMILY = 'plan';

/** What searches of runs learn about advice: they begin with the best there is, and tell how theirs did. */
@Injectable()
export class SearchPrompts {
  constructor(
    private readonly prompts: MetaPromptRepository,
    private readonly searches: SearchService,
  ) {}

  /** The advice that a new search begins with; null: none has earned it, or the run goes without memory. */
  async best({ run }: Work, { memory }: StartParams): Promise<string | null> {
    if (memory === false) return null;
    return (await this.prompts.best(run.tenantId, run.requester, PLAN_FAMILY))?.text ?? null;
  }

  /** Counts each judgement of two plans that were written with different advice. The caller calls it once for a search. */
  async learn({ run }: Work, { memory }: StartParams, searchId: string): Promise<void> {
    if (memory === false) return;
    const { tenantId, requester: agent } = run;
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

/** Winner and loser; none for a tie, without scores, or where both were written with the same, or one without advice. */
function contest(
  { a, b, scoreA, scoreB }: SearchComparison,
  texts: ReadonlyMap<string, string | null>,
): (readonly [string, string])[] {
  const [first, second] = [texts.get(a) ?? null, texts.get(b) ?? null];
  if (first === null || second === null || first === second) return [];
  if (scoreA === null || scoreB === null || scoreA === scoreB) return [];
  return scoreA > scoreB ? [[first, second]] : [[second, first]];
}
