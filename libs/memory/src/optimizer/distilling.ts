import { Injectable } from '@nestjs/common';
import { AssentError, FRAGMENT_MAX_CHARS, type CallerOp, type PlanOp, type Provenance } from '@assent/contract';
import { Config, cutText, excerpt } from '@assent/platform';
import { KEY_MAX_CHARS } from '../bounds';
import { MemoryDependencies } from '../memory.dependencies';
import { checkOps } from '../plans/plan.checks';
import { UNPARSED } from '../plans/plan.ops';
import { CandidateRepository } from '../recall/candidate.repository';
import { AgentRepository, type ReadFragment, type ReadGoal } from './agent.repository';
import { sourceOf, wayOf, type PastRun } from './contrast';
import type { Distilled } from './distiller.port';
import type { OpenRun } from './memory-run.repository';
import { RUNS_FOR_GOAL, SEARCH_TIMEOUT_MS, type Batch } from './stages';

const RUNS_AT_ONCE = 50;
/** Maximum runs of each outcome shown to the model, the newest. */
const SHOWN_OF_EACH = 6;
const LESSONS_SHOWN = 10;
/** Maximum operations for one goal: more would be a rewrite, not a lesson. */
const OPS_FOR_GOAL = 8;
/** Maximum length of a problem description, in characters. */
const PROBLEM_MAX_CHARS = 500;
const TAG = 'distilled';

/** The position of the stage `distil` after the rules, when the model reads. */
export const BY_MODEL = 'model';

const NOTHING_LEFT: Batch = { read: 0, ops: [], why: 'a model has read all there is', next: null };

/** The request to the model for one goal, and the data behind it. */
interface Contrast {
  readonly goal: ReadGoal;
  readonly first: PastRun;
  readonly shown: { readonly worked: readonly PastRun[]; readonly failed: readonly PastRun[] };
  readonly lessons: readonly ReadFragment[];
}

/** Lessons that a model distils from mixed outcomes: one goal per batch, with a plan of its own. */
@Injectable()
export class Distilling {
  constructor(
    private readonly agent: AgentRepository,
    private readonly candidates: CandidateRepository,
    private readonly dependencies: MemoryDependencies,
    private readonly config: Config,
  ) {}

  get isOn(): boolean {
    return this.dependencies.distiller.isConfigured && this.config.env.MEMORY_RUN_TOKENS > 0;
  }

