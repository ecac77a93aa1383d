import { pick, type Random } from '../../bench/support/random';
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
