import type { Joint } from './joint/joint';
import { isOpen, type Variable } from './model';
import { clampProbability } from './numbers';
import { invalid, pointer } from './pointer';

/** Assumed probabilities by assumption id. */
export type Assumed = Readonly<Record<string, number>>;

/**
 * The joint distribution after moving some open assumptions by Jeffrey's rule: conditional probabilities on them do not
 * change.
 * @throws AssentError invalid, with a pointer into /assume
 */
export function moved(joint: Joint, assumed: Assumed, variables: readonly Variable[]): Joint {
  const position = new Map(variables.map(({ id }, variable) => [id, variable]));
  const moves = Object.entries(assumed).map(([id, p]) => {
    const variable = position.get(id);
    if (variable === undefined) throw refuse(`There is no assumption "${id}" in the tree.`, id);
    if (isOpen(joint, variable)) return { variable, p: clampProbability(p) };
    throw refuse(
      `Assumption "${id}" is settled by what is resolved: only open assumptions can be assumed otherwise.`,
      id,
    );
  });
  const after = joint.moved(moves);
  if (after) return after;
  const ids = moves.map(({ variable }) => variables[variable]?.id ?? '').sort();
  throw refuse(
    `${ids.join(', ')} cannot all have the probabilities that are assumed: some of them exclude each other. Lower one.`,
    ids.at(-1) ?? '',
  );
}

function refuse(message: string, id: string): Error {
  return invalid(message, pointer('/assume', id));
}
