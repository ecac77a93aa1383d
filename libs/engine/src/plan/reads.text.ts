import type { ReadsOutcome } from '@assent/planner';
import { resultText } from './result.text';

export interface ReadText {
  readonly actionId: string;
  readonly text: string;
}

/**
 * The results of a turn of reads for a model, each rendered by `resultText`.
 * @param maxChars maximum per result; @param total maximum for all. Long results share the characters that short ones leave
 */
export function readTexts({ reads }: ReadsOutcome, maxChars: number, total: number): ReadText[] {
  const whole = reads.map(({ outcome }) => resultText(outcome, maxChars));
  const share = fairShare(
    whole.map(({ length }) => length),
    Math.max(total, maxChars),
  );
  return reads.map(({ actionId, outcome }, index) => {
    const text = whole[index] ?? '';
    return { actionId, text: text.length <= share ? text : resultText(outcome, Math.min(share, maxChars)) };
  });
}

/** The maximum length per text with which all texts fit. */
export function fairShare(lengths: readonly number[], total: number): number {
  const ascending = [...lengths].sort((a, b) => a - b);
  let left = total;
  for (const [index, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (length > share) return share;
    left -= length;
  }
  return total;
}
