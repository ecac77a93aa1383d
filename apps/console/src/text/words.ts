import { diffArrays } from 'diff';

/** Words, white space, and every other character by itself. */
const TOKENS = /[\p{L}\p{M}\p{N}_]+|\s+|[^]/gu;

export interface WordChange {
  readonly value: string;
  readonly added: boolean;
  readonly removed: boolean;
}

/** What became of the words and spaces of a text, in order. */
export function diffWords(before: string, after: string): readonly WordChange[] {
  return diffArrays(before.match(TOKENS) ?? [], after.match(TOKENS) ?? []).map(({ value, added, removed }) => ({
    value: value.join(''),
    added,
    removed,
  }));
}
