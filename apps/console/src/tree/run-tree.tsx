import type { FrameBody, Tree } from '@assent/contract';
import type { RunView } from '@assent/client';
import { useMemo } from 'preact/hooks';
import { Chip } from '../parts/chip';
import { Empty } from '../parts/empty';
import { useLoad } from '../parts/load';
import { Problem } from '../parts/problem';
import { Spelled } from '../parts/spelled';
import { labelOf, type DrawnAssumption, type DrawnTree } from './drawn.tree';
import { drawnFrom } from './frames.tree';
import { drawnOf } from './stored.tree';
import { TREE } from './texts';
import { Disagreement } from './disagreement';
import { TreeView } from './tree-view';
import { useWhatIf } from './use-what-if';
import { differenceOf } from './what-if';
import { WhatIfPanel } from './what-if-panel';
import './tree.css';

/** The tree of a run's current step: from frames while they come, from the stored tree once it was chosen from. */
export default function RunTree(props: {
  readonly view: RunView;
  readonly runId: string;
  readonly isScrubbed: boolean;
}) {
  const { view, runId, isScrubbed } = props;
  const { step, tree: built, chosen } = view;
  const isStored = built !== null && chosen !== null;
  const loaded = useLoad(isStored ? `tree ${runId} ${step} ${built.treeId}` : `no tree ${runId}`, (client, signal) =>
    isStored ? client.call('tree/get', { runId, step }, { signal }) : Promise.resolve(null),
  );
  const stored = loaded.value?.id === built?.treeId ? (loaded.value ?? null) : null;
  const state = useWhatIf(stored && !isScrubbed ? { runId, step } : null);
  const drawn = useMemo(() => {
    const shown = state.tree ?? stored;
    return shown && chosen ? drawnOf(shown) : drawnFrom(view);
  }, [state.tree, stored, view.tree, view.paths, chosen, view.assumptions]);
  const traces = useMemo(() => tracesOf(view, stored), [view.trace, stored]);
  if (!drawn || !built) return <NoTree view={view} />;
  return (
    <TreeView
      tree={drawn}
      goal={view.goal ?? ''}
      traces={traces}
      difference={stored && state.tree ? differenceOf(stored, state.tree) : null}
      notices={
        <>
          {loaded.error !== undefined && <Problem error={loaded.error} retry={loaded.reload} />}
          <Notices built={built} drawn={drawn} view={view} />
        </>
      }
      beside={
        isScrubbed ? (
          <p class="muted tree-panel">{TREE.whatIfScrubbed}</p>
        ) : (
          stored && <WhatIfPanel real={stored} state={state} />
        )
      }
    />
  );
}

function NoTree({ view }: { readonly view: RunView }) {
  const isOver = ['completed', 'failed', 'cancelled'].includes(view.state);
  const hasWorked = isOver || view.calls.some(({ step }) => step === view.step);
  return (
    <Empty
      icon="run"
      title={hasWorked ? TREE.noTreeTitle : TREE.emptyTitle}
      text={hasWorked ? TREE.noTreeText : TREE.emptyText}
    />
  );
}

function Notices(props: {
  readonly built: FrameBody<'tree.built'>;
  readonly drawn: DrawnTree;
  readonly view: RunView;
}) {
  const { built, drawn, view } = props;
  const { rescored } = view;
  const known = [...factsOf(drawn, view)];
  return (
    <>
      {rescored && (
        <p class="notice notice-warn" role="status">
          <Spelled text={TREE.rescored(labelOf(drawn, rescored.before), labelOf(drawn, rescored.after))} />
        </p>
      )}
      {known.length > 0 && (
        <div class="tree-known">
          <h2 class="tree-kicker">{TREE.known}</h2>
          <ul>
            {known.map(({ id, text, truth, how }) => (
              <li key={id}>
                <Chip tone={truth ? 'good' : 'neutral'} icon={truth ? 'check' : 'cross'}>
                  {TREE.knownAs(truth, how)}
                </Chip>{' '}
                <Spelled text={text} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <Disagreement tree={drawn} />
      {built.degraded && <p class="notice">{TREE.degraded}</p>}
      {built.warnings.length > 0 && (
        <details class="notice notice-warn tree-warnings">
          <summary>
            {TREE.warnings} <span class="count">{built.warnings.length}</span>
          </summary>
          <ul>
            {built.warnings.map((warning, index) => (
              <li key={index}>
                <Spelled text={warning} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

interface Fact {
  readonly id: string;
  readonly text: string;
  readonly truth: boolean;
  readonly how: 'observed' | 'set';
}

/** Facts of the tree, and those that came after it. */
function factsOf({ assumptions }: DrawnTree, view: RunView): Fact[] {
  const facts = new Map<string, Fact>();
  const add = ({ id, text, resolved, how }: DrawnAssumption) => {
    if (resolved !== null) facts.set(id, { id, text, truth: resolved, how: how ?? 'observed' });
  };
  assumptions.forEach(add);
  for (const { assumptionId, text, resolved } of view.assumptions) {
    const id = assumptionId;
    if (resolved) add({ id, text: text ?? id, p: 0.5, resolved: resolved.truth, how: resolved.how ?? 'observed' });
  }
  return [...facts.values()];
}

/** The caller's reasoning, where it is one text and whole: then the places in it are those of the tree. */
function tracesOf({ trace }: RunView, stored: Tree | null): ReadonlyMap<string, string> {
  const ids = new Set(
    stored?.assumptions.flatMap(({ sources }) =>
      sources.flatMap((source) => (typeof source === 'string' ? [] : [source.traceId])),
    ),
  );
  const chunks = trace.chunks.filter(({ channel, isVoid }) => channel === 'caller' && !isVoid);
  if (ids.size !== 1 || !ids.has('t1') || trace.omittedChars > 0 || chunks.length === 0) return new Map();
  return new Map([['t1', chunks.map(({ text }) => text).join('')]]);
}
