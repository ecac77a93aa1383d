import { signal, type ReadonlySignal } from '@preact/signals';

const state = signal(navigator.onLine);

/** Whether the browser has a network. A server on the same machine may be reachable without one. */
export const isOnline: ReadonlySignal<boolean> = state;

window.addEventListener('online', () => (state.value = true));
window.addEventListener('offline', () => (state.value = false));
