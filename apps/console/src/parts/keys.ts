import { signal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { KeySequence } from './key-sequence';

export interface KeyHelp {
  readonly title: string;
  /** What each key does. Keys that are not named here are not shown. */
  readonly keys: Readonly<Record<string, string>>;
}

type Bindings = Readonly<Record<string, (event: KeyboardEvent) => void>>;
interface Layer {
  readonly bindings: () => Bindings;
  readonly help: KeyHelp;
}

const STORED = 'assent.keys';
const layers = signal<readonly Layer[]>([]);
const sequence = new KeySequence();

/** Keys of the page as it is now, for the help. */
export const keyHelp: ReadonlySignal<readonly Layer[]> = layers;
/** Single keys can be switched off (WCAG 2.1.4). */
export const areKeysOn = signal(localStorage.getItem(STORED) !== 'off');

export function setKeysOn(isOn: boolean): void {
  areKeysOn.value = isOn;
  localStorage.setItem(STORED, isOn ? 'on' : 'off');
}

/** Keys of a screen, such as `j`, `g r`, `Enter`. They do nothing in fields, in dialogs and with a modifier. */
export function useKeys(bindings: Bindings, help: KeyHelp): void {
  const newest = useRef(bindings);
  newest.current = bindings;
  useEffect(() => {
    const layer: Layer = { bindings: () => newest.current, help };
    layers.value = [...layers.value, layer];
    return () => {
      layers.value = layers.value.filter((other) => other !== layer);
    };
  }, [help.title]);
}

export function startKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (!areKeysOn.value || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    if (isTyping(event)) return;
    // The newest layer wins: a screen may take a key of the shell.
    const all = layers.value.toReversed().map(({ bindings }) => bindings());
    const name = sequence.press(
      event.key,
      event.timeStamp,
      all.flatMap((bindings) => Object.keys(bindings)),
    );
    if (name === null) return;
    event.preventDefault();
    all.find((bindings) => name in bindings)?.[name]?.(event);
  });
}

function isTyping({ target, key }: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]')) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('input, textarea, select') !== null) return true;
  // Enter and the space bar belong to the control that has the focus.
  return (key === 'Enter' || key === ' ') && target.closest('a, button, summary, [role="tab"]') !== null;
}
