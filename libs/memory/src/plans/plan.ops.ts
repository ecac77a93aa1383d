import type { DeleteReason, Fragment, FragmentState, PlanOp, Provenance } from '@assent/contract';
import { MAX_KEYS, MAX_PROVENANCE, MAX_TAGS } from '../bounds';
import { FIRST_STRENGTH } from '../promotion';
import { textHashOf } from '../text-hash';
import { checkOps, refuse } from './plan.checks';

/** A fragment as plans see and change it. */
export type PlanFragment = Pick<
  Fragment,
  | 'fragmentId'
  | 'agent'
  | 'origin'
  | 'status'
  | 'text'
  | 'keys'
  | 'tags'
  | 'helpful'
  | 'harmful'
  | 'strength'
  | 'version'
  | 'provenance'
  | 'lineage'
  | 'reason'
>;

/** The inverse of one operation. */
export type InverseOp =
  | { readonly op: 'remove'; readonly fragmentId: string }
  | { readonly op: 'disagree'; readonly fragmentId: string; readonly status: FragmentState }
  | {
      readonly op: 'restore';
      readonly fragmentId: string;
      readonly text: string;
      readonly keys: readonly string[];
      readonly tags: readonly string[];
      readonly status: FragmentState;
      readonly reason: string | null;
      /** The origin that it had, and the runs that were named besides. */
      readonly learnt?: { readonly origin: Fragment['origin']; readonly runIds: readonly string[] };
    };

/** The effect of a plan on a set of fragments. */
export interface PlanEffect {
  /** Every fragment that is new or changed. */
  readonly changed: readonly PlanFragment[];
  /** Fragments as they were before, for their history. */
  readonly before: readonly PlanFragment[];
  /** In the order in which they are to be carried out. */
  readonly inverse: readonly InverseOp[];
  /** The fragments that each operation changed or created, in order. */
  readonly touched: { readonly op: string; readonly fragmentId: string; readonly version: number }[];
}

/**
 * Fragments by id, and ids by hash of the text. MUST contain every fragment that the plan names, and every fragment
 * with one of its texts.
 */
export interface PlanState {
  readonly fragments: readonly PlanFragment[];
  /** Makes ids of new fragments; the same for the same plan and position. */
  readonly newId: (position: number) => string;
}

export interface PlanRules {
  /** Origin of new fragments. */
  readonly origin: Fragment['origin'];
  /** false: added fragments stay staged. */
  readonly promotes: boolean;
}

/**
 * Applies a plan to fragments. All or nothing: errors are thrown before anything is returned.
 * @throws AssentError invalid, with a pointer into /ops
 */
export function applyOps(ops: readonly PlanOp[], state: PlanState, rules: PlanRules): PlanEffect {
  checkOps(ops);
  const work = new PlanWork(state, rules);
  ops.forEach((op, index) => {
    work.run(op, index);
  });
  return work.effect();
}

/**
 * Tag of model output that could not be parsed: it is kept for people, and stays staged even when other runs agree with
 * it.
 */
export const UNPARSED = 'unparsed';

class PlanWork {
  private readonly before: ReadonlyMap<string, PlanFragment>;
  private readonly now = new Map<string, PlanFragment>();
  private readonly byHash = new Map<string, string>();
  private readonly inverse: InverseOp[] = [];
  private readonly touched: { op: string; fragmentId: string; version: number }[] = [];

  constructor(
    private readonly state: PlanState,
    private readonly rules: PlanRules,
  ) {
    this.before = new Map(state.fragments.map((fragment) => [fragment.fragmentId, fragment]));
    for (const fragment of state.fragments) {
      this.now.set(fragment.fragmentId, fragment);
      this.byHash.set(textHashOf(fragment.agent, fragment.text), fragment.fragmentId);
    }
  }

  run(op: PlanOp, index: number): void {
    const at = `/ops/${index}`;
    switch (op.op) {
      case 'add':
        this.add(op, index);
        return;
      case 'modify':
        this.modify(op, at);
        return;
      case 'merge':
        this.merge(op, index);
        return;
      case 'delete':
        this.remove(op.fragmentId, op.reason, at);
        return;
    }
  }

