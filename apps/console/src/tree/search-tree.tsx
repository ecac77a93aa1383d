import type { MethodResult } from '@assent/contract';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { number } from '../format';
import { Button } from '../parts/button';
import { Chip } from '../parts/chip';
import { Empty } from '../parts/empty';
import { useKeys } from '../parts/keys';
import { Load, useLoad } from '../parts/load';
import { Spelled } from '../parts/spelled';
import { location, setQuery } from '../router';
import { Canvas } from './canvas';
import { OutlineView } from './outline-view';
import { answersOf, bestOf, closedBeside, lineOf, type AnswerItem } from './search.nodes';
import { Star } from './star';
import { TREE } from './texts';
import { toggled, useWalk } from './use-tree';
import { useNarrow } from './use-narrow';
import './tree.css';

type Search = MethodResult<'search/get'>;

/** The answers of a search as a tree. @param revision changes when there may be more of it */
export default function SearchTree({
  searchId,
  revision = 0,
}: {
  readonly searchId: string;
  readonly revision?: number;
}) {
  const loaded = useLoad(`search ${searchId} ${revision}`, (client, signal) =>
    client.call('search/get', { searchId }, { signal }),
  );
  const [last, setLast] = useState<Search | null>(null);
  if (loaded.value && loaded.value !== last) setLast(loaded.value);
  // While a newer one is loaded the former stays.
  const shown = loaded.value ?? (last?.search.searchId === searchId ? last : undefined);
  return <Load of={{ ...loaded, value: shown }}>{(search) => <Answers search={search} />}</Load>;
}

function Answers({ search: { search, nodes, comparisons } }: { readonly search: Search }) {
  const root = useMemo(() => answersOf(nodes), [nodes]);
  const best = useMemo(() => bestOf(nodes), [nodes]);
  const line = useMemo(() => lineOf(root, best?.nodeId ?? null), [root, best]);
  const order = useMemo(() => new Map(nodes.map(({ nodeId }, index) => [nodeId, index + 1])), [nodes]);
  const [closed, setClosed] = useState<ReadonlySet<string> | null>(null);
  const isNarrow = useNarrow();
  const isOutline = isNarrow || location.value.query.get('as') === 'outline';
  useKeys({ o: () => setQuery({ as: isOutline ? null : 'outline' }) }, TREE.help);
  const select = useCallback((id: string) => setQuery({ answer: id }), []);
  const nameOf = useCallback(
    ({ answer, below }: AnswerItem): string =>
      answer === null
        ? TREE.search.question
        : [
            TREE.search.answer(order.get(answer.nodeId) ?? 0),
            TREE.search.value(answer.Q),
            TREE.search.verified[answer.verified],
            answer.nodeId === best?.nodeId ? TREE.search.best : '',
            below > 0 ? TREE.search.below(below) : '',
          ]
            .filter((part) => part !== '')
            .join(', '),
    [order, best],
  );
  const shut = closed ?? closedBeside(root, line);
  const walk = useWalk<AnswerItem>(root, shut, setClosed, select, nameOf);
  if (nodes.length === 0) return <Empty title={TREE.search.emptyTitle} text={TREE.search.emptyText} icon="search" />;
  const selected = location.value.query.get('answer');
  const shared = {
    walk,
    label: TREE.search.label,
    nameOf,
    classOf: (item: AnswerItem) =>
      `${item.answer === null ? 'tree-split' : 'tree-leaf'}${line.has(item.id) ? ' tree-on-path' : ''}${
        item.id === best?.nodeId ? ' tree-chosen' : ''
      }`,
    selected,
    onSelect: select,
    onToggle: (id: string) => setClosed(toggled(shut, [id], shut.has(id))),
  };
  const card = (item: AnswerItem) => (
    <AnswerCard
      item={item}
      query={search.query}
      index={order.get(item.id) ?? 0}
      isBest={item.id === best?.nodeId}
      isClosed={shut.has(item.id)}
    />
  );
  return (
    <div class="tree">
      <section class="tree-main">
        <header class="tree-panel-head">
          <p class="muted num">{TREE.search.count(nodes.length, comparisons.length)}</p>
          <div class="toolbar tree-tools">
            <Button small onClick={() => setClosed(new Set())}>
              {TREE.search.openAll}
            </Button>
            <Button small onClick={() => setClosed(null)}>
              {TREE.search.onlyBest}
            </Button>
            {!isNarrow && (
              <div class="tree-switch" role="group" aria-label={TREE.search.label}>
                <Button small pressed={!isOutline} onClick={() => setQuery({ as: null })}>
                  {TREE.drawing}
                </Button>
                <Button small pressed={isOutline} hotkey="o" onClick={() => setQuery({ as: 'outline' })}>
                  {TREE.outline}
                </Button>
              </div>
            )}
          </div>
        </header>
        {isOutline ? (
          <OutlineView {...shared}>{card}</OutlineView>
        ) : (
          <Canvas
            {...shared}
            root={root}
            dense
            reveal={best?.nodeId ?? null}
            isRevealed={({ id }) => id === best?.nodeId}
            edge={({ id, answer }) => ({
              width: 1.5 + 5 * (answer?.Q ?? 0),
              isDashed: false,
              isOnPath: line.has(id),
              label: '',
            })}
            toggleLabel={(item, isOpen) => (isOpen ? TREE.close(nameOf(item)) : TREE.open(nameOf(item)))}
          >
            {card}
          </Canvas>
        )}
      </section>
      {selected !== null && order.has(selected) ? (
        <AnswerText searchId={search.searchId} nodeId={selected} order={order} />
      ) : (
        <p class="muted">{TREE.search.select}</p>
      )}
    </div>
  );
}

