import type { Event, JsonPatchOperation } from '@ag-ui/core';

/** A type of the protocol package with its enums as plain text, so that the package is not needed at run time. */
type Plain<E> = E extends { type: infer T extends string } ? Omit<E, 'type'> & { type: `${T}` } : never;

/** An event of the AG-UI protocol, version 1.0. */
export type AgUiEvent = Plain<Event>;
export type AgUiEventOf<T extends AgUiEvent['type']> = Extract<AgUiEvent, { type: T }>;
export type PatchOperation = JsonPatchOperation;

export const AG_UI_VERSION = '1.0';
/** Metadata of every event: the seq of its frame. */
export const SEQ_METADATA = 'assent/seq';

/** Marks events with their frame. */
export function ofFrame(events: readonly AgUiEvent[], seq: number, at: string | null): AgUiEvent[] {
  return events.map((event) => ({
    ...event,
    ...(at === null ? {} : { timestamp: Date.parse(at) }),
    metadata: { [SEQ_METADATA]: seq },
  }));
}

/**
 * The events of one frame as server-sent events. Only the last one has the `id`, so that a client that is disconnected
 * between two of them gets the whole frame again.
 */
export function encode(events: readonly AgUiEvent[], seq: number): string {
  return events
    .map((event, index) => `${index === events.length - 1 ? `id: ${seq}\n` : ''}data: ${JSON.stringify(event)}\n\n`)
    .join('');
}
