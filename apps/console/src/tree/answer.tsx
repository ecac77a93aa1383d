import type { Ground } from '@assent/contract';
import { percent, utility } from '../format';
import { Chip } from '../parts/chip';
import { Spelled } from '../parts/spelled';
import { labelOf, type DrawnTree } from './drawn.tree';
import { short } from './node-card';
import { Star } from './star';
import { TREE } from './texts';
import { flipsOf } from './what-if';

/** Entries of each list: more would not be read within ten seconds. */
const SHOWN = 3;

/** What was chosen, on what it rests, and what would change it. @param isWhatIf the run has not chosen so */
export function Answer({ tree, isWhatIf }: { readonly tree: DrawnTree; readonly isWhatIf: boolean }) {
  const { chosen, rationale } = tree;
  if (!chosen) return null;
  const action = tree.actions.get(chosen.actionId);
  const kind = action?.kind ?? null;
  const flips = flipsOf(rationale).slice(0, SHOWN);
  const grounds = (rationale?.for ?? []).slice(0, SHOWN);
  return (
    <div class="card tree-answer">
      <div class="tree-answer-choice">
        <h2 class="tree-kicker">{isWhatIf ? TREE.wouldBeChosen : kind === 'ask' ? TREE.asks : TREE.chosen}</h2>
        <p class="tree-choice">
          <Star />
          <Spelled text={short(labelOf(tree, chosen.actionId))} />
        </p>
        {rationale && (
          <p class="tree-sentence">
            <Spelled text={rationale.sentence} />
          </p>
        )}
        <p class="tree-answer-facts num">
          {kind && <Chip>{TREE.kind[kind]}</Chip>}
          <span>U {utility(chosen.U)}</span>
          <span class="muted">
            {chosen.margin !== null && rationale?.alternative != null
              ? TREE.ahead(chosen.margin, short(labelOf(tree, rationale.alternative)))
              : chosen.margin === null && TREE.noRival}
          </span>
        </p>
      </div>
      <div>
        <h2 class="tree-kicker">{TREE.restsOn}</h2>
        {grounds.length === 0 && <p class="muted">{TREE.restsOnNothing}</p>}
        <ul class="tree-rests">
          {grounds.map((ground) => (
            <Rest key={ground.assumptionId} ground={ground} />
          ))}
        </ul>
      </div>
      <div>
        <h2 class="tree-kicker">{TREE.changes}</h2>
        {flips.length === 0 && <p class="muted">{TREE.changesNothing}</p>}
        <ul class="tree-rests">
          {flips.map(({ assumptionId, text, side, p, actionId }) => (
            <li key={assumptionId}>
              <b class="num">{TREE.flip(side, p)}</b>
              <span>
                <Spelled text={text} />
                <span class="muted tree-to">
                  → <Spelled text={TREE.flipTo(short(labelOf(tree, actionId)))} />
                </span>
              </span>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Rest({ ground: { text, value, p, resolved } }: { readonly ground: Ground }) {
  return (
    <li>
      <b class="num">{resolved === null ? percent(p) : TREE.branch(resolved)}</b>
      <span>
        <Spelled text={text} />
        {!value && resolved === null && <span class="muted tree-to">is {TREE.branch(false)}</span>}
      </span>
    </li>
  );
}