function AnswerCard(props: {
  readonly item: AnswerItem;
  readonly query: string;
  readonly index: number;
  readonly isBest: boolean;
  readonly isClosed: boolean;
}) {
  const { item, query, index, isBest, isClosed } = props;
  const { answer, below } = item;
  if (answer === null) {
    return (
      <span class="tree-text tree-row-text">
        <Spelled text={query.slice(0, 160)} />
      </span>
    );
  }
  return (
    <>
      <span class="tree-text tree-action tree-row-text">
        {isBest && <Star />}
        {TREE.search.answer(index)}
        {answer.verified !== 'unknown' && ` · ${TREE.search.verified[answer.verified]}`}
      </span>
      <span class="tree-foot tree-row-facts num">
        <b>{answer.Q === null ? '–' : number(answer.Q)}</b>
        <span>
          {isClosed ? TREE.search.below(below) : answer.duplicates > 0 ? TREE.search.duplicates(answer.duplicates) : ''}
        </span>
      </span>
    </>
  );
}

function AnswerText(props: {
  readonly searchId: string;
  readonly nodeId: string;
  readonly order: ReadonlyMap<string, number>;
}) {
  const { searchId, nodeId, order } = props;
  const loaded = useLoad(`answer ${searchId} ${nodeId}`, (client, signal) =>
    client.call('search/get', { searchId, nodeId }, { signal }),
  );
  return (
    <section class="card tree-selected" aria-label={TREE.search.text}>
      <Load of={loaded}>
        {({ node, judgements }) => (
          <>
            <header>
              <h2>{TREE.search.answer(order.get(nodeId) ?? 0)}</h2>
              {node && node.verified !== 'unknown' && (
                <Chip tone={node.verified === 'pass' ? 'good' : 'bad'}>{TREE.search.verified[node.verified]}</Chip>
              )}
            </header>
            <pre class="tree-answer-text" tabIndex={0}>
              <Spelled text={node?.answer ?? ''} />
            </pre>
            <h3>
              {TREE.search.judgements} <span class="count">{judgements.length}</span>
            </h3>
            <ul class="tree-judgements">
              {judgements.map((judgement) => {
                const isFirst = judgement.a === nodeId;
                const { scoreA, scoreB, critique } = judgement;
                return (
                  <li key={judgement.comparisonId}>
                    <b class="num">{TREE.search.scores(isFirst ? scoreA : scoreB, isFirst ? scoreB : scoreA)}</b>{' '}
                    {TREE.search.against(order.get(isFirst ? judgement.b : judgement.a) ?? 0)}
                    <p class="muted">
                      <Spelled text={critique} />
                    </p>
                  </li>
                );
              })}
            </ul>
          </>
        )}
      </Load>
    </section>
  );
}
