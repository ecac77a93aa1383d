import './run.css';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RunView } from '@assent/client';
import type { MethodResult } from '@assent/contract';
import { duration, number } from '../../../format';
import { announce } from '../../../parts/announce';
import { Button } from '../../../parts/button';
import { Empty } from '../../../parts/empty';
import { Id } from '../../../parts/id';
import { useKeys } from '../../../parts/keys';
import { useLoad, type Loaded } from '../../../parts/load';
import { Problem } from '../../../parts/problem';
import { Raw } from '../../../parts/raw';
import { Skeleton } from '../../../parts/skeleton';
import { Spelled } from '../../../parts/spelled';
import { TabPanel, Tabs, type Tab } from '../../../parts/tabs';
import { Time } from '../../../parts/time';
import { location, setQuery } from '../../../router';
import { href, type ScreenProps } from '../../../addresses';
import { can } from '../../../session/session';
import { StateChip } from '../state.chip';
import { Attention } from './attention';
import { ConnectionLine } from './connection';
import { countIn, momentOf, type Moment } from './moment';
import { isActive, nextActionOf, type NextAction } from './next.action';
import type { RunFeed } from './run.feed';
import { part } from './part';
import { Scrubber } from './scrubber';
import { RUN } from './texts';
import { useRun } from './use-run';

// Fetched when they are first shown.
const TreeTab = part(() => import('./tabs/tree'));
const TimelineTab = part(() => import('./tabs/timeline'));
const ReasoningTab = part(() => import('./tabs/reasoning'));
const CallsTab = part(() => import('./tabs/calls'));
const SearchTab = part(() => import('./tabs/search'));
const MemoryTab = part(() => import('./tabs/memory'));
const FramesTab = part(() => import('./tabs/frames'));
const CompleteDialog = part(() => import('./complete'));
const CancelDialog = part(() => import('./cancel'));

type StoredRun = MethodResult<'run/get'>;

const TABS = ['tree', 'timeline', 'reasoning', 'calls', 'search', 'memory', 'frames'] as const;
type TabId = (typeof TABS)[number];
/** The address follows the scrubber at this distance: browsers limit how often it may change. */
const ADDRESS_MS = 200;

export default function RunScreen({ params }: ScreenProps) {
  const runId = params['id'] ?? '';
  const feed = useRun(runId);
  const { view } = feed.log;
  // What the frames do not say, and for a run whose frames are deleted all there is.
  const stored = useLoad(
    `run ${runId} ${isActive(view) ? 'active' : view.state} ${view.recorded?.outcome ?? ''}`,
    (client, signal) => client.call('run/get', { runId }, { signal }),
  );
  const run = useLast(stored);
  const { connection, error } = feed.status;
  if (connection === 'failed' && view.seq === 0) {
    return (
      <div class="page">
        <Problem error={error} retry={() => feed.retryNow()} />
      </div>
    );
  }
  if (view.seq === 0 && !run) {
    return (
      <div class="page loading">
        {stored.error === undefined ? <Skeleton rows={6} /> : <Problem error={stored.error} retry={stored.reload} />}
        <ConnectionLine status={feed.status} seq={view.seq} onTryNow={() => feed.retryNow()} />
      </div>
    );
  }
  return <Shown feed={feed} round={feed.round} run={run} runId={runId} />;
}

/** Keeps the former value while it is loaded again. */
function useLast(loaded: Loaded<StoredRun>): StoredRun | undefined {
  const last = useRef<StoredRun>(undefined);
  if (loaded.value) last.current = loaded.value;
  return loaded.value ?? last.current;
}

