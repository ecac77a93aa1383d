import { AssentError } from '@assent/contract';
import type {
  AnswerSchema,
  ModelMessage,
  ModelPurpose,
  PromptLibrary,
  CallSession,
  ModelCaller,
  ModelReply,
} from '@assent/models';
import { cutText } from '@assent/platform';
import type { Fence } from './fence';
import { problemText } from './prompt.parts';

export interface StructuredQuestion<T> {
  readonly purpose: ModelPurpose;
  readonly messages: readonly ModelMessage[];
  readonly answer: AnswerSchema;
  /** Fence of the prompt, also used for the problem of an answer. */
  readonly fence: Fence;
  /** @throws AssentError invalid for an unusable answer */
  readonly read: (text: string) => T;
}

export type StructuredAnswer<T> =
  | { readonly ok: true; readonly value: T }
  /** `problem`: a sentence that says why the last answer cannot be used; `text`: the answer, null when none was complete. */
  | { readonly ok: false; readonly problem: string; readonly text: string | null };

/** Maximum characters of an answer that is repeated to a model. */
const REPEAT_MAX_CHARS = 8_000;
const ATTEMPTS = 2;

/**
 * Asks for a structured answer. Asks once more, with the problem, when the answer cannot be used.
 * @throws AssentError budget_exhausted
 * @throws the reason of the session's signal
 */
export async function askStructured<T>(
  caller: ModelCaller,
  prompts: PromptLibrary,
  session: CallSession,
  question: StructuredQuestion<T>,
): Promise<StructuredAnswer<T>> {
  const { purpose, answer, fence, read } = question;
  let { messages } = question;
  let last: StructuredAnswer<T> = { ok: false, problem: '', text: null };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const reply = await caller.call(session, { purpose, attempt, messages, ask: { answer } });
    last = readReply(reply, read);
    if (last.ok) return last;
    // The endpoint rejected the request itself, so a retry would be rejected too.
    if (reply.failure?.outcome === 'rejected') break;
    const complained = prompts.render('retry.user', { problem: problemText(last.problem, fence) });
    messages = [...question.messages, ...complaint(reply.text, complained)];
  }
  return last;
}

/** The answer with its problem. An empty answer is omitted, because some endpoints refuse empty messages. */
export function complaint(said: string, problem: string): ModelMessage[] {
  const again: ModelMessage = { role: 'user', content: problem };
  return said.trim() === '' ? [again] : [{ role: 'assistant', content: cutText(said, REPEAT_MAX_CHARS) }, again];
}

function readReply<T>({ failure, end, text }: ModelReply, read: (text: string) => T): StructuredAnswer<T> {
  if (failure) return { ok: false, problem: failure.message, text: null };
  if (end === 'filtered') return { ok: false, problem: 'The model refused to answer.', text: null };
  try {
    return { ok: true, value: read(text) };
  } catch (thrown) {
    if (!(thrown instanceof AssentError) || thrown.reason !== 'invalid') throw thrown;
    const { pointer = '' } = thrown.details;
    const where = pointer === '' || thrown.message.includes(pointer) ? '' : ` (at ${pointer})`;
    const cut = end === 'length' ? ' It was cut off at the longest answer allowed.' : '';
    return { ok: false, problem: `${thrown.message}${where}${cut}`, text };
  }
}
