import type { PlannerMode, Tree } from '@assent/contract';
import { number, percent } from '../format';
import { Button } from '../parts/button';
import { Field } from '../parts/field';
import { Problem } from '../parts/problem';
import { Spelled } from '../parts/spelled';
import { spelled } from '../text/hidden';
import { probabilityOf } from './drawn.tree';
import { short } from './node-card';
import { TREE } from './texts';
import type { WhatIfState } from './use-what-if';
import {
  AS_IT_IS,
  SLIDER_MAX,
  SLIDER_MIN,
  SLIDER_STEP,
  differenceOf,
  flipsOf,
  isAsItIs,
  withAssumed,
  withWeight,
  type Flip,
} from './what-if';

const MODES: readonly PlannerMode[] = ['expected', 'aggregate', 'paper'];
const MAX_DEPTH = 6;
const LAMBDA = { max: 3, step: 0.05 };

/** Sliders for every probability and weight of a stored tree, and what they would change. */
export function WhatIfPanel({ real, state }: { readonly real: Tree; readonly state: WhatIfState }) {
  const { whatIf, change, tree, error } = state;
  const flips = flipsOf(real.rationale ?? null);
  const isChanged = !isAsItIs(whatIf);
  const lambda = whatIf.lambda ?? real.params.lambda;
  return (
    <section class="tree-panel tree-what-if" aria-labelledby="tree-what-if">
      <header class="tree-panel-head">
        <h2 id="tree-what-if">{TREE.whatIf}</h2>
        <Button small disabled={!isChanged} onClick={() => change(AS_IT_IS)}>
          {TREE.reset}
        </Button>
      </header>
      {isChanged ? (
        <div class="notice notice-warn tree-banner" role="status">
          <p>
            <b>{TREE.banner}</b>
          </p>
          {tree && <Words real={real} changed={tree} />}
        </div>
      ) : (
        <p class="muted tree-small">{TREE.whatIfHint}</p>
      )}
      {error !== undefined && isChanged && <Problem error={error} retry={() => change(whatIf)} />}
      <ul class="tree-sliders">
        {real.assumptions.map((assumption) => {
          const { id, text, resolved } = assumption;
          const now = probabilityOf(assumption);
          return (
            <li key={id}>
              <Slider
                text={text}
                labelOf={(actionId) =>
                  spelled(short(real.actions.find((action) => action.id === actionId)?.label ?? actionId))
                }
                now={now}
                value={whatIf.assume[id] ?? now}
                resolved={resolved}
                flip={flips.find((flip) => flip.assumptionId === id) ?? null}
                onChange={(p) => change(withAssumed(whatIf, id, p, now))}
              />
            </li>
          );
        })}
      </ul>
      <div class="tree-weights">
        <Field label={TREE.modeLabel} hint={TREE.modeHelp[whatIf.mode ?? real.mode]}>
          <select
            value={whatIf.mode ?? real.mode}
            onChange={(event) => change(withWeight(whatIf, 'mode', event.currentTarget.value as PlannerMode, real))}
          >
            {MODES.map((mode) => (
              <option key={mode} value={mode}>
                {TREE.mode[mode]}
              </option>
            ))}
          </select>
        </Field>
        <Field label={`${TREE.lambda}: ${number(lambda)}`}>
          <input
            type="range"
            min={0}
            max={Math.max(LAMBDA.max, real.params.lambda * 2)}
            step={LAMBDA.step}
            value={lambda}
            onInput={(event) => change(withWeight(whatIf, 'lambda', event.currentTarget.valueAsNumber, real))}
          />
        </Field>
        <Field label={`${TREE.depth}: ${number(whatIf.depth ?? real.params.depth)}`}>
          <input
            type="range"
            min={1}
            max={MAX_DEPTH}
            step={1}
            value={whatIf.depth ?? real.params.depth}
            onInput={(event) => change(withWeight(whatIf, 'depth', event.currentTarget.valueAsNumber, real))}
          />
        </Field>
      </div>
    </section>
  );
}

function Words({ real, changed }: { readonly real: Tree; readonly changed: Tree }) {
  const { isSameChoice, before, after, marginBefore, marginAfter } = differenceOf(real, changed);
  const labelOf = (id: string) => short(real.actions.find((action) => action.id === id)?.label ?? id);
  return (
    <p class="tree-difference">
      <Spelled text={isSameChoice ? TREE.same(labelOf(after)) : TREE.differs(labelOf(after), labelOf(before))} />{' '}
      <span class="num">{isSameChoice ? TREE.lead(marginBefore, marginAfter) : TREE.leadNew(marginAfter)}</span>
    </p>
  );
}

function Slider(props: {
  readonly text: string;
  readonly labelOf: (actionId: string) => string;
  readonly now: number;
  readonly value: number;
  readonly resolved: boolean | null;
  readonly flip: Flip | null;
  readonly onChange: (p: number) => void;
}) {
  const { text, labelOf, now, value, resolved, flip, onChange } = props;
  const isChanged = Math.abs(value - now) >= SLIDER_STEP / 2;
  return (
    <label class={isChanged ? 'tree-slider tree-slider-changed' : 'tree-slider'}>
      <span class="tree-slider-text">
        <Spelled text={short(text)} />
      </span>
      <span class="tree-slider-value num">
        {resolved === null ? <b>{percent(value)}</b> : TREE.resolved(resolved)}
        {isChanged && <span class="muted"> {TREE.now(now)}</span>}
      </span>
      {resolved === null && (
        <span class="tree-slider-track">
          <input
            type="range"
            min={SLIDER_MIN}
            max={SLIDER_MAX}
            step={SLIDER_STEP}
            value={value}
            aria-valuetext={percent(value)}
            onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
          />
          <Mark at={now} kind="now" title={TREE.now(now)} />
          {flip && <Mark at={flip.p} kind="flip" title={TREE.flipMark(flip.side, flip.p, labelOf(flip.actionId))} />}
        </span>
      )}
      {flip && (
        <span class="tree-slider-flip muted">
          <span class="tree-flip-sign" aria-hidden="true" />
          <span>{TREE.flipMark(flip.side, flip.p, labelOf(flip.actionId))}</span>
        </span>
      )}
    </label>
  );
}

function Mark({ at, kind, title }: { readonly at: number; readonly kind: 'now' | 'flip'; readonly title: string }) {
  const share = Math.min(1, Math.max(0, (at - SLIDER_MIN) / (SLIDER_MAX - SLIDER_MIN)));
  return (
    <span class={`tree-mark tree-mark-${kind}`} title={title} aria-hidden="true" style={{ '--at': String(share) }} />
  );
}
