import { effect, signal, type ReadonlySignal } from '@preact/signals';
import type { Zone } from '../format';

const TICK_MS = 15_000;
const STORED_ZONE = 'assent.zone';

const time = signal(Date.now());
/** The time, for "3 minutes ago": changes every 15 seconds while the page is visible. */
export const now: ReadonlySignal<number> = time;
/** The zone of exact times, in every screen. */
export const zone = signal<Zone>('local');

export function startClock(): void {
  zone.value = localStorage.getItem(STORED_ZONE) === 'utc' ? 'utc' : 'local';
  effect(() => localStorage.setItem(STORED_ZONE, zone.value));
  const tick = (): void => {
    if (document.visibilityState === 'visible') time.value = Date.now();
  };
  setInterval(tick, TICK_MS);
  document.addEventListener('visibilitychange', tick);
}
