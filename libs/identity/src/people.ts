import { isSamePerson } from '@assent/platform';

/** The people behind a credential: the person it speaks for, then its issuers, who can use it as well. */
export type People = readonly [person: string, ...issuers: string[]];

/** A principal, or its stored form. */
interface Credential {
  readonly subject: string;
  readonly person?: string | null | undefined;
  readonly issuers?: readonly string[] | null | undefined;
}

/** The only place that determines the people behind a credential. */
export function peopleBehind({ subject, person, issuers }: Credential): People {
  const speaksFor = person ?? subject;
  return [speaksFor, ...[...new Set(issuers ?? [])].filter((name) => name !== speaksFor)];
}

/**
 * Whether one person could have used both credentials: the person for whom one speaks is behind the other. Two people
 * whose keys were issued by the same admin remain two.
 */
export function areOnePerson(one: People, other: People): boolean {
  return isAmong(one[0], other) || isAmong(other[0], one);
}

/** The number of distinct people behind credentials: those that are certainly not the same person. */
export function countPeople(all: readonly People[]): number {
  const links = (people: People): number => all.filter((other) => areOnePerson(people, other)).length;
  // Credentials that overlap least come first: one's own credential must not hide two people to whom one issued keys.
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
