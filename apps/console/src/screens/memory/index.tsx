import type { Fragment, MemoryPlan, MethodParams, MethodResult } from '@assent/client';
import { number } from '../../format';
import { Button } from '../../parts/button';
import { Chip } from '../../parts/chip';
import { Empty } from '../../parts/empty';
import { Id } from '../../parts/id';
import { Load, useLoad } from '../../parts/load';
import { Needs } from '../../parts/needs';
import { Page } from '../../parts/page';
import { More, usePages } from '../../parts/pages';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { location, setQuery } from '../../router';
import { href } from '../../addresses';
import { Credit, FragmentStatus, Parts, PlanState, Tags } from './frame';
import { MEMORY } from './texts';

type Filters = Omit<MethodParams<'memory/list'>, 'cursor' | 'limit'>;
type PlanFilter = NonNullable<MethodParams<'memory/plan/list'>['state']>;
type Ranked = MethodResult<'memory/search'>['items'][number];

const LIMIT = 30;
const DIGITS = 2;
const SCOPE = 'memory:read';
const NAMES = ['status', 'agent', 'tag', 'runId'] as const;
const { list: texts, plans } = MEMORY;

export default function MemoryScreen() {
  const isPlans = location.value.query.get('view') === 'plans';
  return (
    <Page title={MEMORY.title} lead={MEMORY.lead}>
      <Parts current={isPlans ? 'plans' : 'lessons'} />
      <Needs scope={SCOPE}>{isPlans ? <Plans /> : <Lessons />}</Needs>
    </Page>
  );
}

function Lessons() {
  const { query } = location.value;
  const words = query.get('q')?.trim() ?? '';
  return (
    <>
      <Filters />
      {words === '' ? <All filters={filtersOf(query)} /> : <Found words={words} />}
    </>
  );
}

function filtersOf(query: URLSearchParams): Filters {
  const filters: Record<string, string> = {};
  for (const name of NAMES) {
    const value = query.get(name)?.trim() ?? '';
    if (value !== '') filters[name] = value;
  }
  return filters;
}

function Filters() {
  const { query } = location.value;
  const { filters } = texts;
  const set = (name: string, value: string): void => setQuery({ [name]: value === '' ? null : value });
  const isFiltered = ['q', ...NAMES].some((name) => query.has(name));
  return (
    <div class="toolbar memory-filters" role="search" aria-label={filters.label}>
      <input
        type="search"
        class="memory-search"
        aria-label={texts.search}
        placeholder={texts.search}
        value={query.get('q') ?? ''}
        onChange={(event) => set('q', event.currentTarget.value.trim())}
      />
      <select
        aria-label={filters.status}
        value={query.get('status') ?? ''}
        onChange={(event) => set('status', event.currentTarget.value)}
      >
        <option value="">{filters.anyStatus}</option>
        {Object.entries(MEMORY.states).map(([status, label]) => (
          <option key={status} value={status}>
            {label}
          </option>
        ))}
      </select>
      {(['agent', 'tag', 'runId'] as const).map((name) => (
        <input
          key={name}
          type="search"
          aria-label={filters[name]}
          placeholder={filters[name]}
          value={query.get(name) ?? ''}
          onChange={(event) => set(name, event.currentTarget.value.trim())}
        />
      ))}
      {isFiltered && <ClearFilters />}
    </div>
  );
}

function ClearFilters() {
  const none = Object.fromEntries(['q', ...NAMES].map((name) => [name, null]));
  return (
    <Button tone="quiet" icon="cross" onClick={() => setQuery(none)}>
      {texts.clear}
    </Button>
  );
}

