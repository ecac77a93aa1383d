import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { ValidateIf } from 'class-validator';
import { AssentError } from '@assent/contract';

/** What class-validator found, as the project's own error with a pointer to the first field. */
export function validationProblem(problems: readonly ValidationError[]): AssentError {
  const sentences = problems.flatMap((problem) => Object.values(problem.constraints ?? {}));
  return new AssentError('invalid', `${sentences.join('; ')}.`, { pointer: `/${problems[0]?.property ?? ''}` });
}

/** For bodies and queries: their class says what may be in them, and nothing else may. */
export const strictBody = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  exceptionFactory: validationProblem,
});

/** A property that may be left out. Unlike `IsOptional`, null is a value: nothing behind the door expects one. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);
