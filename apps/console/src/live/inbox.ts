import { effect, signal, type ReadonlySignal } from '@preact/signals';
import { AssentRpcError, type AssentClient, type ConnectionState } from '@assent/client';
import type { ApprovalEvent } from '@assent/contract';
import { can, seat } from '../session/session';

/** How the stream of the inbox stands, in whichever tab it is. */
export interface InboxConnection {
  readonly state: ConnectionState | 'idle' | 'failed';
  /** With `lost`: when the next attempt is made, in milliseconds since 1970. */
  readonly retryAt: number | null;
}

type Listener = (event: ApprovalEvent) => void;

const IDLE: InboxConnection = { state: 'idle', retryAt: null };
/** Several events at once are followed by one count. */
const COUNT_MS = 250;

const connection = signal<InboxConnection>(IDLE);
const pending = signal(0);
const listeners = new Set<Listener>();
let counting: ReturnType<typeof setTimeout> | undefined;

/** What happens to approvals of the tenant. */
export const inbox: {
  readonly connection: ReadonlySignal<InboxConnection>;
  /** Approvals that wait for a decision. */
  readonly pending: ReadonlySignal<number>;
  /** @returns ends the subscription */
  onEvent(listener: Listener): () => void;
} = {
  connection,
  pending,
  onEvent(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function startInbox(): void {
  effect(() => {
    const current = seat.value;
    connection.value = IDLE;
    pending.value = 0;
    if (!current || !can('approval:read')) return undefined;
    const abort = new AbortController();
    void count(current.client);
    void follow(current.client, abort.signal).catch(() => {
      if (!abort.signal.aborted) connection.value = { state: 'failed', retryAt: null };
    });
    return () => abort.abort();
  });
}

async function follow(client: AssentClient, abort: AbortSignal): Promise<void> {
  const events = client.approvals.events({
    after: await tail(client, abort),
    signal: abort,
    onConnection: (state, _cursor, retryAt) => (connection.value = { state, retryAt }),
    onGap: () => countSoon(client),
  });
  for await (const event of events) {
    for (const listener of [...listeners]) listener(event);
    countSoon(client);
  }
}

/** seq of the newest event. */
async function tail(client: AssentClient, abort: AbortSignal, after = 0): Promise<number> {
  try {
    return (await client.call('approval/events', { after }, { signal: abort })).tail;
  } catch (error) {
    const earliest = error instanceof AssentRpcError ? error.data['earliest'] : undefined;
    if (typeof earliest !== 'number' || earliest <= after + 1) throw error;
    return tail(client, abort, earliest - 1);
  }
}

function countSoon(client: AssentClient): void {
  clearTimeout(counting);
  counting = setTimeout(() => void count(client), COUNT_MS);
}

async function count(client: AssentClient): Promise<void> {
  try {
    const { states } = await client.call('approval/count', { state: 'pending' });
    if (seat.value?.client === client) pending.value = states.pending;
  } catch {
    // The next event counts again.
  }
}
