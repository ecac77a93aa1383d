/** Why a process cannot start with its settings: one or two sentences per problem, which name the variable. */
export class StartError extends Error {
  override readonly name = 'StartError';

  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
  }
}
