import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positiveNumber, readOptions, wholeNumber } from '@assent/client/cli';
import { migrateTemplate } from '../chaos/installation';
import { measureSlowness } from '../support/limits';
import { runProgram } from '../support/program';
import { OwnPostgres } from '../support/own-postgres';
import { playFuzz } from './campaign';

const MAX_SEED = 100_000;
const CANNOT_USE = 2;
const USAGE = 'Usage: npm run fuzz -- [--minutes N] [--seed S]';

/** @throws UsageError */
function optionsOf(args: readonly string[]): { readonly minutes: number; readonly seed: number } {
  const { values } = readOptions(args, {
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * MAX_SEED)) },
    },
  });
  return { minutes: positiveNumber('--minutes', values.minutes), seed: wholeNumber('--seed', values.seed) };
}

/** `npm run fuzz`: sends requests of all kinds to a server of its own. @returns the exit status: 1 when something was wrong */
async function main(args: readonly string[]): Promise<number> {
  const { minutes, seed } = optionsOf(args);
  measureSlowness();
  const log = (line: string) => void process.stdout.write(`${line}\n`);
  log(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), 'assent-fuzz-postgres-'));
  const postgres = await OwnPostgres.start(folder);
  try {
    await migrateTemplate(postgres);
    const isClean = await playFuzz({ minutes, seed, log });
    log(isClean ? 'Nothing was wrong.' : `Repeat it: npm run fuzz -- --minutes ${minutes} --seed ${seed}`);
    return isClean ? 0 : 1;
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

runProgram(main, { usage: USAGE, failureStatus: CANNOT_USE });
