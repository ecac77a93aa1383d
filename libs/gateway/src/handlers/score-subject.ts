import { AssentError, type MethodParams } from '@assent/contract';

type ScoreParams = MethodParams<'tree/score'>;

/** What can be scored. Beliefs and a trace need actions beside them; a tree, and a run's tree, have their own. */
const SUBJECTS = ['beliefs', 'trace', 'tree', 'runId'] as const;

/** Refuses what would otherwise be passed over in silence. @throws AssentError invalid, with a pointer to the extra part */
export function requireOneSubject(params: ScoreParams): void {
  const [subject, second] = SUBJECTS.filter((name) => params[name] !== undefined);
  if (subject === undefined) {
    throw invalid('There is nothing to score: give beliefs or a trace with actions, a tree, or a runId.', 'beliefs');
  }
  if (second !== undefined) throw invalid(`There is ${subject} to score already: leave out ${second}.`, second);
  const hasActions = subject === 'tree' || subject === 'runId';
  if (hasActions && params.actions !== undefined) {
    throw invalid(`The actions of ${subject} are scored as they are: leave out actions.`, 'actions');
  }
  if (!hasActions && params.assume !== undefined) {
    throw invalid(
      `The probabilities of ${subject} are the caller's own: change them there, and leave out assume.`,
      'assume',
    );
  }
  if (subject !== 'runId' && params.step !== undefined) {
    throw invalid('A step is one of a run: give the runId too, or leave out step.', 'step');
  }
}

function invalid(message: string, name: keyof ScoreParams): AssentError {
  return new AssentError('invalid', message, { pointer: `/${name}` });
}
