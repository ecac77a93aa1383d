import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { AssentClient } from '@assent/client';
import { useSeat } from '../session/session';
import { isOnline } from './online';
import { Problem } from './problem';
import { Skeleton } from './skeleton';
import { PARTS } from './texts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  /** There is a value, and the newest attempt to load it again has failed, or the browser is offline. */
  readonly isStale: boolean;
  readonly reload: () => void;
}

interface State<T> {
  readonly id: string;
  readonly value: T | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
}

/** Loads something of the server as the active seat: anew when the key or the seat changes, and after an outage. */
export function useLoad<T>(key: string, load: (client: AssentClient, signal: AbortSignal) => Promise<T>): Loaded<T> {
  const { client, tenant, subject } = useSeat();
  const id = JSON.stringify([tenant, subject, key]);
  const [round, setRound] = useState(0);
  const [stored, setState] = useState<State<T>>(() => started<T>(id));
  const newest = useRef(load);
  newest.current = load;
  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => (before.id === id ? { ...before, isLoading: true } : started<T>(id)));
    newest.current(client, abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) setState({ id, value, error: undefined, isLoading: false });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setState((before) => ({ ...before, id, error, isLoading: false }));
      },
    );
    return () => abort.abort();
  }, [id, client, round]);
  // The first picture after a change of the key must not show what belongs to the former one.
  const state = stored.id === id ? stored : started<T>(id);
  const hasFailed = state.error !== undefined;
  useEffect(() => {
    if (!hasFailed) return undefined;
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, [hasFailed, reload]);
  const isStale = state.value !== undefined && (hasFailed || !isOnline.value);
  return { value: state.value, error: state.error, isLoading: state.isLoading, isStale, reload };
}

/** What was loaded, or how the loading stands. */
export function Load<T>(props: {
  readonly of: Loaded<T>;
  readonly skeleton?: ComponentChildren;
  readonly children: (value: T) => ComponentChildren;
}) {
  const { of, skeleton = <Skeleton />, children } = props;
  if (of.value === undefined) {
    if (of.error !== undefined && !of.isLoading) return <Problem error={of.error} retry={of.reload} />;
    return <div class="loading">{skeleton}</div>;
  }
  return (
    <>
      {of.isStale && (
        <p class="notice notice-warn" role="status">
          {isOnline.value ? PARTS.stale : PARTS.staleOffline}{' '}
          <button type="button" class="link" onClick={of.reload}>
            {PARTS.retry}
          </button>
        </p>
      )}
      {children(of.value)}
    </>
  );
}

function started<T>(id: string): State<T> {
  return { id, value: undefined, error: undefined, isLoading: true };
}
