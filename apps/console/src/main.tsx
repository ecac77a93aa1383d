import { linkToken } from './link';
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
  watchSessions();
  startInbox();
  startServerInfo();
  startNotices();
  root.replaceChildren();
  render(<App />, root);
}

const root = document.getElementById('app');
if (root) void start(root);
