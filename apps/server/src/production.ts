import { StartError, type Config } from '@assent/platform';

/**
 * Settings that suit a first trial but not production. `npm run start:prod` and the image refuse to start with them.
 * @throws StartError naming each variable that is missing
 */
export function requireProduction({ env, loopback }: Pick<Config, 'env' | 'loopback'>): void {
  const problems: string[] = [];
  if (env.DATABASE_URL === undefined) {
    problems.push(
      'DATABASE_URL is not set: the embedded Postgres is for one machine and for trying things out. Set it to the address of a Postgres',
    );
  }
  // Where others can reach it, a server generates no keys and requires usable credentials.
  if (loopback && (env.DEVELOPER_KEY === undefined || env.REVIEWER_KEY === undefined)) {
    problems.push(
      'DEVELOPER_KEY and REVIEWER_KEY are not set: generated keys stay on one machine. Set both, each to a different key',
    );
  }
  if (env.WORKSPACES === undefined) {
    problems.push('WORKSPACES is not set: the shipped example is not meant for real work. Set it, as name=dir');
  }
  if (problems.length > 0) throw new StartError(problems.map((problem) => `Not for production: ${problem}.`));
}