function All({ filters }: { readonly filters: Filters }) {
  const params = { ...filters, limit: LIMIT };
  const search = new URLSearchParams(params as unknown as Record<string, string>).toString();
  const pages = usePages(`memory ${search}`, (client, cursor, signal) =>
    client.call('memory/list', { ...params, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <Load of={pages.first}>
      {() =>
        pages.items.length === 0 ? (
          <Nothing isFiltered={isFiltered} />
        ) : (
          <>
            <List lessons={pages.items} />
            <More of={pages} />
            <Raw curl={{ method: 'GET', path: `/memory/fragments?${search}` }} json={pages.items} />
          </>
        )
      }
    </Load>
  );
}

function Found({ words }: { readonly words: string }) {
  const loaded = useLoad(`search ${words}`, (client, signal) =>
    client.memory.search({ query: words, limit: LIMIT }, { signal }),
  );
  const path = `/memory/search?${new URLSearchParams({ query: words, limit: String(LIMIT) }).toString()}`;
  return (
    <Load of={loaded}>
      {({ items }) =>
        items.length === 0 ? (
          <Nothing isFiltered />
        ) : (
          <>
            <List lessons={items} />
            <Raw curl={{ method: 'GET', path }} json={items} />
          </>
        )
      }
    </Load>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered)
    return <Empty icon="search" title={texts.noneFound} text={texts.noneFoundText} action={<ClearFilters />} />;
  return (
    <Empty
      icon="memory"
      title={texts.empty}
      text={texts.emptyText}
      action={
        <Button tone="primary" href={href('try')}>
          {texts.emptyAction}
        </Button>
      }
    />
  );
}

function List({ lessons }: { readonly lessons: readonly (Fragment | Ranked)[] }) {
  return (
    <ul class="memory-list card card-flush">
      {lessons.map((lesson) => (
        <li key={lesson.fragmentId}>
          <Lesson of={lesson} />
        </li>
      ))}
    </ul>
  );
}

function Lesson({ of }: { readonly of: Fragment | Ranked }) {
  const { fragmentId, text, status, agent, tags, origin, version, updatedAt } = of;
  return (
    <>
      <a class="memory-text" href={href('fragment', { id: fragmentId })}>
        <Spelled text={text} />
      </a>
      <span class="memory-side">
        <FragmentStatus of={status} />
        <Credit of={of} />
      </span>
      <span class="memory-meta muted">
        <Time of={updatedAt} />
        <span>{MEMORY.origins[origin]}</span>
        <span>{agent === null ? texts.every : <Spelled text={agent} />}</span>
        {version > 1 && <span>{texts.version(version)}</span>}
        {'rank' in of && (
          <span class="num">
            {texts.rank} {of.rank.toFixed(DIGITS)}
          </span>
        )}
        <Tags of={tags} />
      </span>
    </>
  );
}

function Plans() {
  const { query } = location.value;
  const state = query.get('state') ?? '';
  const params = { limit: LIMIT, ...(state === '' ? {} : { state: state as PlanFilter }) };
  const search = new URLSearchParams(params as unknown as Record<string, string>).toString();
  const pages = usePages(`plans ${search}`, (client, cursor, signal) =>
    client.call('memory/plan/list', { ...params, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
  );
  return (
    <>
      <div class="toolbar memory-filters">
        <select
          aria-label={plans.state}
          value={state}
          onChange={(event) => setQuery({ state: event.currentTarget.value === '' ? null : event.currentTarget.value })}
        >
          <option value="">{plans.any}</option>
          {Object.entries(MEMORY.planStates).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <Raw curl={{ method: 'GET', path: `/memory/plans?${search}` }} json={pages.items} />
      </div>
      <Load of={pages.first}>
        {() =>
          pages.items.length > 0 ? (
            <>
              <PlanTable of={pages.items} />
              <More of={pages} />
            </>
          ) : state === '' ? (
            <Empty
              icon="memory"
              title={plans.empty}
              text={plans.emptyText}
              action={
                <Button tone="primary" href={href('agent')}>
                  {plans.emptyAction}
                </Button>
              }
            />
          ) : (
            <Empty icon="search" title={plans.noneFound} text={plans.noneFoundText} />
          )
        }
      </Load>
    </>
  );
}

function PlanTable({ of }: { readonly of: readonly MemoryPlan[] }) {
  const { columns } = plans;
  return (
    <div class="table-box">
      <table class="table">
        <thead>
          <tr>
            <th>{columns.plan}</th>
            <th>{columns.operations}</th>
            <th>{columns.state}</th>
            <th class="memory-wide">{columns.author}</th>
            <th>{columns.at}</th>
          </tr>
        </thead>
        <tbody>
          {of.map(({ planId, ops, state, author, createdAt }) => (
            <tr key={planId}>
              <td>
                <Id of={planId} href={href('plan', { id: planId })} />
              </td>
              <td>
                <Counts of={ops} />
              </td>
              <td>
                <PlanState of={state} />
              </td>
              <td class="memory-wide">
                <Spelled text={author} />
              </td>
              <td>
                <Time of={createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How many operations of each kind a plan has. */
function Counts({ of }: { readonly of: MemoryPlan['ops'] }) {
  const { kinds } = MEMORY.plan;
  const counts = (Object.keys(kinds) as (keyof typeof kinds)[]).map((kind) => ({
    kind,
    count: of.filter((op) => (op as { readonly op?: unknown } | null)?.op === kind).length,
  }));
  return (
    <span class="memory-tags">
      {counts
        .filter(({ count }) => count > 0)
        .map(({ kind, count }) => (
          <Chip key={kind}>
            {kinds[kind]} {number(count)}
          </Chip>
        ))}
    </span>
  );
}
