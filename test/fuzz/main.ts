import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrateTemplate } from '../chaos/installation';
import { measureSlowness } from '../support/limits';
import { runProgram } from '../support/program';
import { OwnPostgres } from '../support/own-postgres';
import { playFuzz } from './campaign';

const MAX_SEED = 100_000;
const CANNOT_USE = 2;
const USAGE = 'Usage: npm run fuzz -- [--minutes N] [--seed S]';

/** @throws Error when an option cannot be used */
function optionsOf(args: string[]): { readonly minutes: number; readonly seed: number } {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * MAX_SEED)) },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0) || !Number.isSafeInteger(seed) || seed < 0) {
    throw new Error(`--minutes is a positive number, --seed a whole number. ${USAGE}`);
  }
  return { minutes, seed };
}

/** `npm run fuzz`: sends requests of all kinds to a server of its own. @returns the exit status: 1 when something was wrong */
async function main(args: string[]): Promise<number> {
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

runProgram(() => main(process.argv.slice(2)), CANNOT_USE);
