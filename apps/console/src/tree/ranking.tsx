import { number, utility } from '../format';
import { Spelled } from '../parts/spelled';
import { labelOf, scoredLeavesOf, type DrawnTree } from './drawn.tree';
import { short } from './node-card';
import { Star } from './star';
import { TREE, whyTwoNumbers } from './texts';
import type { Difference } from './what-if';

/** U of each action over all truths, in the mode of the choice. With a what-if: what it changes. */
export function Ranking({ tree, difference }: { readonly tree: DrawnTree; readonly difference: Difference | null }) {
  const { chosen, ranking } = tree;
  if (!chosen) return null;
  const rows = difference?.rows ?? ranking?.map((row) => ({ ...row, before: null })) ?? [];
  const top = Math.max(...rows.map(({ U }) => Math.abs(U)), Number.EPSILON);
  const cost = new Map(ranking?.map(({ actionId, C }) => [actionId, C]));
  const isQuestion = tree.actions.get(chosen.actionId)?.kind === 'ask';
  const leaf = tree.root ? scoredLeavesOf(tree.root).find(({ scoredAs }) => scoredAs === chosen.leafId) : undefined;
  const ranked = rows.find(({ actionId }) => actionId === chosen.actionId)?.U ?? null;
  return (
    <section class="tree-panel" aria-labelledby="tree-ranking">
      <h2 id="tree-ranking">{TREE.ranking}</h2>
      <p class="muted tree-small">{TREE.rankingHelp(TREE.mode[chosen.mode])}</p>
      {rows.length === 0 ? (
        <p class="muted">{TREE.rankingLater}</p>
      ) : (
        <table class="tree-ranks">
          <thead>
            <tr>
              <th>{TREE.action}</th>
              <th class="num">{TREE.U}</th>
              <th class="num">{difference ? TREE.change : TREE.cost}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ actionId, U, before }) => {
              const isFirst = actionId === (difference?.after ?? chosen.actionId);
              return (
                <tr key={actionId} class={isFirst ? 'tree-rank-first' : ''}>
                  <td>
                    <span class="tree-rank-label">
                      {isFirst && <Star />}
                      <Spelled text={short(labelOf(tree, actionId))} />
                    </span>
                    <span
                      class={U < 0 ? 'tree-bar tree-bar-negative' : 'tree-bar'}
                      style={{ width: `${(Math.abs(U) / top) * 100}%` }}
                    />
                  </td>
                  <td class="num">{utility(U)}</td>
                  <td class="num muted">
                    {difference ? (before === null ? 'new' : utility(U - before)) : number(cost.get(actionId) ?? 0)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <p class="tree-why">
        <b>{TREE.why}</b> {whyTwoNumbers(chosen.mode, isQuestion, leaf?.score ?? null, ranked)}
      </p>
    </section>
  );
}
