import { signal, type ReadonlySignal } from '@preact/signals';

/** Screen readers get at most one message in this time. */
const PAUSE_MS = 2_000;

const text = signal('');
let waiting: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** What the polite live region of the page says. */
export const announcement: ReadonlySignal<string> = text;

/** Says something to people who do not see the screen. Of messages that come too fast the newest is said. */
export function announce(message: string): void {
  if (timer !== undefined) {
    waiting = message;
    return;
  }
  text.value = message;
  timer = setTimeout(next, PAUSE_MS);
}

function next(): void {
  timer = undefined;
  const message = waiting;
  waiting = null;
  if (message === null) text.value = '';
  else announce(message);
}
