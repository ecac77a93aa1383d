import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positiveNumber, readOptions, wholeNumber } from '@assent/client/cli';
import { measureSlowness } from '../support/limits';
import { runProgram } from '../support/program';
import { MAY_MOUNT, inLittleSpace } from '../support/small-disk';
import { playCampaign } from './campaign';

/** Postgres takes 60 MB, its log 100 MB, an episode 20 MB. */
const DISK_KILOBYTES = 400_000;
const CANNOT_USE = 2;
const USAGE = 'Usage: npm run chaos -- [--minutes N] [--seed S] [--only TEXT]';

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly only: string;
  /** The folder of the second process, which sees the small disk. */
  readonly disk: string | undefined;
}

/** @throws UsageError */
function optionsOf(args: readonly string[]): Options {
  const { values } = readOptions(args, {
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 100_000)) },
      only: { type: 'string', default: '' },
      disk: { type: 'string' },
    },
  });
  return {
    minutes: positiveNumber('--minutes', values.minutes),
    seed: wholeNumber('--seed', values.seed),
    only: values.only,
    disk: values.disk,
  };
}

/** `npm run chaos`: plays faults against two servers. @returns the exit status: 1 when a promise was broken */
async function main(args: readonly string[]): Promise<number> {
  const { disk, ...settings } = optionsOf(args);
  if (disk === undefined) return inOwnSpace(settings);
  measureSlowness();
  const log = (line: string) => void process.stdout.write(`${line}\n`);
  return (await playCampaign({ ...settings, disk, isSmall: MAY_MOUNT, log })) ? 0 : 1;
}

/** The same again, on a disk that the processes of the campaign share with nobody. */
function inOwnSpace({ minutes, seed, only }: Omit<Options, 'disk'>): number {
  const folder = mkdtempSync(join(tmpdir(), 'assent-chaos-'));
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const again = [process.execPath, ...process.execArgv, __filename, '--disk', disk];
  const options = ['--minutes', String(minutes), '--seed', String(seed), '--only', only];
  const command = [...again, ...options];
  const [program, ...words] = MAY_MOUNT ? inLittleSpace(disk, DISK_KILOBYTES, command) : command;
  try {
    return spawnSync(program ?? '', words, { stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

runProgram(main, { usage: USAGE, failureStatus: CANNOT_USE });
