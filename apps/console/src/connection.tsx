import { inbox, type InboxConnection } from './live/inbox';
import { isOnline } from './parts/online';
import { useSeconds } from './parts/seconds';
import { SHELL } from './texts';

const TEXTS = SHELL.connection;

/** How the live updates of the page stand, in words. */
export function Connection() {
  const connection = inbox.connection.value;
  const nowMs = useSeconds(connection.state === 'lost');
  const state = isOnline.value || connection.state === 'live' ? connection.state : 'lost';
  return (
    <p class="connection" data-state={state}>
      <span class="connection-dot" aria-hidden="true" />
      <span>{textOf(connection, nowMs)}</span>
      {(connection.state === 'lost' || connection.state === 'failed') && (
        <button type="button" class="link" onClick={() => inbox.retryNow()}>
          {TEXTS.tryNow}
        </button>
      )}
    </p>
  );
}

function textOf({ state, retryAt }: InboxConnection, nowMs: number): string {
  if (!isOnline.value && state !== 'live') return TEXTS.offline;
  if (state === 'lost' && retryAt !== null) return TEXTS.lostUntil(Math.max(0, Math.ceil((retryAt - nowMs) / 1_000)));
  return state === 'ended' ? TEXTS.idle : TEXTS[state];
}
