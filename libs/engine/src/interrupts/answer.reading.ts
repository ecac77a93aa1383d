import { AssentError, type InputAnswer, type InputRequest, type Resolution } from '@assent/contract';

/**
 * The resolutions in an answer, of assumptions that its question asks about.
 * @throws AssentError invalid (pointer below /result): an assumption that was not asked about, or resolved both ways
 */
export function resolutionsIn(answer: InputAnswer, { assumptions }: InputRequest, requestId: string): Resolution[] {
  const asked = assumptions.map(({ assumptionId }) => assumptionId);
  const said = new Map<string, boolean>();
  if (answer.truth !== undefined) {
    if (asked.length === 0) {
      throw new AssentError(
        'invalid',
        `Request ${requestId} settles no assumption that could be true or false: answer it with "text".`,
        { pointer: '/result/truth' },
      );
    }
    for (const id of asked) said.set(id, answer.truth);
  }
  answer.resolved?.forEach(({ assumptionId, truth }, index) => {
    const pointer = `/result/resolved/${index}`;
    if (!asked.includes(assumptionId)) {
      const list = asked.length > 0 ? `It asks about ${asked.join(', ')}.` : 'Answer it with "text".';
      throw new AssentError('invalid', `Request ${requestId} does not ask about "${assumptionId}". ${list}`, {
        pointer: `${pointer}/assumptionId`,
      });
    }
    if (said.has(assumptionId) && said.get(assumptionId) !== truth) {
      throw new AssentError('invalid', `The answer to ${requestId} says two things of "${assumptionId}": say one.`, {
        pointer,
      });
    }
    said.set(assumptionId, truth);
  });
  return [...said].map(([assumptionId, truth]) => ({ assumptionId, truth }));
}

/** What is assumed when the question expires. */
export function resolutionsOnExpiry({ assumptions, onExpiry }: InputRequest): Resolution[] {
  if (onExpiry === 'unresolved') return [];
  return assumptions.map(({ assumptionId, p }) => ({
    assumptionId,
    truth: onExpiry === 'likely' ? p >= 1 / 2 : onExpiry === 'true',
  }));
}
