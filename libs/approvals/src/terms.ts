import type { Clause, DecisionVerb, Needed } from '@assent/contract';

/** Something that happens to an approval while it waits. */
export type AgendaItem =
  | { readonly kind: 'remind'; readonly afterSeconds: number }
  | {
      readonly kind: 'escalate';
      readonly afterSeconds: number;
      readonly rule: string;
      /** Roles that may decide from then on, beside those before. */
      readonly deciders?: readonly string[] | undefined;
      /** In the place of those that were required. */
      readonly roles?: readonly string[] | undefined;
    };

/** What a policy asks for, as it stood when the approval was asked for; kept with the approval. */
export interface Terms {
  /** All of them have to be satisfied; at least one. */
  readonly clauses: readonly Clause[];
  readonly onExpiry: 'fail' | 'continue';
  /** In the order of time. */
  readonly agenda: readonly AgendaItem[];
}

export const DEFAULT_CLAUSE: Clause = {
  rule: 'default',
  version: 'built-in',
  deciders: null,
  roles: [],
  quorum: 1,
  authorsApprove: true,
};
export const DEFAULT_TERMS: Terms = { clauses: [DEFAULT_CLAUSE], onExpiry: 'fail', agenda: [] };

/** One person's word on the content as it is now. */
export interface Vote {
  readonly actor: string;
  readonly decision: DecisionVerb;
  readonly roles: readonly string[];
  /** Who stands behind the actor, if that is somebody else. */
  readonly person?: string | null;
}

/** Distinct people that an approval takes at least: what the database holds against as well. */
export function quorumOf({ clauses }: Terms): number {
  return Math.max(1, ...clauses.map(({ quorum }) => quorum));
}

/** Whether the word of somebody with these roles counts for any demand. */
export function mayVote({ clauses }: Terms, roles: ReadonlySet<string>): boolean {
  return clauses.some((clause) => counts(clause, [...roles]));
}

/** What is still missing; nothing: the approval holds. @param author of the content as it is now; null: the run */
export function needed({ clauses }: Terms, votes: readonly Vote[], author: string | null): Needed {
  const missing = clauses.map((clause) => {
    const counted = votes.filter(
      ({ actor, decision, roles, person }) =>
        decision === 'approve' && counts(clause, roles) && (clause.authorsApprove || (person ?? actor) !== author),
    );
    const people = new Set(counted.map(({ actor, person }) => person ?? actor)).size;
    const roles = clause.roles.filter((role) => !counted.some((vote) => vote.roles.includes(role)));
    return { people: Math.max(clause.quorum - people, roles.length > 0 ? 1 : 0, 0), roles };
  });
  return {
    people: Math.max(0, ...missing.map(({ people }) => people)),
    roles: [...new Set(missing.flatMap(({ roles }) => roles))],
  };
}

export function isEnough({ people, roles }: Needed): boolean {
  return people === 0 && roles.length === 0;
}

/**
 * Every demand of both; what was required before a revision is required after it.
 * @param done how many items of the agenda of `a` are over
 */
export function combined(a: Terms, b: Terms, done: number): Terms {
  const known = new Set(a.clauses.map(({ rule }) => rule));
  const further = b.clauses.filter(({ rule }) => !known.has(rule) && rule !== DEFAULT_CLAUSE.rule);
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

/** The terms once an escalation has come. */
export function escalated(terms: Terms, item: Extract<AgendaItem, { kind: 'escalate' }>): Terms {
  const clauses = terms.clauses.map((clause) => {
    if (clause.rule !== item.rule) return clause;
    const deciders =
      clause.deciders === null || item.deciders === undefined
        ? clause.deciders
        : [...new Set([...clause.deciders, ...item.deciders])];
    return { ...clause, deciders, roles: item.roles === undefined ? clause.roles : [...item.roles] };
  });
  return { ...terms, clauses };
}

function counts({ deciders }: Clause, roles: readonly string[]): boolean {
  return deciders === null || deciders.some((role) => roles.includes(role));
}
