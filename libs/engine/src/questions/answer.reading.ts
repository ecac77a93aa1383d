import { AssentError, type InputAnswer, type InputRequest, type Resolution } from '@assent/contract';

/**
 * What an answer says of the assumptions that its question settles.
 * @throws AssentError invalid (pointer below /result): an assumption that was not asked about, or said twice
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

/** What is taken for true when nobody has answered in time. */
export function resolutionsOnExpiry({ assumptions, onExpiry }: InputRequest): Resolution[] {
  if (onExpiry === 'unresolved') return [];
  return assumptions.map(({ assumptionId, p }) => ({
    assumptionId,
    truth: onExpiry === 'likely' ? p >= 1 / 2 : onExpiry === 'true',
  }));
}
