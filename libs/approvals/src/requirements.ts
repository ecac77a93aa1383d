import type { Requirement, DecisionVerb, Needed } from '@assent/contract';
import { areOnePerson, countPeople, peopleBehind, type People } from '@assent/identity';

/** A reminder or escalation of a pending approval. */
export type ScheduleItem =
  | { readonly kind: 'remind'; readonly afterSeconds: number }
  | {
      readonly kind: 'escalate';
      readonly afterSeconds: number;
      readonly rule: string;
      /** Additional roles that may decide from then on. */
      readonly deciders?: readonly string[] | undefined;
      /** Roles that replace the required ones. */
      readonly roles?: readonly string[] | undefined;
    };

/** The requirements of a policy at the time of the request; stored with the approval. */
export interface Requirements {
  /** All of them have to be satisfied; at least one. */
  readonly clauses: readonly Requirement[];
  readonly onExpiry: 'fail' | 'continue';
  /** Sorted by time. */
  readonly agenda: readonly ScheduleItem[];
}

export const DEFAULT_REQUIREMENT: Requirement = {
  rule: 'default',
  version: 'built-in',
  deciders: null,
  roles: [],
  quorum: 1,
  authorsApprove: true,
};
export const DEFAULT_REQUIREMENTS: Requirements = { clauses: [DEFAULT_REQUIREMENT], onExpiry: 'fail', agenda: [] };

/** One person's vote on the current revision. */
export interface Vote {
  readonly actor: string;
  readonly decision: DecisionVerb;
  readonly roles: readonly string[];
  /** Roles of the voter at the time of the vote. */
  readonly person?: string | null;
  readonly issuers?: readonly string[] | null;
  /** The channel, `webhook:<id>`; null: a request with a credential of the actor. */
  readonly via?: string | null;
}

/** The minimum number of distinct people who must approve; a constraint of the database checks it. */
export function quorumOf({ clauses }: Requirements): number {
  return Math.max(1, ...clauses.map(({ quorum }) => quorum));
}

/** Whether a vote with these roles counts for any requirement. */
export function countsForAny({ clauses }: Requirements, roles: ReadonlySet<string>): boolean {
  return clauses.some((requirement) => counts(requirement, [...roles]));
}

/**
 * The open requirements; zero people and no roles: approved.
 * @param author the people behind the current content; null: the run
 */
export function needed({ clauses }: Requirements, votes: readonly Vote[], author: string | People | null): Needed {
  const authors: People | null = typeof author === 'string' ? [author] : author;
  const missing = clauses.map((requirement) => {
    const counted = votes.filter(
      (vote) =>
        vote.decision === 'approve' &&
        counts(requirement, vote.roles) &&
        (requirement.authorsApprove || authors === null || !areOnePerson(peopleOf(vote), authors)),
    );
    const people = countPeople(counted.map(peopleOf));
    const roles = requirement.roles.filter((role) => !counted.some((vote) => vote.roles.includes(role)));
    return { people: Math.max(requirement.quorum - people, roles.length > 0 ? 1 : 0, 0), roles };
  });
  return {
    people: Math.max(0, ...missing.map(({ people }) => people)),
    roles: [...new Set(missing.flatMap(({ roles }) => roles))],
  };
}

function peopleOf({ actor: subject, person, issuers }: Vote): People {
  return peopleBehind({ subject, person, issuers });
}

export function isEnough({ people, roles }: Needed): boolean {
  return people === 0 && roles.length === 0;
}

/**
 * The union of both requirements: a revision keeps the earlier requirements.
 * @param done how many schedule items of `a` are completed
 */
export function combined(a: Requirements, b: Requirements, done: number): Requirements {
  const known = new Set(a.clauses.map(({ rule }) => rule));
  const further = b.clauses.filter(({ rule }) => !known.has(rule) && rule !== DEFAULT_REQUIREMENT.rule);
  const later = b.agenda.filter((item) => item.kind === 'escalate' && further.some(({ rule }) => rule === item.rule));
  return {
    clauses: [...a.clauses, ...further],
    onExpiry: a.onExpiry === 'fail' || b.onExpiry === 'fail' ? 'fail' : 'continue',
    agenda: [
      ...a.agenda.slice(0, done),
      ...[...a.agenda.slice(done), ...later].sort((x, y) => x.afterSeconds - y.afterSeconds),
    ],
  };
}

/** The requirements after an escalation. */
export function escalated(requirements: Requirements, item: Extract<ScheduleItem, { kind: 'escalate' }>): Requirements {
  const clauses = requirements.clauses.map((requirement) => {
    if (requirement.rule !== item.rule) return requirement;
    const deciders =
      requirement.deciders === null || item.deciders === undefined
        ? requirement.deciders
        : [...new Set([...requirement.deciders, ...item.deciders])];
    return { ...requirement, deciders, roles: item.roles === undefined ? requirement.roles : [...item.roles] };
  });
  return { ...requirements, clauses };
}

function counts({ deciders }: Requirement, roles: readonly string[]): boolean {
  return deciders === null || deciders.some((role) => roles.includes(role));
}
