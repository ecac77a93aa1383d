import { effect, signal, type ReadonlySignal } from '@preact/signals';
import type { AssentClient, ConnectionState } from '@assent/client';
import type { ApprovalEvent, Pause, RunHint } from '@assent/contract';
import { seat, type Seat } from '../session/session';
import { areNotificationsOn } from './notifications';
import { TenantStream, type TenantListener } from './tenant.stream';

/** The state of the inbox stream, which this tab or another one holds. */
export interface InboxConnection {
  readonly state: ConnectionState | 'idle' | 'failed';
  /** With `lost`: when the next attempt is made, in milliseconds since 1970. */
  readonly retryAt: number | null;
}

/** A tab that nobody looks at keeps the stream for this long. */
const HIDDEN_MS = 30_000;
/** Several events at once are followed by one count. */
const COUNT_MS = 250;

const IDLE: InboxConnection = { state: 'idle', retryAt: null };
const connection = signal<InboxConnection>(IDLE);
const pending = signal(0);
const pause = signal<Pause | null>(null);
const isWanted = signal(true);
const eventListeners = new Set<(event: ApprovalEvent) => void>();
const runListeners = new Set<(hint: RunHint) => void>();
const gapListeners = new Set<() => void>();
const refreshListeners = new Set<() => void>();
let stream: TenantStream | null = null;
/** Where the last stream was let go: the next one of the tenant goes on there. */
let place: { readonly tenant: string; readonly seen: number | null } | null = null;

/** What happens in the tenant: one stream for all tabs of the browser. */
export const inbox: {
  readonly connection: ReadonlySignal<InboxConnection>;
  /** Approvals that wait for a decision. */
  readonly pending: ReadonlySignal<number>;
  /** Why and since when no effect starts; null: runs go on. */
  readonly pause: ReadonlySignal<Pause | null>;
  /** What happens to approvals, in order and without a gap. @returns ends the subscription */
  onEvent(listener: (event: ApprovalEvent) => void): () => void;
  /** Where runs are now. @returns ends the subscription */
  onRun(listener: (hint: RunHint) => void): () => void;
  /** Events were missed: approvals are to be read again. @returns ends the subscription */
  onGap(listener: () => void): () => void;
  /**
   * The connection is live again after an outage: read again what events and hints did not deliver.
   * @returns ends the subscription
   */
  onRefresh(listener: () => void): () => void;
  /** Ends the pause before the next attempt to connect, in the tab that holds the stream. */
  retryNow(): void;
} = {
  connection,
  pending,
  pause,
  onEvent: (listener) => added(eventListeners, listener),
  onRun: (listener) => added(runListeners, listener),
  onGap: (listener) => added(gapListeners, listener),
  onRefresh: (listener) => added(refreshListeners, listener),
  retryNow: () => stream?.retryNow(),
};

export function startInbox(): void {
  watchVisibility();
  effect(() => {
    const current = seat.value;
    connection.value = IDLE;
    if (!current) pause.value = null;
    if (!current || !isWanted.value) return undefined;
    return follow(current);
  });
}

function follow(current: Seat): () => void {
  const topics = topicsOf(current);
  if (topics.length === 0) return () => undefined;
  const counter = new Counter(current);
  const listener: TenantListener = {
    connection(state, retryAt) {
      // Changes of runs are not stored: a connection after an outage begins with reading the lists.
      if (state === 'live' && connection.value.state !== 'live') refresh();
      connection.value = { state, retryAt };
    },
    event(event) {
      counter.countSoon();
      call(eventListeners, event);
    },
    hint(hint) {
      if (hint.topic === 'run') call(runListeners, hint);
      else ({ pause: pause.value } = hint);
    },
    gap() {
      counter.countSoon();
      call(gapListeners, undefined);
    },
  };
  const { tenant } = current;
  const opened = new TenantStream(current, topics, listener, place?.tenant === tenant ? place.seen : null);
  function refresh(): void {
    counter.countSoon();
    call(refreshListeners, undefined);
  }
  stream = opened;
  counter.countSoon();
  return () => {
    opened.close();
    place = topics.includes('approvals') ? { tenant, seen: opened.seen } : null;
    counter.stop();
    if (stream === opened) stream = null;
  };
}

/** Counts what waits, a moment after something has happened. */
class Counter {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly client: AssentClient;
  private readonly isAllowed: boolean;

  constructor({ client, scopes }: Seat) {
    this.client = client;
    this.isAllowed = scopes.includes('approval:read');
    if (!this.isAllowed) pending.value = 0;
  }

  countSoon(): void {
    if (!this.isAllowed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.count(), COUNT_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async count(): Promise<void> {
    try {
      const { states } = await this.client.call('approval/count', { state: 'pending' });
      if (seat.value?.client === this.client) pending.value = states.pending;
    } catch {
      // The next event counts again.
    }
  }
}

function topicsOf({ scopes }: Seat): ('runs' | 'approvals')[] {
  const topics: ('runs' | 'approvals')[] = [];
  if (scopes.includes('run:read')) topics.push('runs');
  if (scopes.includes('approval:read')) topics.push('approvals');
  return topics;
}

/** A hidden tab lets the stream go, but not where its person wants to be notified. */
function watchVisibility(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const apply = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible' || areNotificationsOn.value) {
      isWanted.value = true;
      inbox.retryNow();
    } else {
      timer = setTimeout(() => (isWanted.value = false), HIDDEN_MS);
    }
  };
  document.addEventListener('visibilitychange', apply);
  window.addEventListener('online', () => inbox.retryNow());
  apply();
}

function added<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function call<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void {
  for (const listener of [...listeners]) listener(value);
}
