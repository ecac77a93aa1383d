import { pick, type Random } from '../../bench/support/random';
import { Barrier } from '../support/barrier';
import { FATES } from '../support/kill-points';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import type { Installation } from './installation';

/** Something that goes wrong. It is over, and the installation as before, when `strike` resolves. */
export interface Fault {
  readonly name: string;
  /**
   * Other clients when it strikes. `none`: it brings its own run to the point, which others would reach before it.
   * `starting`: they start once it waits for them.
   */
  readonly clients: 'none' | 'working' | 'starting';
  /** @returns whether it happened */
  strike(installation: Installation, random: Random): Promise<boolean>;
}

export type Play = (installation: Installation, random: Random) => Promise<void>;

/** A fault that brings its own run to the point. */
export function alone(name: string, play: Play): Fault {
  return { name, clients: 'none', strike: alwaysHappens(play) };
}

/** A fault while clients of every kind work. */
export function loaded(name: string, play: Play): Fault {
  return { name, clients: 'working', strike: alwaysHappens(play) };
}

/** A fault that brings its own work to the point, and finds out whether it was in time. */
export function own(name: string, strike: Fault['strike']): Fault {
  return { name, clients: 'none', strike };
}

/** Brings its work to the point and kills there. @param isLost the statement at the barrier never reaches the database */
export type KillAtStatement = (installation: Installation, random: Random, isLost: boolean) => Promise<boolean>;

/** A fault for each fate of the statement that the dead process was waiting for. */
export function killsAt(point: string, strike: KillAtStatement): Fault[] {
  return FATES.map(([fate, isLost]) =>
    own(`kill -9 where ${point}; the statement ${fate}`, (installation, random) =>
      strike(installation, random, isLost),
    ),
  );
}

/** Opens a barrier in the database of the installation, and lifts it. */
export async function withBarrier<T>(
  { databaseUrl }: Installation,
  work: (barrier: Barrier) => Promise<T>,
): Promise<T> {
  const barrier = await Barrier.open(databaseUrl);
  try {
    return await work(barrier);
  } finally {
    await barrier.lift();
  }
}

/** Waits until the work is at the barrier, kills, and seals the fate of the statements there. */
export async function killAtBarrier(
  installation: Installation,
  barrier: Barrier,
  victims: readonly ServerProcess[],
  isLost: boolean,
): Promise<void> {
  await barrier.waiters(1);
  for (const victim of victims) await installation.kill(victim);
  if (isLost) await barrier.cut(await barrier.waiters(1));
}

/** Two replicas: the one that is killed, and one where the work goes on. */
export function pairOf({ servers }: Installation): {
  readonly victim: ServerProcess;
  readonly survivor: ServerProcess;
} {
  const [victim, survivor] = servers;
  if (!victim || !survivor) throw new Error('fewer than two replicas live');
  return { victim, survivor };
}

function alwaysHappens(play: Play): Fault['strike'] {
  return async (installation, random) => {
    await play(installation, random);
    return true;
  };
}

export function victimOf({ servers, replicas }: Installation) {
  const [victim] = servers;
  if (!victim) throw new Error('no replica lives');
  return {
    victim,
    developer: replicas.client(DEVELOPER_KEY, victim),
    reviewer: replicas.client(REVIEWER_KEY, victim),
  };
}

export function serverOf({ servers }: Installation, random: Random): ServerProcess {
  const [first, ...others] = servers;
  if (!first) throw new Error('no replica lives');
  return pick(random, [first, ...others]);
}
