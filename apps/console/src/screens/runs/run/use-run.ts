import { useEffect, useMemo, useState } from 'preact/hooks';
import { useSeat } from '../../../session/session';
import { HIDDEN_MS, RunFeed, type FeedHost } from './run.feed';

/** Milliseconds between pictures of a hidden tab, and of a run whose frames are still being read. */
const RARE_PICTURE_MS = 1_000;

/** The frames of a run, live while the screen is shown. Renders again when something has changed, once for each picture. */
export function useRun(runId: string): RunFeed {
  const { client } = useSeat();
  const [, setRound] = useState(0);
  const feed = useMemo(() => {
    const host: FeedHost = { nextPicture, onChange: () => setRound((before) => before + 1) };
    return new RunFeed(client, runId, host);
  }, [client, runId]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const seen = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === 'hidden') timer = setTimeout(() => feed.pause(), HIDDEN_MS);
      else feed.retryNow();
    };
    const online = (): void => feed.retryNow();
    document.addEventListener('visibilitychange', seen);
    window.addEventListener('online', online);
    feed.open();
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('online', online);
      feed.close();
    };
  }, [feed]);
  return feed;
}

function nextPicture(callback: () => void, isBehind: boolean): () => void {
  if (isBehind || document.visibilityState === 'hidden') {
    const timer = setTimeout(callback, RARE_PICTURE_MS);
    return () => clearTimeout(timer);
  }
  const picture = requestAnimationFrame(callback);
  return () => cancelAnimationFrame(picture);
}
