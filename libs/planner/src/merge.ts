import type { Assumption, AssumptionInput, GivenRow, Learned, Source } from '@assent/contract';
import { canonicalJson } from '@assent/platform';
import { clampProbability, poolProbabilities } from './numbers';
import { compareText } from './order';
import { canonical, entitiesOf } from './statement';

/** An assumption before merging: from a caller, from a composer, or from a stored tree. */
export interface SourcedAssumption extends AssumptionInput {
  /** Statement if already known; otherwise derived from the text. */
  readonly statement?: { readonly key: string; readonly negated: boolean };
  readonly sources?: readonly Source[];
  readonly evidence?: readonly string[];
  readonly resolved?: boolean | null;
  readonly how?: Assumption['how'];
  readonly learned?: Learned | null;
}

/** The assumption that an id was merged into, and whether its meaning is negated. */
export interface Alias {
  readonly id: string;
  readonly flip: boolean;
}

export interface Merged {
  /** One per statement, in the order of their keys. */
  readonly assumptions: readonly Assumption[];
  readonly aliases: ReadonlyMap<string, Alias>;
  readonly warnings: readonly string[];
}

interface Member extends SourcedAssumption {
  readonly key: string;
  readonly negated: boolean;
}

/**
 * Merges assumptions with the same statement: union of sources, mean of log-odds. A group takes the text, id and truth value
 * of one member (a plain member before a negated one, then the smallest id), so that statements a caller called true stay
 * true. The other members are negated where necessary.
 */
export function mergeAssumptions(inputs: readonly SourcedAssumption[]): Merged {
  const groups = groupByKey(inputs);
  const aliases = new Map(
    groups.flatMap((group) => group.map((member) => [member.id, aliasOf(member, group)] as const)),
  );
  return {
    assumptions: groups.map((group) => mergeGroup(group, aliases)),
    aliases,
    warnings: groups
      .filter((group) => group.length > 1)
      .map(([head, ...rest]) => `${rest.map(({ id }) => id).join(', ')}: says the same as ${head?.id ?? ''}; merged.`),
  };
}

/** Rewrites a `when` to the ids of merged statements. */
function mapWhen(when: GivenRow['when'], aliases: Merged['aliases']): GivenRow['when'] {
  const mapped = Object.entries(when).map(([id, value]) => {
    const alias = aliases.get(id) ?? { id, flip: false };
    return [alias.id, value !== alias.flip] as const;
  });
  return Object.fromEntries(mapped.sort(([a], [b]) => compareText(a, b)));
}

function groupByKey(inputs: readonly SourcedAssumption[]): Member[][] {
  const groups = new Map<string, Member[]>();
  for (const input of inputs) {
    const { key, negated } = input.statement ?? canonical(input.text);
    const group = groups.get(key) ?? [];
    group.push({ ...input, key, negated });
    groups.set(key, group);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => Number(a.negated) - Number(b.negated) || compareText(a.id, b.id));
  }
  return [...groups.values()].sort(([a], [b]) => compareText(a?.key ?? '', b?.key ?? ''));
}

function aliasOf(member: Member, [head = member]: readonly Member[]): Alias {
  return { id: head.id, flip: member.negated !== head.negated };
}

function mergeGroup(group: readonly Member[], aliases: Merged['aliases']): Assumption {
  const [head] = group;
  if (!head) throw new RangeError('a group has at least one member');
  const turned = (member: Member, p: number) => (member.negated === head.negated ? p : 1 - p);
  const excluded = group.flatMap((member) => (member.excludes ?? []).map((id) => aliases.get(id)?.id ?? id));
  return {
    id: head.id,
    key: head.key,
    negated: head.negated,
    text: head.text,
    entities: entitiesOf(head.text),
    excludes: distinct(excluded.filter((id) => id !== head.id)),
    p: poolProbabilities(group.map((member) => turned(member, member.p))),
    given: mergeGiven(
      group.flatMap((member) =>
        (member.given ?? []).map((row) => ({ when: mapWhen(row.when, aliases), p: turned(member, row.p) })),
      ),
    ),
    ...(head.learned ? { learned: head.learned } : {}),
    resolved: head.resolved ?? null,
    ...(head.how && { how: head.how }),
    sources: distinctBy(group.flatMap((member) => member.sources ?? ['caller' as const])),
    evidence: distinct(group.flatMap((member) => member.evidence ?? [])),
  };
}

function mergeGiven(rows: readonly GivenRow[]): GivenRow[] {
  const byWhen = new Map<string, GivenRow[]>();
  for (const row of rows) {
    const key = canonicalJson(row.when);
    byWhen.set(key, [...(byWhen.get(key) ?? []), row]);
  }
  return [...byWhen]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, same]) => ({
      when: same[0]?.when ?? {},
      p: poolProbabilities(same.map(({ p }) => clampProbability(p)).sort((a, b) => a - b)),
    }));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort(compareText);
}

function distinctBy(sources: readonly Source[]): Source[] {
  const unique = new Map(sources.map((source) => [sourceOrder(source), source]));
  return [...unique].sort(([a], [b]) => compareText(a, b)).map(([, source]) => source);
}

/** Sort key by trace and position, with numbers padded to the digits of the longest trace. */
function sourceOrder(source: Source): string {
  if (typeof source === 'string') return source;
  const [start, end] = source.span.map((offset) => String(offset).padStart(7, '0'));
  return `trace ${source.traceId.slice(1).padStart(4, '0')} ${start ?? ''} ${end ?? ''}`;
}
