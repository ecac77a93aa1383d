import type { GroundSource, Learned, Source } from '@assent/contract';
import { Button } from '../parts/button';
import { Chip } from '../parts/chip';
import { Id } from '../parts/id';
import { Spelled } from '../parts/spelled';
import { href } from '../addresses';
import { labelOf, textOf, type DrawnAssumption, type DrawnNode, type DrawnTree, type LeafNode } from './drawn.tree';
import { short } from './node-card';
import { TREE, whyTwoNumbers } from './texts';

/** Everything about the selected node. */
export function Selected(props: {
  readonly tree: DrawnTree;
  readonly node: DrawnNode;
  /** Reasoning by trace id, as far as it is known. */
  readonly traces: ReadonlyMap<string, string>;
  readonly onClose: () => void;
}) {
  const { tree, node, traces, onClose } = props;
  return (
    <section class="card tree-selected" aria-label={TREE.selected}>
      <header>
        <h2>
          <Spelled text={node.kind === 'leaf' ? labelOf(tree, node.actionId) : textOf(tree, node.assumptionId)} />
        </h2>
        <Button tone="quiet" small icon="cross" label={TREE.unselect} onClick={onClose} />
      </header>
      {node.kind === 'leaf' ? (
        <LeafFacts tree={tree} leaf={node} />
      ) : (
        <AssumptionFacts tree={tree} assumption={tree.assumptions.get(node.assumptionId)} traces={traces} />
      )}
      {node.kind === 'split' && node.group && (
        <p class="muted tree-small">
          {TREE.sameChoice}: <Spelled text={short(labelOf(tree, node.group.actionId))} />
        </p>
      )}
    </section>
  );
}

function LeafFacts({ tree, leaf }: { readonly tree: DrawnTree; readonly leaf: LeafNode }) {
  const action = tree.actions.get(leaf.actionId);
  const { L, G, C, U } = leaf.score;
  const ranked = tree.ranking?.find(({ actionId }) => actionId === leaf.actionId)?.U ?? null;
  return (
    <>
      <dl class="facts">
        <dt>{TREE.score}</dt>
        <dd class="num">
          {TREE.formula(L, G, tree.lambda, C, U)}
          <p class="muted tree-small">{TREE.formulaHelp}</p>
        </dd>
        {action?.tool !== undefined && (
          <>
            <dt>{TREE.tool}</dt>
            <dd>
              <code>
                <Spelled text={action.tool} />
              </code>{' '}
              {action.irreversible === true && <Chip tone="warn">{TREE.irreversible}</Chip>}
            </dd>
          </>
        )}
        {action?.question !== undefined && (
          <>
            <dt>{TREE.question}</dt>
            <dd>
              <Spelled text={action.question} />
            </dd>
          </>
        )}
        {action?.change && action.change.files.length > 0 && (
          <>
            <dt>{TREE.change1}</dt>
            <dd>
              {action.change.files.map(({ path, added, removed }) => (
                <div key={path}>
                  <code>
                    <Spelled text={path} />
                  </code>{' '}
                  <span class="num muted">
                    +{added} −{removed}
                  </span>
                </div>
              ))}
            </dd>
          </>
        )}
        {action?.learned && (
          <>
            <dt>{TREE.learned}</dt>
            <dd>
              <Learnings learned={action.learned} />
            </dd>
          </>
        )}
      </dl>
      {tree.chosen && (
        <p class="tree-why">
          <b>{TREE.why}</b> {whyTwoNumbers(tree.chosen.mode, false, leaf.score, ranked)}
        </p>
      )}
    </>
  );
}

function AssumptionFacts(props: {
  readonly tree: DrawnTree;
  readonly assumption: DrawnAssumption | undefined;
  readonly traces: ReadonlyMap<string, string>;
}) {
  const { tree, assumption, traces } = props;
  if (!assumption) return null;
  const {
    p,
    marginal,
    posterior,
    given = [],
    excludes = [],
    sources = [],
    evidence = [],
    learned,
    resolved,
    how,
  } = assumption;
  const probabilities = [
    TREE.stated(p),
    ...(marginal === undefined ? [] : [TREE.marginal(marginal)]),
    ...(posterior === undefined || posterior === marginal ? [] : [TREE.posterior(posterior)]),
  ];
  return (
    <dl class="facts">
      <dt>{TREE.probability}</dt>
      <dd class="num">{resolved === null ? probabilities.join(', ') : TREE.knownAs(resolved, how ?? 'observed')}</dd>
      {given.length > 0 && (
        <>
          <dt>{TREE.conditions}</dt>
          <dd>
            {given.map(({ when, p }, index) => (
              <div key={index} class="num">
                <Spelled
                  text={TREE.condition(
                    Object.entries(when)
                      .map(([id, value]) => `“${short(textOf(tree, id))}” is ${String(value)}`)
                      .join(' and '),
                    p,
                  )}
                />
              </div>
            ))}
          </dd>
        </>
      )}
      {excludes.length > 0 && (
        <>
          <dt>{TREE.excludes}</dt>
          <dd>
            {excludes.map((id) => (
              <div key={id}>
                <Spelled text={short(textOf(tree, id))} />
              </div>
            ))}
          </dd>
        </>
      )}
      {sources.length > 0 && (
        <>
          <dt>{TREE.source}</dt>
          <dd>
            {sources.map((source, index) => (
              <div key={index}>
                {sourceName(source)}
                <Quote source={source} traces={traces} />
              </div>
            ))}
          </dd>
        </>
      )}
      {evidence.length > 0 && (
        <>
          <dt>{TREE.evidence}</dt>
          <dd>
            {evidence.map((line, index) => (
              <div key={index}>
                <Spelled text={line} />
              </div>
            ))}
          </dd>
        </>
      )}
      {learned && (
        <>
          <dt>{TREE.learned}</dt>
          <dd>
            <Learnings learned={learned} />
          </dd>
        </>
      )}
    </dl>
  );
}

/** What earlier runs say, with a link to each. */
export function Learnings({ learned: { p, n, interval, stated, runs } }: { readonly learned: Learned }) {
  return (
    <span class="tree-learned num">
      {TREE.learnedText(p, n, interval[0], interval[1], stated)}
      {runs.length > 0 && (
        <span>
          {TREE.learnedFrom}{' '}
          {runs.map((id) => (
            <Id key={id} of={id} href={href('run', { id })} />
          ))}
        </span>
      )}
    </span>
  );
}

export function sourceName(source: Source | GroundSource): string {
  return typeof source === 'string' ? TREE.sources[source] : TREE.trace(source.traceId, source.span[0], source.span[1]);
}

/** Characters around a place in the reasoning. */
const CONTEXT = 60;

/** The place in the reasoning, with a little of what is around it. */
function Quote(props: { readonly source: Source; readonly traces: ReadonlyMap<string, string> }) {
  const { source, traces } = props;
  const trace = typeof source === 'string' ? undefined : traces.get(source.traceId);
  if (typeof source === 'string' || trace === undefined) return null;
  const [from, to] = source.span;
  return (
    <blockquote class="tree-quote">
      {from > CONTEXT && '…'}
      <Spelled text={trace.slice(Math.max(0, from - CONTEXT), from)} />
      <mark>
        <Spelled text={trace.slice(from, to)} />
      </mark>
      <Spelled text={trace.slice(to, to + CONTEXT)} />
      {to + CONTEXT < trace.length && '…'}
    </blockquote>
  );
}