  effect(): PlanEffect {
    const changed = [...this.now.values()].filter((fragment) => this.before.get(fragment.fragmentId) !== fragment);
    const before = changed.flatMap(({ fragmentId }) => this.before.get(fragmentId) ?? []);
    return { changed, before, inverse: this.inverse.toReversed(), touched: this.touched };
  }

  /** An exact duplicate counts as agreement. */
  private add(op: Extract<PlanOp, { op: 'add' }>, index: number): void {
    const { text, agent = null, keys = [], tags = [], provenance = [], credit } = op;
    const duplicate = this.now.get(this.byHash.get(textHashOf(agent, text)) ?? '');
    const runs = new Set(provenance.map(({ runId }) => runId)).size;
    const active = this.rules.promotes && !tags.includes(UNPARSED) && (op.verified === true || runs >= 2);
    if (duplicate) {
      this.agree(op, duplicate);
      return;
    }
    const fragmentId = this.state.newId(index);
    this.inverse.push({ op: 'remove', fragmentId });
    this.put('add', {
      fragmentId,
      agent,
      origin: this.rules.origin,
      status: active ? 'active' : 'staged',
      text,
      keys: [...new Set(keys)],
      tags: [...new Set(tags)],
      helpful: credit?.helpful ?? 0,
      harmful: credit?.harmful ?? 0,
      strength: FIRST_STRENGTH,
      version: 0,
      provenance: [...provenance],
      lineage: [],
      reason: null,
    });
  }

  /**
   * Evidence from runs that the fragment already names is not counted again; it only confirms the fragment. An imported
   * line is no evidence of its own: without being vouched for it changes nothing.
   */
  private agree({ provenance = [], verified }: Extract<PlanOp, { op: 'add' }>, duplicate: PlanFragment): void {
    const { fragmentId, text, keys, tags, status, reason } = duplicate;
    if (this.rules.origin === 'import' && verified !== true) return;
    const promoted = status === 'staged' && this.rules.promotes && !tags.includes(UNPARSED);
    const after = promoted ? 'active' : status;
    const known = new Set(duplicate.provenance.map(({ runId }) => runId));
    if (verified === true && (provenance.length === 0 || provenance.some(({ runId }) => known.has(runId)))) {
      if (after === status) return;
      this.inverse.push({ op: 'restore', fragmentId, text, keys, tags, status, reason });
      this.put('add', { ...duplicate, status: after });
      return;
    }
    this.inverse.push({ op: 'disagree', fragmentId, status });
    this.put('add', { ...duplicate, strength: duplicate.strength + 1, status: after });
  }

  private modify({ fragmentId, text, keys, tags, provenance }: Extract<PlanOp, { op: 'modify' }>, at: string): void {
    const old = this.open(fragmentId, `${at}/fragmentId`, ['active', 'staged']);
    const { status, reason } = old;
    const hash = textHashOf(old.agent, text ?? old.text);
    const duplicate = this.byHash.get(hash);
    if (duplicate !== undefined && duplicate !== fragmentId) {
      throw refuse(
        `Fragment ${duplicate} has the same text already. Merge the two, or delete one as subsumed.`,
        `${at}/text`,
      );
    }
    const before = { text: old.text, keys: old.keys, tags: old.tags, status, reason };
    const learnt = provenance === undefined ? null : learntFrom(old, provenance);
    this.inverse.push({ op: 'restore', fragmentId, ...before, ...(learnt ? { learnt: learnt.undo } : {}) });
    this.byHash.delete(textHashOf(old.agent, old.text));
    this.byHash.set(hash, fragmentId);
    this.put('modify', {
      ...old,
      ...learnt?.now,
      text: text ?? old.text,
      keys: union(old.keys, keys ?? [], MAX_KEYS),
      tags: tags === undefined ? old.tags : [...new Set(tags)],
    });
  }

