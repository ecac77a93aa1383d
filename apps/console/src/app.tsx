import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useRef, useState } from 'preact/hooks';
import { Brand } from './brand';
import { relative } from './format';
import { Help } from './help';
import { inbox, type InboxConnection } from './live/inbox';
import { isServerNewer } from './live/server.info';
import { Nav } from './nav';
import { PauseBanner, PauseDialog } from './pause';
import { announcement } from './parts/announce';
import { Button } from './parts/button';
import { now } from './parts/clock';
import { useKeys } from './parts/keys';
import { isOnline } from './parts/online';
import { useSeconds } from './parts/seconds';
import { location, navigate } from './router';
import { ADDRESSES, href, routeOf } from './addresses';
import { Broken, Screen } from './screen';
import { SeatMenu } from './seat-menu';
import { seat, signOut } from './session/session';
import { ReplaceSession, SignIn } from './session/sign-in';
import { SHELL } from './texts';

/** The end of a session is shown this long before. */
const EXPIRY_NOTICE_MS = 600_000;
const CONNECTION = SHELL.connection;

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
  const [device, setDevice] = useState<DeviceState>(null);
  const [isPauseOpen, setPauseOpen] = useState(false);
  const { path } = location.value;
  const match = routeOf(path);
  const [error, resetError] = useErrorBoundary((failure) => console.error(failure)) as [unknown, () => void];
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
    const title = match ? ADDRESSES[match.name].title : SHELL.unknownTitle;
    document.title = `${pending > 0 ? `(${pending}) ` : ''}${title} · ${SHELL.name}`;
  }, [match?.name, pending]);
  useEffect(() => resetError(), [path]);
  useFocusOnArrival(path);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {SHELL.skip}
      </a>
      <div class="side">
        <header class="bar">
          <Brand />
          <SeatMenu
            onHelp={() => setHelpOpen(true)}
            onDevice={() => setDevice({})}
            onPause={() => setPauseOpen(true)}
          />
        </header>
        <Nav current={match?.name ?? null} />
        <footer class="side-foot">
          <Connection />
        </footer>
      </div>
      <div class="content">
        <PauseBanner />
        <Expiry />
        <NewerServer />
        <main class="main" id="main" tabIndex={-1}>
          {error === undefined ? <Screen match={match} path={path} /> : <Broken error={error} onRetry={resetError} />}
        </main>
      </div>
      {device && <Device state={device} onLoad={setDevice} onClose={() => setDevice(null)} />}
      <PauseDialog open={isPauseOpen} onClose={() => setPauseOpen(false)} />
      <Help open={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

/** Null: closed. The dialog comes with the code that draws QR codes, when it is first opened. */
type DeviceState = { readonly dialog?: ComponentType<{ onClose: () => void }> } | null;

function Device(props: {
  readonly state: NonNullable<DeviceState>;
  readonly onLoad: (state: DeviceState) => void;
  readonly onClose: () => void;
}) {
  const { state, onLoad, onClose } = props;
  useEffect(() => {
    void import('./device').then(({ default: dialog }) => onLoad({ dialog }));
  }, []);
  return state.dialog ? <state.dialog onClose={onClose} /> : null;
}

function Expiry() {
  const end = seat.value?.expiresAt;
  if (end === undefined || Date.parse(end) - now.value > EXPIRY_NOTICE_MS) return null;
  return (
    <div class="banner" role="status">
      <p>{SHELL.expiry.soon(relative(end, now.value))}</p>
      <Button small onClick={() => void signOut({ keepsDrafts: true })}>
        {SHELL.expiry.again}
      </Button>
    </div>
  );
}

function NewerServer() {
  if (!isServerNewer.value) return null;
  return (
    <div class="banner" role="status">
      <p>
        {SHELL.newer}. {SHELL.newerText}
      </p>
      <Button small onClick={() => window.location.reload()}>
        {SHELL.reload}
      </Button>
    </div>
  );
}

/** After a page change the keyboard and screen readers go on at the new content. */
function useFocusOnArrival(path: string): void {
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [path]);
}

/** How the live updates of the page stand, in words. */
function Connection() {
  const connection = inbox.connection.value;
  const nowMs = useSeconds(connection.state === 'lost');
  const state = isOnline.value || connection.state === 'live' ? connection.state : 'lost';
  return (
    <p class="connection" data-state={state}>
      <span class="connection-dot" aria-hidden="true" />
      <span>{textOf(connection, nowMs)}</span>
      {(connection.state === 'lost' || connection.state === 'failed') && (
        <button type="button" class="link" onClick={() => inbox.retryNow()}>
          {CONNECTION.tryNow}
        </button>
      )}
    </p>
  );
}

function textOf({ state, retryAt }: InboxConnection, nowMs: number): string {
  if (!isOnline.value && state !== 'live') return CONNECTION.offline;
  if (state === 'lost' && retryAt !== null)
    return CONNECTION.lostUntil(Math.max(0, Math.ceil((retryAt - nowMs) / 1_000)));
  return state === 'ended' ? CONNECTION.idle : CONNECTION[state];
}
