import './inbox.css';
import type { Approval, ApprovalEvent, AssentClient, DecisionVerb } from '@assent/client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { inbox } from '../../live/inbox';
import { announce } from '../../parts/announce';
import { Button } from '../../parts/button';
import { Empty } from '../../parts/empty';
import { useKeys } from '../../parts/keys';
import { Page } from '../../parts/page';
import { Problem } from '../../parts/problem';
import { Raw } from '../../parts/raw';
import { Rows } from '../../parts/rows';
import { Skeleton } from '../../parts/skeleton';
import { location, navigate, setQuery } from '../../router';
import { href } from '../../addresses';
import { can, useSeat } from '../../session/session';
import { BulkDialog } from './bulk.dialog';
import { InboxFilters } from './inbox.filters';
import { InboxRowView } from './inbox.row';
import {
  BULK_MAX,
  EMPTY_INBOX,
  bulkOf,
  filterOf,
  isBulkable,
  isFiltered,
  withAnswer,
  withEvent,
  withPage,
  withReread,
  withTick,
  type InboxState,
} from './inbox.state';
import { inboxSearch, queue } from './review.queue';
import { shortHash } from './review.content';
import { TEXTS } from './texts';
import { NARROW, useMedia } from './use.media';

const PAGE = 100;
const MAX_ROWS = 5_000;
const ROW_HEIGHT = 60;
const ROW_HEIGHT_NARROW = 116;
const { inbox: texts } = TEXTS;

/** Approvals of the tenant: what waits, and what became of the others. */
export default function InboxScreen() {
  const { client, subject } = useSeat();
  const { query } = location.value;
  const filter = filterOf(query);
  const key = JSON.stringify(filter);
  const [round, setRound] = useState(0);
  const { state, setState, isLoading, error } = useInbox(client, `${subject} ${key} ${round}`, filter);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<{ readonly verb: DecisionVerb; readonly approvals: readonly Approval[] } | null>(
    null,
  );
  const isNarrow = useMedia(NARROW);
  const search = useRef<HTMLInputElement>(null);
  const { rows, arrived } = state;
  const selected = query.get('at');
  const at = rows.findIndex(({ approval }) => approval.approvalId === selected);
  const bulkable = useMemo(() => bulkOf(state, ticked), [state, ticked]);
  const mayDecide = can('approval:decide');

  // A filter that is not on the screen selects nothing.
  useEffect(() => setTicked(new Set()), [key, subject]);
  useEffect(() => {
    queue.value = rows.map(({ approval }) => approval.approvalId);
    inboxSearch.value = window.location.search;
  }, [rows, query]);
  useEffect(() => {
    if (arrived.size > 0) announce(texts.arrivedAnnounce(arrived.size));
  }, [arrived.size]);

  const refresh = (): void => {
    setRound(round + 1);
    window.scrollTo(0, 0);
  };
  const select = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row) setQuery({ at: row.approval.approvalId });
  };
  const tick = (approvalId: string): void => setTicked(withTick(ticked, approvalId));
  const tickAll = (): void => {
    const all = rows.filter(isBulkable).slice(0, BULK_MAX);
    setTicked(new Set(all.map(({ approval }) => approval.approvalId)));
  };
  useKeys(
    {
      j: () => select(at + 1),
      k: () => select(at - 1),
      Enter: () => {
        const row = rows[at];
        if (row) navigate(reviewHref(row.approval));
      },
      x: () => {
        const row = rows[at];
        if (row && mayDecide && isBulkable(row)) tick(row.approval.approvalId);
      },
      '/': () => search.current?.focus(),
    },
    {
      title: TEXTS.keys.inbox,
      keys: {
        'j / k': `${TEXTS.keys.down}, ${TEXTS.keys.up.toLowerCase()}`,
        Enter: TEXTS.keys.open,
        x: TEXTS.keys.tick,
        '/': TEXTS.keys.search,
      },
    },
  );

  return (
    <div class="inbox-screen">
      <Page
        wide
        title={texts.title}
        lead={texts.lead}
        actions={
          <Raw
            curl={{ method: 'GET', path: `/approvals?${searchOf(filter)}` }}
            json={rows.map(({ approval }) => approval)}
          />
        }
      >
        <InboxFilters query={query} search={search} />
        <div class="inbox-bar">
          <span class="muted num" role="status">
            {rows.length > 0 && (isLoading ? texts.countMore(rows.length) : texts.count(rows.length))}
          </span>
          {arrived.size > 0 && (
            <Button small tone="primary" onClick={refresh}>
              {texts.arrived(arrived.size)}
            </Button>
          )}
          {mayDecide && rows.some(isBulkable) && (
            <span class="inbox-bulk">
              {ticked.size === 0 ? (
                <Button small tone="quiet" onClick={tickAll}>
                  {texts.selectAll}
                </Button>
              ) : (
                <>
                  <span class="num" role="status">
                    {texts.selected(bulkable.length)}
                    {ticked.size >= BULK_MAX && ` · ${texts.limit(BULK_MAX)}`}
                  </span>
                  <Button small tone="quiet" onClick={() => setTicked(new Set())}>
                    {texts.unselect}
                  </Button>
                  {(['reject', 'approve'] as const).map((verb) => (
                    <Button
                      key={verb}
                      small
                      tone={verb === 'reject' ? 'danger' : 'primary'}
                      disabled={bulkable.length === 0}
                      onClick={() => setBulk({ verb, approvals: bulkable })}
                    >
                      {texts.bulk[verb]}
                    </Button>
                  ))}
                </>
              )}
            </span>
          )}
        </div>
        {error !== undefined && <Problem error={error} retry={refresh} />}
        {rows.length === 0 && isLoading && (
          <div class="loading">
            <Skeleton rows={6} />
          </div>
        )}
        {rows.length === 0 && !isLoading && error === undefined && <Nothing isFiltered={isFiltered(query)} />}
        {rows.length > 0 && (
          <div class="inbox card card-flush">
            <div class="inbox-head" aria-hidden="true">
              <span />
              <span>{texts.columns.change}</span>
              <span>{texts.columns.files}</span>
              <span>{texts.columns.risk}</span>
              <span>{texts.columns.by}</span>
              <span>{texts.columns.until}</span>
            </div>
            <Rows
              of={rows}
              rowHeight={isNarrow ? ROW_HEIGHT_NARROW : ROW_HEIGHT}
              keyOf={({ approval }) => approval.approvalId}
              selected={selected}
              label={texts.title}
              row={(row) => (
                <InboxRowView
                  row={row}
                  href={reviewHref(row.approval)}
                  isSelected={row.approval.approvalId === selected}
                  isTicked={ticked.has(row.approval.approvalId)}
                  onTick={mayDecide && isBulkable(row) ? () => tick(row.approval.approvalId) : undefined}
                />
              )}
            />
          </div>
        )}
        {bulk && (
          <BulkDialog
            verb={bulk.verb}
            approvals={bulk.approvals}
            onAnswer={(approval) => setState((before) => withAnswer(before, approval))}
            onClose={() => {
              setBulk(null);
              setTicked(new Set());
            }}
          />
        )}
      </Page>
    </div>
  );
}

