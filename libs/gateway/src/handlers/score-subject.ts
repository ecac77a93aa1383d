import { AssentError, type MethodParams } from '@assent/contract';

type ScoreParams = MethodParams<'tree/score'>;

/** The input of a score. Beliefs and a trace need actions; a tree, and the tree of a run, contain theirs. */
const SUBJECTS = ['beliefs', 'trace', 'tree', 'runId'] as const;

/**
 * Refuses input that would otherwise be ignored.
 * @throws AssentError invalid, with a pointer to the surplus part
 */
export function requireOneSubject(params: ScoreParams): void {
  const [subject, second] = SUBJECTS.filter((name) => params[name] !== undefined);
  if (subject === undefined) {
    throw invalid('There is nothing to score. Give beliefs or a trace with actions, a tree, or a runId.', 'beliefs');
  }
  if (second !== undefined) throw invalid(`There is already ${subject} to score. Leave out ${second}.`, second);
  const hasActions = subject === 'tree' || subject === 'runId';
  if (hasActions && params.actions !== undefined) {
    throw invalid(`The actions of ${subject} cannot be replaced. Leave out actions.`, 'actions');
  }
  if (!hasActions && params.assume !== undefined) {
    throw invalid(
      `The probabilities of ${subject} are the caller's own: change them there, and leave out assume.`,
      'assume',
    );
  }
  if (subject !== 'runId' && params.step !== undefined) {
    throw invalid('A step belongs to a run. Give its runId too, or leave out step.', 'step');
  }
}

function invalid(message: string, name: keyof ScoreParams): AssentError {
  return new AssentError('invalid', message, { pointer: `/${name}` });
}
