import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from './parts/button';
import { Empty } from './parts/empty';
import { Problem } from './parts/problem';
import { Skeleton } from './parts/skeleton';
import { href, type Match, type RouteName, type ScreenProps } from './addresses';
import { SHELL } from './texts';

type Load = () => Promise<{ readonly default: ComponentType<ScreenProps> }>;

/** The screen of each page, loaded when it is opened. */
const SCREENS: Readonly<Record<RouteName, Load>> = {
  start: () => import('./screens/start'),
  try: () => import('./screens/try'),
  runs: () => import('./screens/runs'),
  run: () => import('./screens/runs/run'),
  approvals: () => import('./screens/approvals'),
  approval: () => import('./screens/approvals/review'),
  memory: () => import('./screens/memory'),
  fragment: () => import('./screens/memory/fragment'),
  plan: () => import('./screens/memory/plan'),
  agent: () => import('./screens/memory/agent'),
  tools: () => import('./screens/tools'),
  webhooks: () => import('./screens/webhooks'),
  webhook: () => import('./screens/webhooks/webhook'),
  audit: () => import('./screens/audit'),
  server: () => import('./screens/server'),
};

/** Set while the page reloads because a part of it is gone: it does so once. */
const RELOADED = 'assent.reloaded';

type Part = { readonly screen: ComponentType<ScreenProps> } | { readonly error: unknown };

/** Screens that were loaded. */
const parts = new Map<RouteName, Part>();

/** The screen of an address, loaded when it is first shown. */
export function Screen({ match, path }: { readonly match: Match | null; readonly path: string }) {
  const [, setRound] = useState(0);
  const name = match?.name;
  useEffect(() => {
    if (name === undefined || parts.has(name)) return;
    void load(name).then(() => setRound((before) => before + 1));
  }, [name]);
  if (!match) return <Unknown path={path} />;
  const part = parts.get(match.name);
  if (!part) {
    return (
      <div class="page loading">
        <Skeleton />
      </div>
    );
  }
  if ('error' in part) return <Newer />;
  return <part.screen key={`${match.name} ${JSON.stringify(match.params)}`} params={match.params} />;
}

async function load(name: RouteName): Promise<void> {
  try {
    parts.set(name, { screen: (await SCREENS[name]()).default });
    sessionStorage.removeItem(RELOADED);
  } catch (error) {
    // The server has another version by now, and no longer this part.
    if (navigator.onLine && sessionStorage.getItem(RELOADED) === null) {
      sessionStorage.setItem(RELOADED, name);
      window.location.reload();
    }
    parts.set(name, { error });
  }
}

function Unknown({ path }: { readonly path: string }) {
  return (
    <Empty
      isPage
      icon="search"
      title={SHELL.unknownTitle}
      text={SHELL.unknownText(path)}
      action={
        <Button tone="primary" href={href('start')}>
          {SHELL.toStart}
        </Button>
      }
    />
  );
}

function Newer() {
  return (
    <Empty
      isPage
      icon="clock"
      title={SHELL.newer}
      text={SHELL.newerText}
      action={
        <Button tone="primary" onClick={() => window.location.reload()}>
          {SHELL.reload}
        </Button>
      }
    />
  );
}

/** A screen that has thrown. */
export function Broken({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  return <Problem error={error} retry={onRetry} />;
}
