import { AssentRpcError, type AssentClient, type ConnectionState, type TenantHint } from '@assent/client';
import type { ApprovalEvent } from '@assent/contract';
import { leadWhenChosen } from './leader';

export interface TenantListener {
  connection(state: ConnectionState | 'failed', retryAt: number | null): void;
  event(event: ApprovalEvent): void;
  hint(hint: TenantHint): void;
  /** Events were missed: they were deleted before they were read, or they came before this tab knew where to begin. */
  gap(): void;
}

/** What the leading tab says to the others, and they to it. */
type Message =
  | Status
  /** seq of the last event that the leader has seen. */
  | { readonly type: 'position'; readonly seq: number }
  | { readonly type: 'event'; readonly event: ApprovalEvent }
  | { readonly type: 'hint'; readonly hint: TenantHint }
  /** The events up to this seq were deleted. */
  | { readonly type: 'gap'; readonly seq: number }
  | { readonly type: 'hello' }
  | { readonly type: 'retry' };

interface Status {
  readonly type: 'connection';
  readonly state: ConnectionState | 'failed';
  readonly retryAt: number | null;
}

interface Identity {
  readonly client: AssentClient;
  readonly tenant: string;
}

/** Events of a tenant: from the server in the tab that leads, from that tab in all others. */
export class TenantStream {
  private readonly channel: BroadcastChannel;
  private readonly client: AssentClient;
  private readonly end = new AbortController();
  /** seq of the last event that this tab has seen. A tab that becomes the leader goes on from there. */
  private cursor: number | null;
  /** What the leader says to tabs that come later; null: this tab does not lead. */
  private status: Status | null = null;
  /** Events that come while this tab reads those that it missed; null: it reads none. */
  private delayed: ApprovalEvent[] | null = null;
  /** A stream says when it opens whether the tenant is paused. */
  private pause: Message | null = null;
  private wake = (): void => undefined;

  /** @param after seq of the last event that this tab has seen; null: it begins with what comes next */
  constructor(
    { client, tenant }: Identity,
    private readonly topics: readonly ('runs' | 'approvals')[],
    private readonly listener: TenantListener,
    after: number | null,
  ) {
    this.client = client;
    this.cursor = after;
    // Seats of one tenant that may see the same topics share a stream.
    const name = `assent.tenant.${tenant}.${topics.join('+')}`;
    this.channel = new BroadcastChannel(name);
    this.channel.addEventListener('message', ({ data }: MessageEvent<Message>) => this.receive(data));
    this.post({ type: 'hello' });
    void leadWhenChosen(name, this.end.signal, (signal) => this.lead(signal));
  }

  /** seq of the last event that this tab has seen; null: none, and it has not led. */
  get seen(): number | null {
    return this.cursor;
  }

  retryNow(): void {
    this.client.retryNow();
    this.wake();
    if (this.status === null) this.post({ type: 'retry' });
  }

  close(): void {
    this.end.abort();
    this.channel.close();
  }

  private async lead(signal: AbortSignal): Promise<void> {
    while (!isOver(signal)) {
      try {
        await this.follow(signal);
      } catch {
        if (isOver(signal)) break;
        this.say({ type: 'connection', state: 'failed', retryAt: null });
        await this.retried(signal);
      }
    }
    this.status = null;
  }

  private async follow(signal: AbortSignal): Promise<void> {
    this.say({ type: 'connection', state: 'connecting', retryAt: null });
    if (this.cursor === null) {
      this.cursor = this.topics.includes('approvals') ? await this.tail(signal) : 0;
      // What was read until now may be older than the first event.
      this.listener.gap();
    }
    const events = this.client.events({
      topics: this.topics,
      after: this.cursor,
      signal,
      // A page that is open has nothing better to do than to wait for the server.
      reconnectTimeoutMs: Infinity,
      onConnection: (state, _cursor, retryAt) => this.say({ type: 'connection', state, retryAt }),
      onGap: ({ earliest }) => this.say({ type: 'gap', seq: earliest - 1 }),
      onHint: (hint) => this.say({ type: 'hint', hint }),
    });
    for await (const event of events) this.say({ type: 'event', event });
  }

  /** seq of the newest event. */
  private async tail(signal: AbortSignal, after = 0): Promise<number> {
    try {
      return (await this.client.call('event/list', { after, topics: ['approvals'] }, { signal })).tail;
    } catch (error) {
      const earliest = error instanceof AssentRpcError ? error.data['earliest'] : undefined;
      if (typeof earliest !== 'number' || earliest <= after + 1) throw error;
      return this.tail(signal, earliest - 1);
    }
  }

  private retried(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Says something to this tab and to all others. */
  private say(message: Message): void {
    if (message.type === 'connection') this.status = message;
    if (message.type === 'hint' && message.hint.topic === 'pause') this.pause = message;
    this.apply(message);
    this.post(message);
  }

  private receive(message: Message): void {
    if (this.status === null) {
      if (message.type === 'position') void this.catchUp(message.seq);
      else this.apply(message);
    } else if (message.type === 'hello') {
      this.post(this.status);
      if (this.pause) this.post(this.pause);
    } else if (message.type === 'retry') this.retryNow();
  }

  private apply(message: Message): void {
    if (message.type === 'connection') this.listener.connection(message.state, message.retryAt);
    else if (message.type === 'hint') this.listener.hint(message.hint);
    else if (message.type === 'gap') this.jump(message.seq);
    else if (message.type === 'event') {
      if (this.delayed) this.delayed.push(message.event);
      else this.applyEvent(message.event);
    }
  }

  private jump(seq: number): void {
    this.cursor = Math.max(this.cursor ?? 0, seq);
    this.listener.gap();
  }

  private applyEvent(event: ApprovalEvent): void {
    // After a change of the leader an event may come twice.
    if (this.cursor !== null && event.seq <= this.cursor) return;
    this.cursor = event.seq;
    this.listener.event(event);
  }

  /** Reads the events that the leader passed on before this tab followed it. @param to seq of the last of them */
  private async catchUp(to: number): Promise<void> {
    if (this.cursor === null) {
      this.jump(to);
      return;
    }
    if (this.delayed) return;
    const delayed: ApprovalEvent[] = (this.delayed = []);
    const { signal } = this.end;
    try {
      while (this.cursor < to) {
        const params = { after: this.cursor, topics: ['approvals' as const] };
        const { events } = await this.client.call('event/list', params, { signal });
        for (const event of events) this.applyEvent(event);
        if (events.length === 0) this.cursor = to;
      }
    } catch {
      if (isOver(signal)) return;
      this.jump(to);
    }
    this.delayed = null;
    for (const event of delayed) this.applyEvent(event);
  }

  private post(message: Message): void {
    if (this.end.signal.aborted) return;
    this.channel.postMessage(message);
    if (message.type === 'connection' && this.cursor !== null) this.post({ type: 'position', seq: this.cursor });
  }
}

function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
