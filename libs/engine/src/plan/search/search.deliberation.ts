import { Injectable } from '@nestjs/common';
import { AssentError, type MethodResult, type SearchNext } from '@assent/contract';
import { SearchService, SearchSteps, type SearchDriver } from '@assent/search';
import { readProposal, type Proposal, type StepRequest } from '@assent/planner';
import type { StepContext } from '../../step/step.context';
import { PlanWriter } from './plan.writer';
import { SearchFrames } from './search.frames';
import { SearchPrompts } from './search.prompts';

/** Longer than any model call with its retries. No other driver can take over the search of a run. */
const LEASE_SECONDS = 3_600;
/** Maximum consecutive conflicts with a predecessor that has not noticed that it lost the run. */
const CONFLICTS_MAX = 5;

type Selected = MethodResult<'search/select'>;
type Next<K extends SearchNext['kind']> = Extract<SearchNext, { kind: K }>;

interface Session {
  readonly context: StepContext;
  readonly request: StepRequest;
  readonly driver: SearchDriver;
  readonly searchId: string;
}

export interface Deliberated {
  readonly proposal: Proposal;
  readonly warnings: readonly string[];
}

/** The engine's own search: the model writes plans for a step and judges pairs of them. The best plan is scored like any other. */
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
   * Resumes the search of this step from its stored state, also on another replica.
   * @throws AssentError model_failed when there is no plan at all, budget_exhausted
   */
  async deliberate(context: StepContext, request: StepRequest): Promise<Deliberated> {
    const { run } = context;
    const { goal, search: { rules, budget } = {} } = await context.params();
    const prompt = await this.prompts.best(context);
    const asked = {
      query: goal,
      memory: false,
      ...(prompt === null ? {} : { prompt }),
      ...(rules ? { rules } : {}),
      ...(budget ? { budget } : {}),
    };
    const started = { tenantId: run.tenantId, subject: run.requester };
    const head = await this.searches.start(started, asked, { id: run.id, step: run.step });
    const { searchId } = head;
    const driver: SearchDriver = { tenantId: run.tenantId, owner: `run ${run.id}`, runId: run.id };
    const session: Session = { context, request, driver, searchId };
    const stopped = await this.drive(session, await this.frames.opened(context, head));
    return this.finish(session, stopped);
  }

  /** @returns a sentence that says why the search stopped early; null when it is complete */
  private async drive(session: Session, publishedBefore: number): Promise<string | null> {
    const { context, driver, searchId } = session;
    let published = await this.frames.publish(context, searchId, publishedBefore);
    for (let conflicts = 0; ;) {
      context.signal.throwIfAborted();
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
      published = await this.frames.publish(context, searchId, published);
    }
  }

  private step(session: Session, selected: Selected): Promise<void> {
    const { next } = selected;
    if (next.kind === 'expand') return this.expand(session, selected, next);
    return next.kind === 'compare' ? this.compare(session, selected, next) : Promise.resolve();
  }

  private async expand(
    { context, request, driver, searchId }: Session,
    { version, left }: Selected,
    next: Next<'expand'>,
  ): Promise<void> {
    const { tokens, ...plan } = await this.writer.write(context, request, next, left.tokens);
    await this.steps.expand(driver, {
      searchId,
      version,
      key: `step ${version}`,
      parentId: next.parentId,
      ...plan,
      // An endpoint may count more tokens than its limit; the ledger of the run has all of them.
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
      searchId,
      version,
      key: `step ${version}`,
      nodeId,
      against,
      swapped,
      judgement,
      tokens: Math.min(judged.tokens, left.tokens),
      ...(judged.judgement === null ? { problem: judged.problem } : {}),
    });
  }

  private async finish({ context, driver, searchId }: Session, stopped: string | null): Promise<Deliberated> {
    const { version, leaseUntil } = await this.searches.select(driver, { searchId, leaseSeconds: LEASE_SECONDS });
    const ended = await this.searches.finish(driver, { searchId, version });
    // Only the driver that ends an open search records what it learned about its advice, so that nothing counts twice.
    if (leaseUntil !== null) await this.prompts.learn(context, searchId);
    const { best, worst, end, used } = ended;
    const proposal = best && readProposal(best.answer);
    if (!best || !proposal) {
      throw new AssentError('model_failed', `The search of run ${context.run.id} has found no plan that can be read.`, {
        runId: context.run.id,
        searchId,
      });
    }
    await this.frames.completed(context, {
      searchId,
      version: ended.version,
      end,
      reason: stopped,
      bestId: best.nodeId,
      worstId: worst?.nodeId ?? null,
      used,
    });
    return { proposal, warnings: stopped === null ? [] : [`The search was stopped early: ${stopped}`] };
  }
}
