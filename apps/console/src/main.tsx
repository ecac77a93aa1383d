import { authorizationResponse, linkToken, takeLinkToken } from './link';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';
import { render } from 'preact';
import { App } from './app';
import { startInbox } from './live/inbox';
import { startNotices } from './live/notices';
import { restoreNotifications } from './live/notifications';
import { startServerInfo } from './live/server.info';
import { startClock } from './parts/clock';
import { startKeys } from './parts/keys';
import { startRouter } from './router';
import { openLink, restoreSessions, watchSessions } from './session/session';

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

const root = document.getElementById('app');
if (root) void start(root);

// Without an export the bundler takes the file for CommonJS and wraps every module.
export {};