  private merge(op: Extract<PlanOp, { op: 'merge' }>, index: number): void {
    const at = `/ops/${index}/fragmentIds`;
    const ids = [...new Set(op.fragmentIds)];
    if (ids.length < 2) throw refuse('A merge takes at least two fragments.', at);
    const sources = ids.map((id) => this.open(id, at, ['active']));
    const [first] = sources;
    if (!first || sources.some(({ agent }) => agent !== first.agent)) {
      throw refuse('Fragments of two agents are never merged: lessons do not cross a scope.', at);
    }
    const { agent } = first;
    const { provenance: learnt = [] } = op;
    const duplicate = this.byHash.get(textHashOf(agent, op.text));
    const into = duplicate !== undefined && ids.includes(duplicate) ? duplicate : undefined;
    if (duplicate !== undefined && into === undefined) {
      throw refuse(
        `Fragment ${duplicate} has the same text already. Name it among the merged ones.`,
        `/ops/${index}/text`,
      );
    }
    const fragmentId = this.state.newId(index);
    for (const source of sources) {
      const { text, keys, tags, status, reason } = source;
      this.inverse.push({ op: 'restore', fragmentId: source.fragmentId, text, keys, tags, status, reason });
      this.put('merge', { ...source, status: 'superseded' });
    }
    const sum = (of: (fragment: PlanFragment) => number) => sources.reduce((total, source) => total + of(source), 0);
    // Reverted last to first: the merged fragment is deleted before its sources are restored.
    this.inverse.push({ op: 'remove', fragmentId });
    this.put('merge', {
      fragmentId,
      agent,
      origin: learnt.length > 0 ? 'distilled' : first.origin === 'run' ? 'plan' : first.origin,
      status: 'active',
      text: op.text,
      keys: sources.reduce<string[]>((keys, source) => union(keys, source.keys, MAX_KEYS), []),
      tags: sources.reduce<string[]>((tags, source) => union(tags, source.tags, MAX_TAGS), [...(op.tags ?? [])]),
      helpful: sum(({ helpful }) => helpful),
      harmful: sum(({ harmful }) => harmful),
      strength: Math.max(...sources.map(({ strength }) => strength)) + sources.length - 1,
      version: 0,
      provenance: [...sources.flatMap(({ provenance }) => provenance), ...learnt].slice(-MAX_PROVENANCE),
      lineage: ids,
      reason: null,
    });
  }

  private remove(fragmentId: string, reason: DeleteReason, at: string): void {
    const old = this.open(fragmentId, `${at}/fragmentId`, ['active', 'staged', 'superseded']);
    const { text, keys, tags, status } = old;
    this.inverse.push({ op: 'restore', fragmentId, text, keys, tags, status, reason: old.reason });
    this.put('delete', { ...old, status: 'deleted', reason });
  }

  private open(fragmentId: string, pointer: string, states: readonly FragmentState[]): PlanFragment {
    const fragment = this.now.get(fragmentId);
    if (!fragment) throw refuse(`There is no fragment ${fragmentId}: the whole plan is refused.`, pointer);
    if (states.includes(fragment.status)) return fragment;
    throw refuse(`Fragment ${fragmentId} is ${fragment.status}: the whole plan is refused.`, pointer);
  }

  private put(op: string, fragment: PlanFragment): void {
    // One version per plan, regardless of the number of operations on the fragment.
    const version = (this.before.get(fragment.fragmentId)?.version ?? 0) + 1;
    this.now.set(fragment.fragmentId, { ...fragment, version });
    if (fragment.status !== 'superseded')
      this.byHash.set(textHashOf(fragment.agent, fragment.text), fragment.fragmentId);
    this.touched.push({ op, fragmentId: fragment.fragmentId, version });
  }
}

/**
 * A fragment whose text comes from further runs: it is no longer the lesson of a single run, and is forgotten with each
 * of them.
 */
function learntFrom({ origin, provenance }: PlanFragment, more: readonly Provenance[]) {
  const known = new Set(provenance.map(({ runId }) => runId));
  const fresh = more.filter(({ runId }) => !known.has(runId));
  const now = { origin: 'distilled' as const, provenance: [...provenance, ...fresh].slice(-MAX_PROVENANCE) };
  return { now, undo: { origin, runIds: fresh.map(({ runId }) => runId) } };
}

function union(first: readonly string[], second: readonly string[], limit: number): string[] {
  return [...new Set([...first, ...second])].slice(-limit);
}