function Nothing({ isFiltered: hasFilter }: { readonly isFiltered: boolean }) {
  if (hasFilter) {
    return (
      <Empty
        icon="search"
        title={texts.emptyFiltered.title}
        text={texts.emptyFiltered.text}
        action={<Button href={href('approvals')}>{texts.clear}</Button>}
      />
    );
  }
  return (
    <Empty
      icon="check"
      title={texts.empty.title}
      text={texts.empty.text}
      action={
        <Button tone="primary" href={href('try')}>
          {texts.empty.action}
        </Button>
      }
    />
  );
}

function reviewHref({ approvalId, hash }: Approval): string {
  return href('approval', { id: approvalId }, { rev: shortHash(hash) });
}

function searchOf(filter: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)])).toString();
}

/** All pages of the list, one after the other, and what happens to its rows since. */
function useInbox(client: AssentClient, key: string, filter: ReturnType<typeof filterOf>) {
  const [state, setState] = useState<InboxState>(EMPTY_INBOX);
  const [isLoading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    let reread = new AbortController();
    /** Events during a load: its pages may be older. */
    let meanwhile: ApprovalEvent[] | null = null;
    setState(EMPTY_INBOX);
    const load = async (): Promise<void> => {
      const events: ApprovalEvent[] = (meanwhile = []);
      setLoading(true);
      setError(undefined);
      try {
        for await (const page of pagesOf(client, filter, signal)) setState((before) => withPage(before, page));
      } catch (failure) {
        if (!signal.aborted) setError(failure);
      }
      if (signal.aborted) return;
      setState((before) => events.reduce(withEvent, before));
      if (meanwhile === events) meanwhile = null;
      setLoading(false);
    };
    const first = load();
    const readAgain = async (): Promise<void> => {
      reread.abort();
      const { signal: current } = (reread = new AbortController());
      const events: ApprovalEvent[] = (meanwhile = []);
      await first;
      try {
        const list: Approval[] = [];
        for await (const page of pagesOf(client, filter, current)) list.push(...page);
        setState((before) => events.reduce(withEvent, withReread(before, list)));
        setError(undefined);
      } catch (failure) {
        if (!current.aborted) setError(failure);
      }
      if (meanwhile === events) meanwhile = null;
    };
    const ends = [
      inbox.onEvent((event) => {
        meanwhile?.push(event);
        setState((before) => withEvent(before, event));
      }),
      inbox.onGap(() => void readAgain()),
    ];
    return () => {
      abort.abort();
      reread.abort();
      for (const end of ends) end();
    };
  }, [client, key]);
  return { state, setState, isLoading, error };
}

async function* pagesOf(client: AssentClient, filter: ReturnType<typeof filterOf>, signal: AbortSignal) {
  let cursor: string | null = null;
  for (let count = 0; count < MAX_ROWS; count += PAGE) {
    const params = { ...filter, limit: PAGE, ...(cursor === null ? {} : { cursor }) };
    const page: Awaited<ReturnType<typeof client.approvals.list>> = await client.approvals.list(params, { signal });
    signal.throwIfAborted();
    yield page.items;
    cursor = page.cursor;
    if (cursor === null) return;
  }
}
