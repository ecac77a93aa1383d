import { drawIndexes, streamOf } from '../../bench/support/random';
import { playEpisode } from './episode';
import type { Fault } from './fault';
import { FAULTS, FULL_DISK, PLANTED } from './faults';
import { join } from 'node:path';
import { OwnPostgres } from '../support/own-postgres';
import { migrateTemplate } from './installation';
import { Tally } from './tally';

/** Faults of an episode: enough that they meet each other, few enough to be repeated from the seed in a minute. */
const FAULTS_AN_EPISODE = 10;
const MINUTE_MS = 60_000;

export interface CampaignSettings {
  readonly minutes: number;
  /** Of the first episode; each further one has the next number. */
  readonly seed: number;
  /** Only faults with this text in their name. */
  readonly only: string;
  readonly disk: string;
  /** The disk is a small one of its own, which may be filled. */
  readonly isSmall: boolean;
  readonly log: (line: string) => void;
}

/** Plays episodes until the time is over or a promise is broken. @returns whether all promises were kept */
export async function playCampaign({ minutes, seed, only, disk, isSmall, log }: CampaignSettings): Promise<boolean> {
  const isPlanted = only !== '' && PLANTED.name.startsWith(only);
  const all = [...FAULTS, ...(isSmall ? [FULL_DISK] : []), ...(isPlanted ? [PLANTED] : [])];
  const faults = all.filter(({ name }) => name.includes(only));
  if (faults.length === 0) throw new Error(`No fault has "${only}" in its name.`);
  if (!isSmall) log('No disk may be mounted here: the fault of a full disk is left out.');
  const tally = new Tally();
  const postgres = await OwnPostgres.start(join(disk, 'data'));
  let endsAt: number | undefined;
  // The clock runs from the first fault, which is always played.
  const isOver = () => performance.now() > (endsAt ??= performance.now() + minutes * MINUTE_MS);
  let episode = seed;
  let broken: string[] = [];
  try {
    await migrateTemplate(postgres);
    while (broken.length === 0 && (episode === seed || !isOver())) {
      log(`seed ${episode}`);
      const chosen = faultsOf(episode, faults);
      broken = await playEpisode({ postgres, disk, seed: episode, faults: chosen, isOver, tally, log });
      episode += 1;
    }
  } finally {
    await postgres.stop();
  }
  for (const line of tally.lines()) log(line);
  if (broken.length === 0) {
    log(`${tally.bound} Seeds ${seed} to ${episode - 1}.`);
    return true;
  }
  for (const promise of broken) log(`BROKEN: ${promise}`);
  log(`Repeat it: npm run chaos -- --minutes 2 --seed ${episode - 1}${only === '' ? '' : ` --only "${only}"`}`);
  return false;
}

/** A window of an endless sequence of shuffled decks, so that following episodes have every fault equally often. */
function faultsOf(seed: number, faults: readonly Fault[]): Fault[] {
  return Array.from({ length: FAULTS_AN_EPISODE }, (_, index) => {
    const position = seed * FAULTS_AN_EPISODE + index;
    const deck = Math.floor(position / faults.length);
    const order = drawIndexes(streamOf(deck), faults.length, faults.length);
    return faults[order[position % faults.length] ?? 0];
  }).filter((fault) => fault !== undefined);
}
