import { AssentError, FRAGMENT_MAX_CHARS, MAX_PLAN_OPS, type PlanOp } from '@assent/contract';
import { MAX_KEYS, KEY_MAX_CHARS, MAX_TAGS, TAG_MAX_CHARS } from '../bounds';
import { widens } from '../widening';

/**
 * Checks of a plan that need no fragments.
 * @throws AssentError invalid, with a pointer into /ops
 */
export function checkOps(ops: readonly PlanOp[]): void {
  if (ops.length === 0) throw refuse('A plan has at least one operation.', '/ops');
  if (ops.length > MAX_PLAN_OPS) throw refuse(`A plan has at most ${MAX_PLAN_OPS} operations. Split it.`, '/ops');
  ops.forEach((op, index) => {
    const at = `/ops/${index}`;
    if (op.rationale.trim() === '') throw refuse('Every operation says why.', `${at}/rationale`);
    if (op.op === 'delete') return;
    const { text, tags = [] } = op;
    const keys = 'keys' in op ? (op.keys ?? []) : [];
    if (text !== undefined) checkText(text, `${at}/text`);
    for (const part of [...keys, ...tags]) if (widens(part)) throw refuseWidening(at);
    if (keys.length > MAX_KEYS || keys.some((key) => key.length > KEY_MAX_CHARS)) {
      throw refuse(`At most ${MAX_KEYS} keys of ${KEY_MAX_CHARS} characters.`, `${at}/keys`);
    }
    if (tags.length > MAX_TAGS || tags.some((tag) => tag.length > TAG_MAX_CHARS)) {
      throw refuse(`At most ${MAX_TAGS} tags of ${TAG_MAX_CHARS} characters.`, `${at}/tags`);
    }
  });
}

function checkText(text: string, pointer: string): void {
  if (text.trim() === '') throw refuse('A fragment without words teaches nothing.', pointer);
  if (text.length > FRAGMENT_MAX_CHARS) {
    throw refuse(`A fragment has at most ${FRAGMENT_MAX_CHARS} characters. Shorten it.`, pointer);
  }
  if (widens(text)) throw refuseWidening(pointer);
}

export function refuse(message: string, pointer: string): AssentError {
  return new AssentError('invalid', message, { pointer });
}

function refuseWidening(pointer: string): AssentError {
  return refuse(
    'This text would widen the permissions of tools, or talk a model round a person: memory holds lessons, permissions belong in the policy.',
    pointer,
  );
}
