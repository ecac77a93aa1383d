import type { Fragment, FragmentVersion, MemoryPlan } from '@assent/client';

/** A fragment with its former versions, as `memory/get` answers. */
export interface Stored {
  readonly fragment: Pick<Fragment, 'version' | 'text'>;
  readonly history: readonly Pick<FragmentVersion, 'version' | 'text'>[];
}

export type OpKind = 'add' | 'modify' | 'merge' | 'delete';

/** One operation of a plan, as people read it. */
export interface PlanRow {
  readonly kind: OpKind;
  /** The fragments that it changes, with their texts before; null: the text was erased, or is not there. */
  readonly before: readonly { readonly id: string; readonly text: string | null }[];
  /** The text after it; null: none, or the same as before. */
  readonly after: string | null;
  /** The fragment that it has made. */
  readonly madeId: string | null;
  readonly rationale: string;
  /** Of a deletion. */
  readonly reason: string | null;
  readonly tags: readonly string[];
  readonly keys: readonly string[];
  /** Of an addition: whose lesson it is; null: of every agent. */
  readonly agent: string | null;
}

const KINDS: readonly string[] = ['add', 'modify', 'merge', 'delete'] satisfies OpKind[];

/** Ids of the fragments whose texts a plan needs to be read. */
export function fragmentsOf({ ops }: Pick<MemoryPlan, 'ops'>): string[] {
  return [...new Set(ops.flatMap((op) => sourcesOf(recordOf(op))))];
}

export function rowsOf(
  { ops, result, state }: Pick<MemoryPlan, 'ops' | 'result' | 'state'>,
  stored: ReadonlyMap<string, Stored>,
): PlanRow[] {
  const isApplied = state === 'applied' || state === 'reverted';
  const effects = effectsOf(ops, isApplied ? (result ?? []) : []);
  return ops.flatMap((given, index) => {
    const op = recordOf(given);
    const kind = op['op'];
    if (typeof kind !== 'string' || !KINDS.includes(kind)) return [];
    const effect = effects[index] ?? [];
    const sources = sourcesOf(op);
    const before = sources.map((id) => ({ id, text: textBefore(stored.get(id), id, effect) }));
    return [
      {
        kind: kind as OpKind,
        before,
        after: textOf(op['text']),
        madeId: madeBy(kind as OpKind, sources, effect),
        rationale: textOf(op['rationale']) ?? '',
        reason: textOf(op['reason']),
        tags: textsOf(op['tags']),
        keys: textsOf(op['keys']),
        agent: textOf(op['agent']),
      },
    ];
  });
}

/** The fragment that a merge of these has made; null: the plan has not merged them. */
export function mergedInto({ ops, result }: Pick<MemoryPlan, 'ops' | 'result'>, sourceId: string): string | null {
  const effects = effectsOf(ops, result ?? []);
  for (const [index, given] of ops.entries()) {
    const op = recordOf(given);
    const sources = sourcesOf(op);
    if (op['op'] === 'merge' && sources.includes(sourceId)) return madeBy('merge', sources, effects[index] ?? []);
  }
  return null;
}

type Effect = NonNullable<MemoryPlan['result']>[number];

/** The part of the result that each operation has: one fragment, for a merge its sources and the new one. */
function effectsOf(ops: MemoryPlan['ops'], result: readonly Effect[]): (readonly Effect[])[] {
  let at = 0;
  return ops.map((given) => {
    const op = recordOf(given);
    const count = op['op'] === 'merge' ? sourcesOf(op).length + 1 : 1;
    at += count;
    return result.slice(at - count, at);
  });
}

function madeBy(kind: OpKind, sources: readonly string[], effect: readonly Effect[]): string | null {
  const made = kind === 'merge' ? effect.find(({ fragmentId }) => !sources.includes(fragmentId)) : effect[0];
  return made?.fragmentId ?? null;
}

/** The text that a fragment had when the operation began: an applied one has made the version that its result names. */
function textBefore(stored: Stored | undefined, id: string, effect: readonly Effect[]): string | null {
  if (!stored) return null;
  const { fragment, history } = stored;
  const changed = effect.find(({ fragmentId }) => fragmentId === id);
  if (!changed) return fragment.text;
  const version = changed.version - 1;
  if (fragment.version === version) return fragment.text;
  return history.find((former) => former.version === version)?.text ?? null;
}

function sourcesOf(op: Readonly<Record<string, unknown>>): string[] {
  const { fragmentId, fragmentIds } = op;
  return typeof fragmentId === 'string' ? [fragmentId] : textsOf(fragmentIds);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
