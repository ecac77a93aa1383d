import type { Approval, Ground, Rationale as Reasons, Tree } from '@assent/client';
import { useState } from 'preact/hooks';
import { number, percent, utility } from '../../format';
import { Spelled } from '../../parts/spelled';
import { href } from '../../addresses';
import { can } from '../../session/session';
import { TEXTS } from './texts';
import { NARROW, useMedia } from './use.media';

/** Assumptions of each side that are shown at first. */
const SHOWN = 2;
const SHOWN_NARROW = 0;
const { why: texts } = TEXTS;

/** Why the run chose this: a sentence, what speaks for and against it, and the figures of the choice. */
export function Rationale(props: {
  readonly approval: Approval;
  readonly step: number | null;
  readonly tree: Tree | undefined;
}) {
  const { approval, step, tree } = props;
  const reasons = approval.rationale ?? null;
  const [isAll, setAll] = useState(false);
  const isNarrow = useMedia(NARROW);
  if (!reasons) return <p class="muted">{texts.none}</p>;
  const limit = isNarrow ? SHOWN_NARROW : SHOWN;
  const hidden = Math.max(0, reasons.for.length - limit) + Math.max(0, reasons.against.length - limit);
  const labelOf = (actionId: string) => tree?.actions.find(({ id }) => id === actionId)?.label ?? actionId;
  const side = (grounds: readonly Ground[]) => (isAll ? grounds : grounds.slice(0, limit));
  return (
    <div class="review-why">
      <p class="review-sentence">
        <Spelled text={reasons.sentence} />
      </p>
      <Grounds title={texts.for} grounds={side(reasons.for)} labelOf={labelOf} />
      <Grounds title={texts.against} grounds={side(reasons.against)} labelOf={labelOf} />
      {hidden > 0 && (
        <button type="button" class="link review-more" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? texts.less : texts.more(hidden, limit === 0)}
        </button>
      )}
      <Figures reasons={reasons} tree={tree} runId={approval.runId} step={step} labelOf={labelOf} />
    </div>
  );
}

function Grounds(props: {
  readonly title: string;
  readonly grounds: readonly Ground[];
  readonly labelOf: (actionId: string) => string;
}) {
  const { title, grounds, labelOf } = props;
  if (grounds.length === 0) return null;
  return (
    <div class="review-side">
      <span class="review-side-title">{title}</span>
      <ul>
        {grounds.map((ground) => (
          <li key={`${ground.assumptionId}-${String(ground.value)}`} class="review-ground">
            <span class="review-p num">{percent(ground.p)}</span>
            <span class="review-ground-text">
              {!ground.value && <em>{texts.ifFalse}: </em>}
              <Spelled text={ground.text} />
              <small class="review-ground-facts">
                {[...factsOf(ground), flipOf(ground, labelOf)]
                  .filter((fact) => fact !== null)
                  .map((fact) => [' ', <Spelled key={fact} text={fact} />])}
              </small>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function factsOf({ decisive, resolved, sources, learned }: Ground): readonly string[] {
  const named = sources.map((source) =>
    typeof source === 'string' ? (texts.sources[source] ?? source) : texts.trace(source.traceId),
  );
  return [
    ...(decisive ? [texts.decisive] : []),
    ...(resolved === null ? [] : [texts.known(resolved)]),
    ...new Set(named),
    ...(learned
      ? [
          texts.learned(
            number(Math.round(learned.n)),
            percent(learned.interval[0]),
            percent(learned.interval[1]),
            percent(learned.stated),
          ),
        ]
      : []),
  ];
}

function flipOf({ p, value, flipsAt }: Ground, labelOf: (actionId: string) => string): string | null {
  if (!flipsAt) return null;
  // `p` is that of the value, and the choice flips at a probability of being true.
  const isAbove = flipsAt.p > (value ? p : 1 - p);
  return texts.flips(isAbove, percent(flipsAt.p), labelOf(flipsAt.actionId));
}

function Figures(props: {
  readonly reasons: Reasons;
  readonly tree: Tree | undefined;
  readonly runId: string | null;
  readonly step: number | null;
  readonly labelOf: (actionId: string) => string;
}) {
  const { reasons, tree, runId, step, labelOf } = props;
  if (!can('run:read')) return <p class="review-figures muted">{texts.needsRead}</p>;
  if (!tree) return null;
  const { U, margin, mode } = tree.chosen;
  const runnerUp = tree.rankings[mode].find(({ actionId }) => actionId === reasons.alternative);
  return (
    <dl class="review-figures num">
      <div>
        <dt>{texts.utility}</dt>
        <dd>{utility(U)}</dd>
      </div>
      {margin !== null && (
        <div>
          <dt>{texts.margin}</dt>
          <dd>{utility(margin)}</dd>
        </div>
      )}
      <div>
        <dt>{texts.runnerUp}</dt>
        <dd>
          {reasons.alternative === null ? (
            texts.onlyAction
          ) : (
            <>
              <Spelled text={labelOf(reasons.alternative)} />
              {runnerUp && ` ${utility(runnerUp.U)}`}
            </>
          )}
        </dd>
      </div>
      {runId !== null && (
        <div>
          <dd>
            <a href={href('run', { id: runId }, { view: 'tree', ...(step === null ? {} : { step: String(step) }) })}>
              {texts.tree}
            </a>
          </dd>
        </div>
      )}
    </dl>
  );
}
