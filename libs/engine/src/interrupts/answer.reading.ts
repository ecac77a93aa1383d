import { AssentError, type Action, type InputAnswer, type InputRequest, type Resolution } from '@assent/contract';

/** Answers that are a plain yes or no, in lower case. */
const YES: ReadonlySet<string> = new Set(['yes', 'y', 'true', 'oui', 'ja']);
const NO: ReadonlySet<string> = new Set(['no', 'n', 'false', 'non', 'nein']);

/**
 * The resolutions in an answer, of assumptions that its question asks about. A plain yes or no, as option or as text,
 * resolves the assumptions that a model has named for it.
 * @param action the question in its tree
 * @throws AssentError invalid (pointer below /result) for an option that is not offered, or an assumption that was not asked about
 * or is resolved both ways
 */
export function resolutionsIn(
  answer: InputAnswer,
  { assumptions, options = [] }: InputRequest,
  requestId: string,
  { assumptionIds = [] }: Pick<Action, 'assumptionIds'> = {},
): Resolution[] {
  if (answer.option !== undefined && !options.includes(answer.option)) {
    const list = options.length > 0 ? `The options are ${JSON.stringify(options)}.` : 'It has no options.';
    throw new AssentError(
      'invalid',
      `Request ${requestId} does not offer this option. ${list} Or answer with "text".`,
      {
        pointer: '/result/option',
      },
    );
  }
  const asked = assumptions.map(({ assumptionId }) => assumptionId);
  const said = new Map<string, boolean>();
  if (answer.truth !== undefined) {
    if (asked.length === 0) {
      throw new AssentError(
        'invalid',
        `Request ${requestId} resolves no assumption that could be true or false: answer it with "text".`,
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
      throw new AssentError('invalid', `The answer to ${requestId} resolves "${assumptionId}" both ways: keep one.`, {
        pointer,
      });
    }
    said.set(assumptionId, truth);
  });
  const words = truthOf(answer.option ?? answer.text ?? '');
  if (words !== null && said.size === 0) {
    for (const id of assumptionIds) if (asked.includes(id)) said.set(id, words);
  }
  return [...said].map(([assumptionId, truth]) => ({ assumptionId, truth }));
}

/** The truth value of a plain yes or no; null for any other text. */
function truthOf(words: string): boolean | null {
  const plain = words.trim().toLowerCase().replace(/[.!]$/u, '');
  return YES.has(plain) ? true : NO.has(plain) ? false : null;
}

/** Resolutions that apply when the question expires. */
export function resolutionsOnExpiry({ assumptions, onExpiry }: InputRequest): Resolution[] {
  if (onExpiry === 'unresolved') return [];
  return assumptions.map(({ assumptionId, p }) => ({
    assumptionId,
    truth: onExpiry === 'likely' ? p >= 1 / 2 : onExpiry === 'true',
  }));
}
