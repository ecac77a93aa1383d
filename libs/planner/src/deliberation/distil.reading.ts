import { AssentError, FRAGMENT_MAX_CHARS, type CallerOp } from '@assent/contract';
import { excerpt } from '@assent/platform';
import { readDistilAnswer, type DistilAnswer } from './answer.schemas';

/** Maximum characters of an operation's rationale, equal to the limit of a memory plan. */
const RATIONALE_MAX_CHARS = 2_000;

/**
 * The memory operations that a model proposes. Memory itself checks whether fragments exist and texts may be stored.
 * @throws AssentError invalid that describes the problem to the model, with a pointer
 */
export function readDistilled(text: string, maxOps: number): CallerOp[] {
  const { operations } = readDistilAnswer(text);
  if (operations.length > maxOps) throw refuse(`There are at most ${maxOps} operations.`, '/operations');
  return operations.map((operation, index) => readOperation(operation, `/operations/${index}`));
}

function readOperation(operation: DistilAnswer['operations'][number], at: string): CallerOp {
  const { op, fragmentIds, text, reason } = operation;
  const rationale = excerpt(operation.rationale.trim(), RATIONALE_MAX_CHARS);
  if (rationale === '') throw refuse('Every operation says why.', `${at}/rationale`);
  const ids = [...new Set(fragmentIds)];
  const [fragmentId] = ids;
  if (op === 'delete') {
    if (reason === 'none') throw refuse('A delete has a reason other than none.', `${at}/reason`);
    if (fragmentId === undefined || ids.length > 1) throw refuse('A delete names one lesson.', `${at}/fragmentIds`);
    return { op, fragmentId, reason, rationale };
  }
  const lesson = text.trim();
  if (lesson === '' || lesson.length > FRAGMENT_MAX_CHARS) {
    throw refuse(`A lesson has 1 to ${FRAGMENT_MAX_CHARS} characters.`, `${at}/text`);
  }
  if (op === 'add') {
    if (fragmentId !== undefined) throw refuse('An add names no lesson.', `${at}/fragmentIds`);
    return { op, text: lesson, rationale };
  }
  if (op === 'merge') {
    if (ids.length < 2) throw refuse('A merge names two lessons or more.', `${at}/fragmentIds`);
    return { op, fragmentIds: ids, text: lesson, rationale };
  }
  if (fragmentId === undefined || ids.length > 1) throw refuse('A modify names one lesson.', `${at}/fragmentIds`);
  return { op, fragmentId, text: lesson, rationale };
}

function refuse(message: string, pointer: string): AssentError {
  return new AssentError('invalid', message, { pointer });
}