function Shown(props: {
  readonly feed: RunFeed;
  /** Changes with the feed, so that this is rendered again. */
  readonly round: number;
  readonly run: StoredRun | undefined;
  readonly runId: string;
}) {
  const { feed, run, runId } = props;
  const { log, status } = feed;
  const [moment, move] = useMoment(feed);
  const [dialog, setDialog] = useState<'complete' | 'cancel' | null>(null);
  const view = moment.isScrubbed ? log.at(moment.seq) : log.view;
  const tab = tabOf(location.value.query.get('tab'));
  const action = nextActionOf(log.view, run?.outcome ?? null, moment.isScrubbed);
  // A copy: the log grows, and what has not changed is not rendered again.
  const count = log.countTo(moment.seq);
  const frames = useMemo(() => log.frames.slice(0, count), [log, count]);
  const select = (id: string): void => setQuery({ tab: id === 'tree' ? null : id }, { push: true });
  useStateAnnouncement(log.view);
  useKeys(
    {
      ',': () => move(Math.max(log.first, moment.seq - 1)),
      '.': () => move(moment.seq + 1),
      ...Object.fromEntries(TABS.map((id, index) => [String(index + 1), () => select(id)])),
    },
    RUN.scrub.keys,
  );
  const isGone = log.frames.length === 0 && status.connection === 'ended';
  return (
    <div class="page page-wide run">
      <Head
        startedAt={run?.createdAt ?? log.frames[0]?.at}
        view={view}
        run={run}
        runId={runId}
        action={action}
        onDialog={setDialog}
      />
      <div class="run-bar">
        <ConnectionLine status={status} seq={log.view.seq} onTryNow={() => feed.retryNow()} />
        <Scrubber log={log} last={log.view.seq} moment={moment} isEnded={status.connection === 'ended'} onMove={move} />
      </div>
      {status.gap && (
        <p class="notice notice-warn" role="status">
          <strong>{RUN.gap.deleted(number(status.gap.from), number(status.gap.to))}</strong>
          {isGone ? RUN.gap.allText : RUN.gap.text}
        </p>
      )}
      {status.connection === 'failed' && <Problem error={status.error} retry={() => feed.retryNow()} />}
      {moment.isScrubbed && (
        <p class="notice" role="status">
          {RUN.scrub.notice(number(moment.seq))}{' '}
          <button type="button" class="link" onClick={() => move(null)}>
            {RUN.scrub.return}
          </button>
        </p>
      )}
      {view.isErased && <Empty icon="cross" title={RUN.forgotten.title} text={RUN.forgotten.text} />}
      <Attention view={view} isScrubbed={moment.isScrubbed} />
      <Tabs of={tabsOf(view, frames.length)} selected={tab} onSelect={select} label={RUN.tabs.label} />
      <TabPanel id={tab}>
        {tab === 'tree' && (
          <TreeTab view={view} runId={runId} isScrubbed={moment.isScrubbed} onChange={() => void readLate(feed)} />
        )}
        {tab === 'timeline' && (
          <TimelineTab
            frames={frames}
            isScrubbed={moment.isScrubbed}
            onStep={(step) => setQuery({ step: String(step), at: null, tab: null }, { push: true })}
            onSeq={(seq) => move(seq)}
          />
        )}
        {tab === 'reasoning' && <ReasoningTab view={view} />}
        {tab === 'calls' && <CallsTab view={view} />}
        {tab === 'search' && <SearchTab view={view} frames={frames} isScrubbed={moment.isScrubbed} />}
        {tab === 'memory' && <MemoryTab view={view} />}
        {tab === 'frames' && (
          <FramesTab
            frames={frames}
            onSeq={(seq) => {
              setQuery({ frame: null, tab: null });
              move(seq);
            }}
          />
        )}
      </TabPanel>
      {dialog === 'complete' && !moment.isScrubbed && (
        <CompleteDialog
          runId={runId}
          view={log.view}
          onClose={() => setDialog(null)}
          onDone={() => void readLate(feed)}
        />
      )}
      {dialog === 'cancel' && !moment.isScrubbed && <CancelDialog runId={runId} onClose={() => setDialog(null)} />}
    </div>
  );
}

function Head(props: {
  readonly startedAt: string | undefined;
  readonly view: RunView;
  readonly run: StoredRun | undefined;
  readonly runId: string;
  readonly action: NextAction;
  readonly onDialog: (dialog: 'complete' | 'cancel') => void;
}) {
  const { startedAt, view, run, runId, action, onDialog } = props;
  const goal = view.goal ?? run?.goal ?? '';
  // With no frames left, the stored run has the state.
  const state = view.seq === 0 ? (run?.state ?? view.state) : view.state;
  const outcome = view.recorded?.outcome ?? run?.outcome ?? null;
  const wait = view.waiting?.for ?? null;
  return (
    <header class="run-head">
      <div class="run-head-main">
        <nav class="run-crumb" aria-label={RUN.runs}>
          <a href={href('runs')}>{RUN.runs}</a>
          <span aria-hidden="true">/</span>
          <Id of={runId} />
        </nav>
        <h1 tabIndex={-1}>{goal === '' ? RUN.untitled : <Spelled text={goal} />}</h1>
        <ul class="run-facts">
          <li>
            <StateChip state={state} text={state === 'waiting' && wait ? RUN.waits[wait] : RUN.states[state]} />
          </li>
          <Fact name={RUN.facts.step} value={String(view.seq === 0 ? (run?.step ?? 1) : view.step)} />
          <Fact name={RUN.facts.workspace} value={view.workspace ?? run?.workspace ?? '–'} />
          <Fact name={RUN.facts.requester} value={view.requester ?? run?.requester ?? '–'} />
          {startedAt !== undefined && (
            <li>
              <span class="muted">{RUN.facts.started}</span> <Time of={startedAt} />
            </li>
          )}
          {run?.finishedAt != null && (
            <Fact name={RUN.facts.took} value={duration(Date.parse(run.finishedAt) - Date.parse(run.createdAt))} />
          )}
          {outcome !== null && <Fact name={RUN.facts.outcome} value={outcome} />}
          {Object.entries(view.budgets).map(([name, { used, limit }]) => (
            <Fact key={name} name={RUN.facts.budget(name)} value={RUN.search.of(number(used), number(limit))} />
          ))}
        </ul>
      </div>
      <div class="run-actions">
        <span class="run-actions-main">
          {isActive(view) && action.kind !== 'cancel' && action.kind !== 'none' && (
            <CancelButton onClick={() => onDialog('cancel')} />
          )}
          <Primary action={action} onDialog={onDialog} />
        </span>
        <span class="run-actions-quiet">
          <Button tone="quiet" small href={href('try', {}, { from: runId })}>
            {RUN.actions.again}
          </Button>
          <Raw curl={{ method: 'GET', path: `/runs/${runId}` }} json={view.seq === 0 ? run : view} />
        </span>
      </div>
    </header>
  );
}

