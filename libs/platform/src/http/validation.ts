import type { ValidationError } from '@nestjs/common';
import { AssentError } from '@assent/contract';

/** What class-validator found, as the project's own error with a pointer to the first field. */
export function validationProblem(problems: readonly ValidationError[]): AssentError {
  const sentences = problems.flatMap((problem) => Object.values(problem.constraints ?? {}));
  return new AssentError('invalid', `${sentences.join('; ')}.`, { pointer: `/${problems[0]?.property ?? ''}` });
}
