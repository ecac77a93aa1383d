import { isSamePerson } from '@assent/platform';

/** The people behind a credential: the person it speaks for, then those who can use it because they issued it. */
export type People = readonly [person: string, ...issuers: string[]];

/** A principal, or what was stored of one. */
interface Credential {
  readonly subject: string;
  readonly person?: string | null | undefined;
  readonly issuers?: readonly string[] | null | undefined;
}

/** The one place that determines the people behind a credential. */
export function peopleBehind({ subject, person, issuers }: Credential): People {
  const speaksFor = person ?? subject;
  return [speaksFor, ...[...new Set(issuers ?? [])].filter((name) => name !== speaksFor)];
}

/**
 * Whether one person could have used both credentials: the person whom one speaks for stands behind the other. Two people
 * whose keys the same admin has issued stay two.
 */
export function areOnePerson(one: People, other: People): boolean {
  return isAmong(one[0], other) || isAmong(other[0], one);
}

/** Distinct people behind credentials: as many as are certain not to be one person. */
export function countPeople(all: readonly People[]): number {
  const links = (people: People): number => all.filter((other) => areOnePerson(people, other)).length;
  // Those who share least with others first: somebody's own credential must not hide two people to whom they gave keys.
  const ordered = [...all].sort((a, b) => links(a) - links(b));
  const counted: People[] = [];
  for (const people of ordered) {
    if (!counted.some((other) => areOnePerson(people, other))) counted.push(people);
  }
  return counted.length;
}

function isAmong(person: string, people: People): boolean {
  return people.some((name) => isSamePerson(person, name));
}
