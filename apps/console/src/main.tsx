import { authorizationResponse, linkToken, takeLinkToken } from './link';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';
import { render } from 'preact';
import { href } from './addresses';
import { App } from './app';
import { inbox, startInbox } from './live/inbox';
import { notify, restoreNotifications } from './live/notifications';
import { startServerInfo } from './live/server.info';
import { announce } from './parts/announce';
import { startClock } from './parts/clock';
import { startKeys } from './parts/keys';
import { navigate, startRouter } from './router';
import { openLink, restoreSessions, seat, watchSessions } from './session/session';
import { SHELL } from './texts';

async function start(root: HTMLElement): Promise<void> {
  startRouter();
  startClock();
  startKeys();
  restoreNotifications();
  await restoreSessions();
  if (linkToken !== null) await openLink(linkToken);
  if (authorizationResponse) {
    const { completeProviderSignIn } = await import('./session/provider.sign-in');
    await completeProviderSignIn(authorizationResponse);
  }
  // A link that is pasted into a tab of the console loads no page.
  window.addEventListener('hashchange', () => {
    const token = takeLinkToken();
    if (token !== null) void openLink(token);
  });
  watchSessions();
  startInbox();
  startServerInfo();
  startNotices();
  root.replaceChildren();
  render(<App />, root);
}

/** Announces a new approval of another person's run, and shows a notification where these are on. */
function startNotices(): void {
  inbox.onEvent(({ type, requester }) => {
    if (type !== 'approval.requested' || requester === seat.value?.subject) return;
    announce(SHELL.notice);
    notify(SHELL.notice, () => navigate(href('approvals')));
  });
}

const root = document.getElementById('app');
if (root) void start(root);

// Without an export the bundler takes the file for CommonJS and wraps every module.
export {};
