import type { Ground, Rationale } from '@assent/contract';

/** Redacts the sentence and the grounds of a rationale, which contain text of a caller or a model. */
export function redactedRationale(rationale: Rationale, redact: (text: string) => string): Rationale {
  const shown = (ground: Ground): Ground => ({ ...ground, text: redact(ground.text) });
  return {
    ...rationale,
    sentence: redact(rationale.sentence),
    for: rationale.for.map(shown),
    against: rationale.against.map(shown),
  };
}
