import { computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import { VERSION, isNewer } from '@assent/client';
import type { MethodResult } from '@assent/contract';
import { seat } from '../session/session';
import { inbox } from './inbox';

export type ServerInfo = MethodResult<'server/info'>;

const current = signal<ServerInfo | null>(null);

/** What the server says of itself to the active seat; null: it has not said yet. */
export const serverInfo: ReadonlySignal<ServerInfo | null> = current;

/** The server has a newer version than this page, patches aside. */
export const isServerNewer: ReadonlySignal<boolean> = computed(
  () => current.value !== null && isNewer(current.value.version, VERSION),
);

/** Reads it for each seat, and again after an outage: the server may be another one. */
export function startServerInfo(): void {
  effect(() => {
    const client = seat.value?.client;
    current.value = null;
    if (!client) return undefined;
    const abort = new AbortController();
    const read = (): void => {
      client.call('server/info', {}, { signal: abort.signal }).then(
        (info) => (current.value = info),
        () => undefined,
      );
    };
    read();
    const unsubscribe = inbox.onRefresh(read);
    return () => {
      abort.abort();
      unsubscribe();
    };
  });
}
