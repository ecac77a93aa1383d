import './runs.css';
import { useEffect, useState } from 'preact/hooks';
import type { MethodResult, Run, RunState } from '@assent/contract';
import { number } from '../../format';
import { inbox } from '../../live/inbox';
import { Button } from '../../parts/button';
import { Empty } from '../../parts/empty';
import { useKeys } from '../../parts/keys';
import { Load, useLoad } from '../../parts/load';
import { Page } from '../../parts/page';
import { Problem } from '../../parts/problem';
import { Raw } from '../../parts/raw';
import { Rows } from '../../parts/rows';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { location, navigate, setQuery } from '../../router';
import { href } from '../../addresses';
import { can, useSeat } from '../../session/session';
import {
  FILTER_NAMES,
  OUTCOMES,
  STATES,
  WAITS,
  countFilterOf,
  filterOf,
  hasFilter,
  type FilterName,
  type RunFilter,
} from './run.filters';
import { NO_NEWS, liveRows, newRuns, withHint, type RunNews } from './live.rows';
import { StateChip } from './state.chip';
import { RUNS } from './texts';

const PAGE = 100;
const ROW_PX = 58;
const TYPING_MS = 250;
/** Several changes at once are followed by one count. */
const COUNT_MS = 500;

interface RunPage {
  readonly items: readonly Run[];
  readonly cursor: string | null;
}
type MoreFilter = Exclude<FilterName, 'state' | 'q'>;
type Counts = MethodResult<'run/count'>;

export default function RunsScreen() {
  if (!can('run:read')) {
    return (
      <Page title={RUNS.title}>
        <Empty icon="run" title={RUNS.scope.title} text={RUNS.scope.text('run:read')} />
      </Page>
    );
  }
  return <List />;
}

function List() {
  const { query } = location.value;
  const filter = filterOf(query);
  const key = JSON.stringify(filter);
  const list = useLoad<RunPage>(`runs ${key}`, (client, signal) =>
    client.call('run/list', { ...filter, limit: PAGE }, { signal }),
  );
  const counts = useLoad<Counts>(`runs count ${JSON.stringify(countFilterOf(filter))}`, (client, signal) =>
    client.call('run/count', countFilterOf(filter), { signal }),
  );
  const reload = (): void => {
    forgetNews();
    list.reload();
    counts.reload();
  };
  const [news, forgetNews] = useNews(key, reload, counts.reload);
  return (
    <Page
      title={RUNS.title}
      lead={RUNS.lead}
      actions={
        <>
          <Raw curl={{ method: 'GET', path: pathOf(filter) }} json={list.value} />
          <Button
            tone="primary"
            icon="play"
            href={href('try')}
            missingScope={can('run:write') ? undefined : 'run:write'}
          >
            {RUNS.start}
          </Button>
        </>
      }
    >
      <States query={query} selected={filter.state ?? null} counts={counts.value} />
      <Filters query={query} filter={filter} />
      <Load of={list}>
        {(first) => (
          <Table
            key={key}
            first={first}
            filter={filter}
            news={news}
            total={totalOf(filter, counts.value)}
            onReload={reload}
          />
        )}
      </Load>
    </Page>
  );
}

function States(props: {
  readonly query: URLSearchParams;
  readonly selected: RunState | null;
  readonly counts: Counts | undefined;
}) {
  const { query, selected, counts } = props;
  return (
    <nav class="runs-states" aria-label={RUNS.columns.state}>
      {[null, ...STATES].map((state) => {
        const count = state === null ? counts?.total : counts?.states[state];
        return (
          <a
            key={state ?? ''}
            class="runs-state"
            href={withState(query, state)}
            aria-current={state === selected ? 'page' : undefined}
          >
            <span>{state === null ? RUNS.all : RUNS.states[state]}</span>
            <span class="runs-state-count num">{count === undefined ? '–' : number(count)}</span>
          </a>
        );
      })}
    </nav>
  );
}