function Primary(props: { readonly action: NextAction; readonly onDialog: (dialog: 'complete' | 'cancel') => void }) {
  const { action, onDialog } = props;
  switch (action.kind) {
    case 'review':
      return (
        <Button tone="primary" href={href('approval', { id: action.approvalId })}>
          {RUN.actions.review}
        </Button>
      );
    case 'answer':
      return (
        <Button tone="primary" onClick={showQuestion}>
          {RUN.actions.answer}
        </Button>
      );
    case 'complete':
      return (
        <Button
          tone="primary"
          missingScope={can('run:write') ? undefined : 'run:write'}
          onClick={() => onDialog('complete')}
        >
          {RUN.actions.complete}
        </Button>
      );
    case 'cancel':
      return <CancelButton onClick={() => onDialog('cancel')} />;
    case 'client':
    case 'none':
      return null;
  }
}

function CancelButton({ onClick }: { readonly onClick: () => void }) {
  return (
    <Button tone="danger" missingScope={can('run:write') ? undefined : 'run:write'} onClick={onClick}>
      {RUN.actions.cancel}
    </Button>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <li>
      <span class="muted">{name}</span> <Spelled text={value} />
    </li>
  );
}

/** The moment that is shown, and how to go to another one. The address follows. */
function useMoment(feed: RunFeed): [Moment, (seq: number | null) => void] {
  const { query } = location.value;
  const inAddress = countIn(query.get('at'));
  const [at, setAt] = useState(inAddress);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    if (timer.current === undefined) setAt(inAddress);
  }, [inAddress]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const move = (seq: number | null): void => {
    const wanted = seq !== null && seq >= feed.log.view.seq ? null : seq;
    setAt(wanted);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      timer.current = undefined;
      setQuery({ at: wanted === null ? null : String(wanted), step: null });
    }, ADDRESS_MS);
  };
  // Until the address has followed, a step in it does not count.
  const step = timer.current === undefined ? countIn(query.get('step')) : null;
  return [momentOf(feed.log, at, step), move];
}

function useStateAnnouncement({ state, waiting, seq }: RunView): void {
  const text = state === 'waiting' && waiting ? RUN.waits[waiting.for] : RUN.states[state];
  const before = useRef(seq === 0 ? '' : text);
  useEffect(() => {
    if (before.current !== '' && before.current !== text) announce(text);
    before.current = text;
  }, [text]);
}

/** What was recorded after the end is not streamed. */
async function readLate(feed: RunFeed): Promise<void> {
  if (feed.status.connection !== 'ended') return;
  try {
    await feed.readLate();
  } catch {
    // It is recorded; the page shows it when it is loaded again.
  }
}

function showQuestion(): void {
  const question = document.getElementById('question');
  question?.scrollIntoView({ block: 'center' });
  question?.querySelector<HTMLElement>('input, textarea')?.focus();
}

function tabOf(id: string | null): TabId {
  return TABS.find((tab) => tab === id) ?? 'tree';
}

function tabsOf(view: RunView, frames: number): Tab[] {
  const counts: Partial<Record<TabId, number>> = {
    frames,
    ...(view.calls.length > 0 ? { calls: view.calls.length } : null),
    ...(view.search ? { search: view.search.plans } : null),
    ...(view.recalled ? { memory: view.recalled.fragments.length } : null),
  };
  return TABS.map((id) => {
    const count = counts[id];
    return { id, label: RUN.tabs[id], ...(count === undefined ? null : { count }) };
  });
}
