import { inbox, type InboxConnection } from './live/inbox';
import { isOnline } from './parts/online';
import { SHELL } from './texts';

const TEXTS = SHELL.connection;

/** How the live updates of the page stand, in words. */
export function Connection() {
  const connection = inbox.connection.value;
  const state = isOnline.value || connection.state === 'live' ? connection.state : 'lost';
  return (
    <p class="connection" data-state={state}>
      <span class="connection-dot" aria-hidden="true" />
      <span>{textOf(connection)}</span>
      {(connection.state === 'lost' || connection.state === 'failed') && (
        <button type="button" class="link" onClick={() => inbox.retryNow()}>
          {TEXTS.tryNow}
        </button>
      )}
    </p>
  );
}

function textOf({ state }: InboxConnection): string {
  if (!isOnline.value && state !== 'live') return TEXTS.offline;
  return state === 'ended' ? TEXTS.idle : TEXTS[state];
}
