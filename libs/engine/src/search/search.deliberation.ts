import { Injectable } from '@nestjs/common';
import { AssentError, type MethodResult, type SearchNext, type StartParams } from '@assent/contract';
import { SearchService, SearchSteps, type SearchDriver } from '@assent/memory';
import { readProposal, type Proposal, type StepRequest } from '@assent/planner';
import type { Work } from '../work';
import { PlanWriter } from './plan.writer';
import { SearchFrames } from './search.frames';
import { SearchPrompts } from './search.prompts';

/** Longer than any model call with its tries; nobody else can take the search of a run. */
const LEASE_SECONDS = 3_600;
/** Turns in a row that somebody else may take: a predecessor that does not know yet that it has lost the run. */
const CONFLICTS_MAX = 5;

type Selected = MethodResult<'search/select'>;
type Next<K extends SearchNext['kind']> = Extract<SearchNext, { kind: K }>;

/** What one search works with. */
interface Session {
  readonly work: Work;
  readonly params: StartParams;
  readonly request: StepRequest;
  readonly driver: SearchDriver;
  readonly searchId: string;
}

export interface Deliberated {
  readonly proposal: Proposal;
  readonly warnings: readonly string[];
}

/** The engine's own search: the model writes plans for a step and judges them in pairs; the best one is weighed as any plan. */
@Injectable()
export class SearchDeliberation {
  constructor(
    private readonly searches: SearchService,
    private readonly steps: SearchSteps,
    private readonly writer: PlanWriter,
    private readonly frames: SearchFrames,
    private readonly prompts: SearchPrompts,
  ) {}

  /**
   * From wherever the search of this step stands: a replica that takes the run over goes on with it.
   * @throws AssentError model_failed when there is not even a first plan, budget_exhausted
   */
  async deliberate(work: Work, params: StartParams, request: StepRequest): Promise<Deliberated> {
    const { run } = work;
    const { rules, budget } = params.search ?? {};
    const prompt = await this.prompts.best(work, params);
    const asked = {
      query: params.goal,
      memory: false,
      ...(prompt === null ? {} : { prompt }),
      ...(rules ? { rules } : {}),
      ...(budget ? { budget } : {}),
    };
    const started = { tenantId: run.tenantId, subject: run.requester };
    const head = await this.searches.start(started, asked, { id: run.id, step: run.step });
    const { searchId } = head;
    const driver: SearchDriver = { tenantId: run.tenantId, owner: `run ${run.id}`, runId: run.id };
    const session: Session = { work, params, request, driver, searchId };
    const stopped = await this.drive(session, await this.frames.opened(work, head));
    return this.finish(session, stopped);
  }

  /** @returns why it was stopped early, a sentence; null: it came to its end */
  private async drive(session: Session, toldBefore: number): Promise<string | null> {
    const { work, driver, searchId } = session;
    let told = await this.frames.tell(work, searchId, toldBefore);
    for (let conflicts = 0; ;) {
      work.signal.throwIfAborted();
      const selected = await this.searches.select(driver, { searchId, leaseSeconds: LEASE_SECONDS });
      if (selected.next.kind === 'finish') return null;
      try {
        await this.step(session, selected);
        conflicts = 0;
      } catch (thrown) {
        if (!(thrown instanceof AssentError)) throw thrown;
        conflicts += 1;
        if (thrown.reason === 'conflict' && conflicts < CONFLICTS_MAX) continue;
        const isFirst = selected.next.kind === 'expand' && selected.next.parentId === null;
        if (isFirst || !['model_failed', 'budget_exhausted'].includes(thrown.reason)) throw thrown;
        return thrown.message;
      }
      told = await this.frames.tell(work, searchId, told);
    }
  }

  private step(session: Session, selected: Selected): Promise<void> {
    const { next } = selected;
    if (next.kind === 'expand') return this.expand(session, selected, next);
    return next.kind === 'compare' ? this.compare(session, selected, next) : Promise.resolve();
  }

  private async expand(
    { work, params, request, driver, searchId }: Session,
    { version, left }: Selected,
    next: Next<'expand'>,
  ): Promise<void> {
    const { tokens, ...plan } = await this.writer.write(work, params, request, next, left.tokens);
    await this.steps.expand(driver, {
      ...{ searchId, version, key: `step ${version}`, parentId: next.parentId, ...plan },
      // An endpoint may count more than it was allowed; the ledger of the run has all of it.
      tokens: Math.min(tokens, left.tokens),
      ...(next.prompt === null ? {} : { prompt: next.prompt }),
    });
  }

  private async compare(
    { request, driver, searchId }: Session,
    { version, left }: Selected,
    { nodeId, tasks }: Next<'compare'>,
  ): Promise<void> {
    const [task] = tasks;
    if (!task) throw new Error(`search ${searchId} wants a comparison of nothing`);
    const { against, swapped, first, second } = task;
    const { node } = await this.searches.get(driver.tenantId, { searchId, nodeId });
    const pair = { first: first.answer, second: second.answer, advice: node?.promptIn ?? null };
    const judged = await this.writer.judge(request, pair, left.tokens);
    const { judgement } = judged;
    await this.steps.compare(driver, {
      ...{ searchId, version, key: `step ${version}`, nodeId, against, swapped, judgement },
      tokens: Math.min(judged.tokens, left.tokens),
      ...(judged.judgement === null ? { problem: judged.problem } : {}),
    });
  }

  private async finish({ work, params, driver, searchId }: Session, stopped: string | null): Promise<Deliberated> {
    const { version, leaseUntil } = await this.searches.select(driver, { searchId, leaseSeconds: LEASE_SECONDS });
    const ended = await this.searches.finish(driver, { searchId, version });
    // It was open until now: whoever ends it counts what it has shown of its advice, so that nothing is counted twice.
    if (leaseUntil !== null) await this.prompts.learn(work, params, searchId);
    const { best, worst, end, used } = ended;
    const proposal = best && readProposal(best.answer);
    if (!best || !proposal) {
      throw new AssentError('model_failed', `The search of run ${work.run.id} has found no plan that can be read.`, {
        ...{ runId: work.run.id, searchId },
      });
    }
    await this.frames.completed(work, {
      ...{ searchId, version: ended.version, end, reason: stopped },
      ...{ bestId: best.nodeId, worstId: worst?.nodeId ?? null, used },
    });
    return { proposal, warnings: stopped === null ? [] : [`The search was stopped early: ${stopped}`] };
  }
}
