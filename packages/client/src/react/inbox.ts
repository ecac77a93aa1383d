import type { Approval, ApprovalEvent } from '@assent/contract';
import { AssentRpcError, type ApprovalFilter, type AssentClient, type StreamStatus } from '../index';

/** Maximum number of approvals in a list: the oldest ones. */
const MAX_APPROVALS = 1_000;
const PAGE = 100;
/** Filters that can be evaluated on an approval itself. With others the list is read again on each event. */
const LOCAL = ['state', 'runId', 'tool', 'requester', 'subject', 'workspace', 'limit'];

export interface ApprovalsView extends Pick<StreamStatus, 'connection' | 'retryAt' | 'error'> {
  /** Oldest first; at most 1,000. */
  readonly approvals: readonly Approval[];
  /** The list has not been read yet. */
  readonly isLoading: boolean;
}

const inboxes = new WeakMap<AssentClient, Inbox>();

/** The one inbox of a client. */
export function inboxOf(client: AssentClient): Inbox {
  const known = inboxes.get(client) ?? new Inbox(client);
  inboxes.set(client, known);
  return known;
}

/** Lists of approvals that share one stream of events. It is open while one of them is used. */
class Inbox {
  private readonly lists = new Map<string, ApprovalList>();
  private readonly used = new Set<ApprovalList>();
  private connection: AbortController | undefined;
  private closing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: AssentClient) {}

  list(filter: ApprovalFilter): ApprovalList {
    const key = JSON.stringify(filter);
    const known =
      this.lists.get(key) ?? new ApprovalList(this.client, filter, (list, isUsed) => this.use(list, isUsed));
    this.lists.set(key, known);
    return known;
  }

  private use(list: ApprovalList, isUsed: boolean): void {
    clearTimeout(this.closing);
    if (isUsed) this.used.add(list);
    else this.used.delete(list);
    if (this.used.size === 0) {
      // Deferred, so that a component that is remounted at once keeps the connection.
      this.closing = setTimeout(() => {
        this.connection?.abort();
        this.connection = undefined;
        this.lists.clear();
      }, 0);
    } else if (this.connection) {
      if (isUsed) list.load();
    } else {
      this.open();
    }
  }

  private open(): void {
    const connection = new AbortController();
    this.connection = connection;
    void this.follow(connection.signal).catch((error: unknown) => {
      if (connection.signal.aborted) return;
      this.connection = undefined;
      this.tell((list) => list.change({ connection: 'failed', error }));
    });
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const after = await this.tail(signal);
    const loadAll = (): void => this.tell((list) => list.load());
    loadAll();
    const events = this.client.approvals.events({
      after,
      signal,
      onConnection: (connection, _cursor, retryAt) =>
        this.tell((list) => list.change({ connection, retryAt, error: null })),
      onGap: loadAll,
    });
    for await (const event of events) this.tell((list) => list.refresh(event));
  }

  /** seq of the newest event: the lists include everything up to it. */
  private async tail(signal: AbortSignal, after = 0): Promise<number> {
    try {
      return (await this.client.call('approval/events', { after }, { signal })).tail;
    } catch (error) {
      const earliest = error instanceof AssentRpcError ? error.data['earliest'] : undefined;
      if (typeof earliest !== 'number' || earliest <= after + 1) throw error;
      return this.tail(signal, earliest - 1);
    }
  }

  private tell(act: (list: ApprovalList) => void): void {
    for (const list of this.used) act(list);
  }
}

/** The approvals that match one filter, for user interfaces. */
class ApprovalList {
  private view: ApprovalsView = { approvals: [], isLoading: true, connection: 'idle', retryAt: null, error: null };
  private readonly listeners = new Set<() => void>();
  /** Requests are sequential, so that an older response never replaces a newer one. */
  private work: Promise<void> = Promise.resolve();
  private isLoadQueued = false;

  constructor(
    private readonly client: AssentClient,
    private readonly filter: ApprovalFilter,
    private readonly onUse: (list: ApprovalList, isUsed: boolean) => void,
  ) {}

  readonly getSnapshot = (): ApprovalsView => this.view;

  readonly subscribe = (listener: () => void): (() => void) => {
    const subscription = (): void => listener();
    this.listeners.add(subscription);
    if (this.listeners.size === 1) this.onUse(this, true);
    return () => {
      this.listeners.delete(subscription);
      if (this.listeners.size === 0) this.onUse(this, false);
    };
  };

  change(change: Partial<ApprovalsView>): void {
    this.view = { ...this.view, ...change };
    for (const listener of [...this.listeners]) listener();
  }

  load(): void {
    if (this.isLoadQueued) return;
    this.isLoadQueued = true;
    this.enqueue(async () => {
      this.isLoadQueued = false;
      const approvals: Approval[] = [];
      for (let cursor: string | null | undefined; cursor !== null && approvals.length < MAX_APPROVALS;) {
        const from = cursor === undefined ? {} : { cursor };
        const page = await this.client.approvals.list({ limit: PAGE, ...this.filter, ...from });
        approvals.push(...page.items);
        ({ cursor } = page);
      }
      this.change({ approvals, isLoading: false });
    });
  }

  /** Reads the approval of an event. */
  refresh({ approvalId }: ApprovalEvent): void {
    if (Object.keys(this.filter).some((name) => !LOCAL.includes(name))) {
      this.load();
      return;
    }
    this.enqueue(async () => {
      const approval = await this.client.approvals.get(approvalId);
      const { approvals } = this.view;
      const at = approvals.findIndex((other) => other.approvalId === approvalId);
      if (!this.matches(approval)) {
        if (at >= 0) this.change({ approvals: approvals.filter((_, index) => index !== at) });
      } else if (at >= 0) {
        this.change({ approvals: approvals.map((other, index) => (index === at ? approval : other)) });
      } else if (approvals.length < MAX_APPROVALS) {
        this.change({ approvals: [...approvals, approval] });
      }
    });
  }

  private enqueue(task: () => Promise<void>): void {
    this.work = this.work.then(task).catch((error: unknown) => this.change({ isLoading: false, error }));
  }

  private matches({ state, runId, tool, requester, subject, workspace }: Approval): boolean {
    const { filter } = this;
    const own = { state, runId, tool, requester, subject: subject.type, workspace };
    return (Object.keys(own) as (keyof typeof own)[]).every((name) => (filter[name] ?? own[name]) === own[name]);
  }
}

export type { ApprovalList, Inbox };
