import { Injectable } from '@nestjs/common';
import { AssentError, type MemoryStage, type PlanOp } from '@assent/contract';
import { MetaPromptRepository } from '../evolution/meta-prompt.repository';
import { FragmentRepository } from '../fragment.repository';
import { CandidateRepository } from '../recall/candidate.repository';
import { Embedder, cosineOf } from '../recall/embedder';
import { creditOf } from '../recall/fusion';
import { VectorRepository } from '../recall/vector.repository';
import { PriorRepository } from '../priors/prior.repository';
import { isHarmful } from '../promotion';
import { widens } from '../widening';
import { AgentRepository, type ReadFragment, type ReadGoal } from './agent.repository';
import { contrastOf } from './contrast';

/** Findings of one batch of a stage, and the start of the next batch; null: the stage is complete. */
export interface Batch {
  readonly read: number;
  readonly ops: readonly PlanOp[];
  readonly why: string;
  readonly next: string | null;
  /** Runs to be marked as digested once the operations are stored. */
  readonly digested?: readonly string[];
  /** Runs to be marked as read by a model once the result is stored. */
  readonly distilled?: ReadGoal;
  /** Tokens used; the batch then has its own line in the report. */
  readonly tokens?: number;
}

/** Words that reverse the meaning of a sentence. */
const NEGATIONS =
  /\b(?:not|no|never|none|without|cannot|nothing|fail(?:s|ed|ure)?|success(?:ful)?|wrong|right|true|false|\w+n't)\b/giu;
const NUMBERS = /\d+(?:[.,]\d+)*/gu;
const FRAGMENTS_AT_ONCE = 50;
const RUNS_AT_ONCE = 50;
/** Maximum runs for one goal that are compared, the newest. */
export const RUNS_FOR_GOAL = 30;
const USES_AT_ONCE = 5_000;
export const SEARCH_TIMEOUT_MS = 2_000;
/** Maximum fragments in one merge. */
const MAX_MERGED = 16;
/** Maximum fragments that a fragment is compared with by vectors, the newest. */
const MAX_COMPARED = 100;
/** Cosine of the vectors of two fragments from which they are considered duplicates. */
const SAME_MEANING = 0.95;

/** The rules of the agent, one batch at a time. They only read; changes are made by plans. */
@Injectable()
export class Stages {
  constructor(
    private readonly agent: AgentRepository,
    private readonly fragments: FragmentRepository,
    private readonly candidates: CandidateRepository,
    private readonly embedder: Embedder,
    private readonly vectors: VectorRepository,
    private readonly prompts: MetaPromptRepository,
    private readonly priors: PriorRepository,
  ) {}

  promoteMetaPrompts(tenantId: string): Promise<string[]> {
    return this.prompts.promote(tenantId);
  }

  async credit(tenantId: string): Promise<Batch> {
    await this.fragments.countUses(USES_AT_ONCE);
    await this.priors.prune(tenantId);
    const counted = await this.agent.countWords(tenantId);
    return {
      read: counted,
      ops: [],
      why: 'uses counted into credit, words of new fragments counted',
      next: counted > 0 ? 'more' : null,
    };
  }

  async retire(tenantId: string, after: string | null): Promise<Batch> {
    const read = await this.agent.judged(tenantId, after, FRAGMENTS_AT_ONCE);
    const ops = read
      .filter((fragment) => fragment.strength <= 0 || isHarmful(fragment))
      .map(({ fragmentId, helpful, harmful, strength, provenance }): PlanOp => {
        const uses = `left by ${provenance.length} runs, followed by ${helpful + harmful} others: it helped ${helpful}, and harmed ${harmful}`;
        const rationale = strength <= 0 ? `its strength is used up; ${uses}` : uses;
        return { op: 'delete', fragmentId, reason: 'wrong', rationale };
      });
    return { read: read.length, ops, why: 'harm for certain, or no strength left', next: nextOf(read) };
  }

  async promote(tenantId: string, after: string | null): Promise<Batch> {
    const read = await this.agent.agreed(tenantId, after, FRAGMENTS_AT_ONCE);
    const ops = read
      .filter(({ text }) => !widens(text))
      .map(({ text, agent, provenance }): PlanOp => ({
        op: 'add',
        text,
        agent,
        provenance,
        verified: true,
        rationale: 'two independent runs have left it',
      }));
    return { read: read.length, ops, why: 'left by two independent runs', next: nextOf(read) };
  }

  /** Merges fragments with nearly the same words, or nearly the same vectors. Needs trigrams or an embedding endpoint. */
  async merge(tenantId: string, after: string | null): Promise<Batch> {
    const { model } = this.embedder;
    const why = `nearly the same words${model === null ? '' : ' or vectors'}, the same numbers and negations`;
    const trigrams = await this.candidates.hasTrigrams();
    if (!trigrams && model === null)
      return { read: 0, ops: [], why: 'neither pg_trgm nor an embedding endpoint is available', next: null };
    const read = await this.agent.active(tenantId, model, after, FRAGMENTS_AT_ONCE);
    const taken = new Set<string>();
    const ops: PlanOp[] = [];
    for (const fragment of read) {
      if (taken.has(fragment.fragmentId)) continue;
      const found = [
        ...(trigrams ? await this.byWords(tenantId, fragment) : []),
        ...(model === null ? [] : await this.byVectors(tenantId, fragment, model)),
      ].filter(({ fragmentId, text }) => !taken.has(fragmentId) && sameMeaning(text, fragment.text));
      const duplicates = [...new Map(found.map((duplicate) => [duplicate.fragmentId, duplicate])).values()];
      if (duplicates.length === 0) continue;
      const group = [fragment, ...duplicates].slice(0, MAX_MERGED);
      for (const { fragmentId } of group) taken.add(fragmentId);
      const [best = fragment] = group.toSorted((a, b) => creditOf(b) - creditOf(a) || b.strength - a.strength);
      const fragmentIds = group.map(({ fragmentId }) => fragmentId);
      ops.push({ op: 'merge', fragmentIds, text: best.text, tags: best.tags, rationale: why });
    }
    return { read: read.length, ops, why, next: nextOf(read) };
  }

  digested(tenantId: string, runIds: readonly string[]): Promise<void> {
    return this.agent.digested(tenantId, runIds);
  }

  /** Lessons of contrast: for one goal, what worked against what failed. */
  async distil(tenantId: string): Promise<Batch> {
    const fresh = await this.agent.undigested(tenantId, RUNS_AT_ONCE);
    const goals = new Map(fresh.map((run) => [`${run.agent}\n${run.goalKey}`, run]));
    const ops: PlanOp[] = [];
    for (const { agent, goalKey } of goals.values()) {
      const op = contrastOf(await this.agent.forGoal(tenantId, agent, goalKey, RUNS_FOR_GOAL));
      if (op) ops.push(op);
    }
    return {
      read: fresh.length,
      ops,
      why: 'mixed outcomes for one goal',
      next: fresh.length === RUNS_AT_ONCE ? 'more' : null,
      digested: fresh.map(({ runId }) => runId),
    };
  }

  private async byWords(tenantId: string, fragment: ReadFragment): Promise<ReadFragment[]> {
    const { agent, text, fragmentId } = fragment;
    const query = { text, status: 'active', trigrams: true } as const;
    const found = await this.candidates
      .find({ tenantId, agent: agent ?? '' }, query, SEARCH_TIMEOUT_MS)
      .catch((error: unknown) => {
        if (error instanceof AssentError) throw error;
        // Its words are too common to compare in time: it stays unchanged.
        return [];
      });
    const ids = found.map((candidate) => candidate.fragmentId).filter((id) => id !== fragmentId);
    if (ids.length === 0) return [];
    return this.agent.duplicates(tenantId, fragment, ids);
  }

  /** By stored vectors: a fragment that has none yet is compared in the run after it has one. */
  private async byVectors(tenantId: string, fragment: ReadFragment, model: string): Promise<ReadFragment[]> {
    const others = await this.agent.mergeable(tenantId, fragment, model, MAX_COMPARED);
    if (others.length === 0) return [];
    const ids = [fragment, ...others].map(({ fragmentId }) => fragmentId);
    const vectors = await this.vectors.of(tenantId, model, ids);
    const own = vectors.get(fragment.fragmentId);
    if (!own) return [];
    return others.filter(
      ({ fragmentId }) => cosineOf(own, vectors.get(fragmentId) ?? new Float32Array()) >= SAME_MEANING,
    );
  }
}

/** The order matters: retired fragments are not merged, and promoted ones can be. */
export const STAGE_ORDER: readonly MemoryStage[] = ['credit', 'retire', 'promote', 'merge', 'distil', 'drift', 'done'];

function nextOf(read: readonly ReadFragment[]): string | null {
  return read.length === FRAGMENTS_AT_ONCE ? (read.at(-1)?.fragmentId ?? null) : null;
}

/**
 * Whether two nearly equal texts have the same meaning: the same numbers, and no reversing word in only one of them.
 */
function sameMeaning(a: string, b: string): boolean {
  return wordsOf(a, NEGATIONS) === wordsOf(b, NEGATIONS) && wordsOf(a, NUMBERS) === wordsOf(b, NUMBERS);
}

function wordsOf(text: string, pattern: RegExp): string {
  return Array.from(text.matchAll(pattern), ([word]) => word.toLowerCase())
    .sort()
    .join(' ');
}
