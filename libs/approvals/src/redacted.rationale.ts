import type { Ground, Rationale } from '@assent/contract';

/** A rationale whose texts hold no secrets: those that a caller or a model wrote are in the sentence and the grounds. */
export function redactedRationale(rationale: Rationale, redact: (text: string) => string): Rationale {
  const shown = (ground: Ground): Ground => ({ ...ground, text: redact(ground.text) });
  return {
    ...rationale,
    sentence: redact(rationale.sentence),
    for: rationale.for.map(shown),
    against: rationale.against.map(shown),
  };
}