function Filters({ query, filter }: { readonly query: URLSearchParams; readonly filter: RunFilter }) {
  const [q, setQ] = useState(query.get('q') ?? '');
  const inAddress = query.get('q') ?? '';
  useEffect(() => setQ(inAddress), [inAddress]);
  useEffect(() => {
    if (q === inAddress) return undefined;
    const timer = setTimeout(() => setQuery({ q: q === '' ? null : q }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [q]);
  const isNarrowed = FILTER_NAMES.some((name) => name !== 'state' && name !== 'q' && filter[name] !== undefined);
  const change = (name: MoreFilter) => (event: { readonly currentTarget: { readonly value: string } }) =>
    setQuery({ [name]: event.currentTarget.value || null });
  const text = (name: MoreFilter) => (
    <label class="runs-filter">
      <span>{RUNS.filters[name]}</span>
      <input value={query.get(name) ?? ''} maxLength={128} onChange={change(name)} />
    </label>
  );
  const day = (name: MoreFilter) => (
    <label class="runs-filter">
      <span>{RUNS.filters[name]}</span>
      <input type="date" value={query.get(name) ?? ''} onChange={change(name)} />
    </label>
  );
  const select = (name: MoreFilter, options: readonly (readonly [string, string])[]) => (
    <label class="runs-filter">
      <span>{RUNS.filters[name]}</span>
      <select value={query.get(name) ?? ''} onChange={change(name)}>
        <option value="">{RUNS.filters.any}</option>
        {options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="runs-filters">
      <input
        type="search"
        data-search
        value={q}
        maxLength={200}
        aria-label={RUNS.search}
        placeholder={RUNS.search}
        onInput={(event) => setQ(event.currentTarget.value)}
      />
      <details class="runs-more" open={isNarrowed}>
        <summary class="button button-small">{RUNS.filters.more}</summary>
        <div class="runs-more-box">
          {select(
            'waitingFor',
            WAITS.map((name) => [name, RUNS.waits[name]]),
          )}
          {select(
            'outcome',
            OUTCOMES.map((name) => [name, RUNS.outcomes[name]]),
          )}
          {text('requester')}
          {text('workspace')}
          {day('from')}
          {day('to')}
        </div>
      </details>
      {hasFilter(filter) && (
        <Button tone="quiet" small onClick={clearFilters}>
          {RUNS.filters.clear}
        </Button>
      )}
    </div>
  );
}

function Table(props: {
  readonly first: RunPage;
  readonly filter: RunFilter;
  readonly news: RunNews;
  readonly total: number | null;
  readonly onReload: () => void;
}) {
  const { first, filter, news, total, onReload } = props;
  const { client } = useSeat();
  const [selected, setSelected] = useState(-1);
  // Pages after the first; a reload of the first one starts them anew.
  const [more, setMore] = useState<{ readonly of: RunPage; readonly pages: readonly RunPage[] }>({
    of: first,
    pages: [],
  });
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const pages = more.of === first ? more.pages : [];
  const { cursor } = pages.at(-1) ?? first;
  const items = liveRows(
    [first, ...pages].flatMap((page) => page.items),
    news,
  );
  const added = newRuns(items, news);
  const loadMore = async (): Promise<void> => {
    if (cursor === null) return;
    setBusy(true);
    setError(undefined);
    try {
      const page = await client.call('run/list', { ...filter, cursor, limit: PAGE });
      setMore({ of: first, pages: [...pages, page] });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const move = (by: number): void => setSelected(Math.min(items.length - 1, Math.max(0, selected + by)));
  useKeys(
    {
      j: () => move(1),
      k: () => move(-1),
      Enter: () => {
        const run = items[selected];
        if (run) navigate(href('run', { id: run.runId }));
      },
      '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
    },
    { title: RUNS.title, keys: RUNS.keys },
  );
  const notice = added > 0 && (
    <p class="notice" role="status">
      {RUNS.added(added)}{' '}
      <button type="button" class="link" onClick={onReload}>
        {RUNS.refresh}
      </button>
    </p>
  );
  if (items.length === 0) {
    return (
      <>
        {notice}
        <NoRuns isFiltered={hasFilter(filter)} />
      </>
    );
  }
  return (
    <>
      {notice}
      <div class="runs-list">
        <div class="runs-row runs-columns" aria-hidden="true">
          <span>{RUNS.columns.goal}</span>
          <span>{RUNS.columns.state}</span>
          <span>{RUNS.columns.requester}</span>
          <span>{RUNS.columns.changed}</span>
          <span />
        </div>
        <Rows
          of={items}
          rowHeight={ROW_PX}
          label={RUNS.list}
          keyOf={({ runId }) => runId}
          selected={items[selected]?.runId ?? null}
          row={(run, index) => <RunRow of={run} isSelected={index === selected} />}
        />
      </div>
      {error !== undefined && <Problem error={error} retry={() => void loadMore()} />}
      <p class="runs-foot muted num">
        {total === null ? RUNS.shownOnly(number(items.length)) : RUNS.shown(number(items.length), number(total))}
        {cursor !== null && (
          <Button small busy={isBusy} onClick={() => void loadMore()}>
            {RUNS.more}
          </Button>
        )}
      </p>
    </>
  );
}

function RunRow({ of, isSelected }: { readonly of: Run; readonly isSelected: boolean }) {
  const { runId, goal, state, waitingFor, step, workspace, requester, outcome, retrying, updatedAt } = of;
  const words = state === 'waiting' && waitingFor !== null ? RUNS.waitsFor(RUNS.waits[waitingFor]) : RUNS.states[state];
  return (
    <div class="runs-row" aria-current={isSelected ? 'true' : undefined}>
      <a class="runs-goal" href={href('run', { id: runId })}>
        <span class="runs-goal-text">
          {goal === '' ? <em class="muted">{RUNS.forgotten}</em> : <Spelled text={goal} />}
        </span>
        <span class="runs-sub muted">
          <Spelled text={workspace} /> · {RUNS.step(step)}
          {retrying && ` · ${RUNS.retrying(retrying.attempts)}`}
          {outcome !== null && ` · ${RUNS.outcomes[outcome]}`}
        </span>
      </a>
      <span class="runs-cell-state">
        <StateChip state={state} text={words} />
      </span>
      <span class="runs-requester">
        <Spelled text={requester} />
      </span>
      <span class="runs-time">
        <Time of={updatedAt} />
      </span>
      <span class="runs-again">
        <Button tone="quiet" small href={href('try', {}, { from: runId })}>
          {RUNS.again}
        </Button>
      </span>
    </div>
  );
}

function NoRuns({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty
        icon="search"
        title={RUNS.noMatch.title}
        text={RUNS.noMatch.text}
        action={<Button onClick={clearFilters}>{RUNS.filters.clear}</Button>}
      />
    );
  }
  return (
    <Empty
      icon="run"
      title={RUNS.empty.title}
      text={RUNS.empty.text}
      action={
        <Button tone="primary" href={href('try')} missingScope={can('run:write') ? undefined : 'run:write'}>
          {RUNS.empty.action}
        </Button>
      }
    />
  );
}

/** What has happened since the list was loaded; the counts follow at once, rows do not move under the pointer. */
function useNews(key: string, reload: () => void, recount: () => void): [RunNews, () => void] {
  const [news, setNews] = useState(NO_NEWS);
  useEffect(() => {
    setNews(NO_NEWS);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopRuns = inbox.onRun((hint) => {
      setNews((before) => withHint(before, hint));
      timer ??= setTimeout(() => {
        timer = undefined;
        recount();
      }, COUNT_MS);
    });
    const stopRefresh = inbox.onRefresh(reload);
    return () => {
      clearTimeout(timer);
      stopRuns();
      stopRefresh();
    };
  }, [key]);
  return [news, () => setNews(NO_NEWS)];
}

/** How many runs match; null: the server cannot count them. */
function totalOf({ state, waitingFor, q }: RunFilter, counts: Counts | undefined): number | null {
  if (!counts || q !== undefined || waitingFor !== undefined) return null;
  return state === undefined ? counts.total : counts.states[state];
}

/** The address of this list with another state. */
function withState(query: URLSearchParams, state: RunState | null): string {
  const others = Object.fromEntries([...query].filter(([name]) => name !== 'state' && name !== 'waitingFor'));
  return href('runs', {}, state === null ? others : { ...others, state });
}

function clearFilters(): void {
  setQuery(Object.fromEntries(FILTER_NAMES.map((name) => [name, null])));
}

function pathOf(filter: RunFilter): string {
  const query = new URLSearchParams({ ...filter, limit: String(PAGE) });
  return `/runs?${query.toString()}`;
}
