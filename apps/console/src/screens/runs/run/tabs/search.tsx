import { useState } from 'preact/hooks';
import type { RunView } from '@assent/client';
import { number } from '../../../../format';
import { Chip } from '../../../../parts/chip';
import { Empty } from '../../../../parts/empty';
import { Spelled } from '../../../../parts/spelled';
import { can } from '../../../../session/session';
import type { LogFrame } from '../frame.log';
import { part } from '../part';
import { pathTo, searchTreeOf, type SearchNode } from '../search.nodes';
import { RUN } from '../texts';

const TEXTS = RUN.search;
const SearchTree = part(() => import('../../../../tree/search-tree'));

/**
 * The plans that a search has written in this step. At an earlier moment, and without the scope for the stored search, they
 * are those of the frames.
 */
export default function SearchTab(props: {
  readonly view: RunView;
  readonly frames: readonly LogFrame[];
  readonly isScrubbed: boolean;
}) {
  const { view, frames, isScrubbed } = props;
  const { search } = view;
  if (!search) return <Empty icon="search" title={TEXTS.empty} text={TEXTS.emptyText} />;
  const { plans, comparisons, end, reason, bestId, used, budget } = search;
  const roots = searchTreeOf(frames, search.searchId);
  const best = pathTo(roots, bestId);
  return (
    <div class="run-search">
      <dl class="facts run-facts-row">
        <dt>{TEXTS.state}</dt>
        <dd>
          {end === null ? TEXTS.open : TEXTS.ends[end]}
          {reason !== null && (
            <>
              : <Spelled text={reason} />
            </>
          )}
        </dd>
        <dt>{TEXTS.plans}</dt>
        <dd class="num">{TEXTS.of(number(used?.nodes ?? plans), number(budget.nodes))}</dd>
        <dt>{TEXTS.comparisons}</dt>
        <dd class="num">{TEXTS.of(number(used?.calls ?? comparisons), number(budget.calls))}</dd>
      </dl>
      {!isScrubbed && can('memory:read') ? (
        <SearchTree searchId={search.searchId} revision={plans + comparisons} />
      ) : (
        <ul class="run-plans">
          {roots.map((node) => (
            <Plan key={node.nodeId} of={node} bestId={bestId} open={best} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Plan(props: { readonly of: SearchNode; readonly bestId: string | null; readonly open: ReadonlySet<string> }) {
  const { of, bestId, open } = props;
  const isBest = of.nodeId === bestId;
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const isShown = isOpen ?? (open.has(of.nodeId) || of.depth === 0);
  const below = countBelow(of);
  return (
    <li>
      <div class={isBest ? 'run-plan-row run-plan-best' : 'run-plan-row'}>
        <strong>{TEXTS.plan(of.number)}</strong>
        {isBest && (
          <Chip tone="good" icon="check">
            {TEXTS.best}
          </Chip>
        )}
        <span class="muted num">
          {TEXTS.value} {of.value === null ? '–' : number(of.value)} · {TEXTS.visits} {of.visits} ·{' '}
          {TEXTS.verified[of.verified as keyof typeof TEXTS.verified]}
        </span>
        <p class="run-prose">
          <Spelled text={of.summary} />
        </p>
        {of.comparisons.length > 0 && (
          <details class="run-details">
            <summary>{TEXTS.critiques(of.comparisons.length)}</summary>
            <ul class="run-critiques">
              {of.comparisons.map(({ score, scoreAgainst, critique }, index) => (
                <li key={index}>
                  <span class="num muted">{TEXTS.against(scoreText(score), scoreText(scoreAgainst))}</span>{' '}
                  <Spelled text={critique} />
                </li>
              ))}
            </ul>
          </details>
        )}
        {below > 0 && (
          <button type="button" class="link" aria-expanded={isShown} onClick={() => setOpen(!isShown)}>
            {TEXTS.below(below)}
          </button>
        )}
      </div>
      {isShown && of.children.length > 0 && (
        <ul class="run-plans">
          {of.children.map((node) => (
            <Plan key={node.nodeId} of={node} bestId={bestId} open={open} />
          ))}
        </ul>
      )}
    </li>
  );
}

function scoreText(score: number | null): string {
  return score === null ? TEXTS.noScore : number(score);
}

function countBelow({ children }: SearchNode): number {
  return children.reduce((sum, child) => sum + 1 + countBelow(child), 0);
}