  /** @param left operations that the run may still propose @throws the reason of the signal */
  async batch(run: OpenRun, left: number, signal: AbortSignal): Promise<Batch> {
    const { tenantId } = run;
    const fresh = await this.agent.undistilled(tenantId, RUNS_AT_ONCE);
    const seen = new Set<string>();
    for (const { agent, goalKey } of fresh) {
      const key = `${agent}\n${goalKey}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const runs = await this.agent.forGoal(tenantId, agent, goalKey, RUNS_FOR_GOAL);
      const contrast = await this.contrastOf(tenantId, runs);
      if (contrast) return this.distil(run, contrast, Math.min(left, OPS_FOR_GOAL), signal);
      await this.agent.distilled(tenantId, { agent, goalKey, runIds: runs.map(({ runId }) => runId) });
    }
    if (fresh.length === 0) return NOTHING_LEFT;
    const next = fresh.length === RUNS_AT_ONCE ? BY_MODEL : null;
    return { read: fresh.length, ops: [], why: 'no mixed outcomes for a model to read', next };
  }

  /** Called after the result was stored: the goal is read again when another run for it has ended. */
  read(tenantId: string, goal: ReadGoal): Promise<void> {
    return this.agent.distilled(tenantId, goal);
  }

  /** null: success alone, or failure alone, teaches nothing. */
  private async contrastOf(tenantId: string, runs: readonly PastRun[]): Promise<Contrast | null> {
    const ended = (outcome: string) => runs.filter((run) => run.outcome === outcome).slice(0, SHOWN_OF_EACH);
    const shown = { worked: ended('success'), failed: ended('failure') };
    const [first] = runs;
    if (!first || shown.worked.length === 0 || shown.failed.length === 0) return null;
    const { agent, goalKey } = first;
    const lessons = await this.lessonsFor(tenantId, first);
    return { goal: { agent, goalKey, runIds: runs.map(({ runId }) => runId) }, first, shown, lessons };
  }

  /** The agent's lessons for the goal. These runs must not change lessons of all agents or of another goal family. */
  private async lessonsFor(tenantId: string, { agent, goal, goalKey }: PastRun): Promise<ReadFragment[]> {
    const query = { text: goal, status: 'active', trigrams: await this.candidates.hasTrigrams() } as const;
    const found = await this.candidates.find({ tenantId, agent }, query, SEARCH_TIMEOUT_MS).catch((error: unknown) => {
      if (error instanceof AssentError) throw error;
      return [];
    });
    const ids = found.map(({ fragmentId }) => fragmentId);
    return (await this.agent.owned(tenantId, agent, goalKey, ids)).slice(0, LESSONS_SHOWN);
  }

  private async distil(run: OpenRun, contrast: Contrast, limit: number, signal: AbortSignal): Promise<Batch> {
    const { goal, first, shown, lessons } = contrast;
    const { tenantId, memoryRunId } = run;
    const answer = await this.dependencies.distiller.distil({
      memoryRunId,
      tenantId,
      maxOps: limit,
      signal,
      tokens: this.config.env.MEMORY_RUN_TOKENS,
      goal: this.dependencies.redact(first.goal),
      worked: shown.worked.map((past) => this.describe(past)),
      failed: shown.failed.map((past) => this.describe(past)),
      lessons: lessons.map(({ fragmentId, text }) => ({ fragmentId, text: this.dependencies.redact(text) })),
    });
    const read = shown.worked.length + shown.failed.length;
    const common = { read, tokens: answer.tokens, ops: [], next: null };
    switch (answer.kind) {
      case 'read':
      case 'unparsed':
        return { ...common, ...this.proposalOf(contrast, answer), next: BY_MODEL, distilled: goal };
      case 'failed':
        return { ...common, why: `the model failed, the rest waits for the next run: ${this.problem(answer)}` };
      case 'exhausted': {
        // A goal that does not fit the whole budget is retried only when there are new runs to read.
        const untouched = run.steps.every(({ tokens = 0 }) => tokens === 0);
        const hopeless = answer.tokens > 0 || (answer.own && untouched);
        const why = `the rest waits for the next run: ${this.problem(answer)}`;
        return { ...common, why, ...(hopeless ? { distilled: goal } : {}) };
      }
    }
  }

  /** The plan, or the reason why it could not be made. */
  private proposalOf(
    contrast: Contrast,
    answer: Extract<Distilled, { kind: 'read' | 'unparsed' }>,
  ): Pick<Batch, 'ops' | 'why'> {
    if (answer.kind === 'read' && answer.ops.length === 0) {
      return { ops: [], why: 'a model has found nothing new in mixed outcomes' };
    }
    const ops = answer.kind === 'read' ? this.opsOf(contrast, answer.ops) : [this.unparsed(contrast, answer)];
    const unknown = ops.flatMap(namedBy).filter((id) => !contrast.lessons.some(({ fragmentId }) => fragmentId === id));
    if (unknown.length > 0) {
      return { ops: [], why: 'refused: the plan of the model names fragments that it was not shown' };
    }
    try {
      checkOps(ops);
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      return { ops: [], why: `refused: ${thrown.message}` };
    }
    if (answer.kind === 'read') return { ops, why: 'distilled by a model from mixed outcomes' };
    return { ops, why: `what the model said could not be read, it is staged for people: ${this.problem(answer)}` };
  }

  private opsOf(contrast: Contrast, proposed: readonly CallerOp[]): PlanOp[] {
    const { agent, keys, provenance } = fromRuns(contrast);
    return proposed.map((op): PlanOp => {
      if (op.op === 'delete') return op;
      const clean = { ...op, provenance };
      return clean.op === 'add' ? { ...clean, agent, keys, tags: [TAG] } : clean;
    });
  }

  private unparsed(contrast: Contrast, { text: said, problem }: Extract<Distilled, { kind: 'unparsed' }>): PlanOp {
    const text = cutText(this.dependencies.redact(said), FRAGMENT_MAX_CHARS);
    const rationale = this.problem({ problem });
    return { op: 'add', text, ...fromRuns(contrast), tags: [UNPARSED], rationale };
  }

  private describe(run: PastRun): string {
    const score = run.score === null ? '' : ` Score ${run.score}.`;
    return this.dependencies.redact(`${wayOf(run)}${score}`);
  }

  /** It may quote the model. */
  private problem({ problem }: { readonly problem: string }): string {
    return cutText(this.dependencies.redact(problem), PROBLEM_MAX_CHARS);
  }
}

/** All runs that were read: a lesson is forgotten with any of them. */
function fromRuns({ first, shown }: Contrast) {
  const provenance: Provenance[] = [...shown.worked, ...shown.failed].map(sourceOf);
  return { agent: first.agent, keys: [excerpt(first.goal, KEY_MAX_CHARS)], provenance };
}

function namedBy(op: PlanOp): readonly string[] {
  if (op.op === 'add') return [];
  return op.op === 'merge' ? op.fragmentIds : [op.fragmentId];
}
