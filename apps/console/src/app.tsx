import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { Brand } from './brand';
import { Connection } from './connection';
import { relative } from './format';
import { Help } from './help';
import { inbox } from './live/inbox';
import { Nav } from './nav';
import { announcement } from './parts/announce';
import { now } from './parts/clock';
import { useKeys } from './parts/keys';
import { location, navigate } from './router';
import { href, routeOf } from './routes';
import { Broken, Screen } from './screen';
import { SeatMenu } from './seat-menu';
import { seat } from './session/session';
import { ReplaceSession, SignIn } from './session/sign-in';
import { SHELL } from './texts';

/** The end of a session is shown this long before. */
const EXPIRY_NOTICE_MS = 600_000;

export function App() {
  return (
    <>
      {seat.value ? <Shell /> : <SignIn />}
      <ReplaceSession />
      <div class="visually-hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </>
  );
}

function Shell() {
  const [isHelpOpen, setHelpOpen] = useState(false);
  const { path } = location.value;
  const match = routeOf(path);
  const [error, resetError] = useErrorBoundary() as [unknown, () => void];
  const go = (name: Parameters<typeof href>[0]) => (): void => navigate(href(name));
  useKeys(
    {
      '?': () => setHelpOpen(true),
      'g h': go('start'),
      'g r': go('runs'),
      'g a': go('approvals'),
      'g m': go('memory'),
      'g t': go('tools'),
      'g w': go('webhooks'),
      'g p': go('try'),
    },
    { title: SHELL.help.shell, keys: SHELL.help.keys },
  );
  const pending = inbox.pending.value;
  useEffect(() => {
    const title = match ? match.route.title : SHELL.unknownTitle;
    document.title = `${pending > 0 ? `(${pending}) ` : ''}${title} · ${SHELL.name}`;
  }, [match?.name, pending]);
  useEffect(() => resetError(), [path]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {SHELL.skip}
      </a>
      <div class="side">
        <header class="bar">
          <Brand />
          <SeatMenu onHelp={() => setHelpOpen(true)} />
        </header>
        <Nav current={match?.name ?? null} />
        <footer class="side-foot">
          <Connection />
        </footer>
      </div>
      <div class="content">
        <Expiry />
        <main class="main" id="main" tabIndex={-1}>
          {error === undefined ? <Screen match={match} path={path} /> : <Broken error={error} onRetry={resetError} />}
        </main>
      </div>
      <Help open={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

function Expiry() {
  const end = seat.value?.expiresAt;
  if (end === undefined || Date.parse(end) - now.value > EXPIRY_NOTICE_MS) return null;
  return (
    <div class="banner" role="status">
      <p>{SHELL.expiry.soon(relative(end, now.value))}</p>
    </div>
  );
}
