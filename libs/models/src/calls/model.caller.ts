import { Inject, Injectable } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import { Config, traced } from '@assent/platform';
import { ModelFailure } from '../providers/model.failure';
import {
  messageText,
  type AnswerSchema,
  type FunctionOffer,
  type ModelEvent,
  type ModelMessage,
  type ModelProvider,
  type ModelPurpose,
  type ModelRequest,
  type ModelUsage,
} from '../providers/model.port';
import { MODEL_PROVIDER } from '../providers/provider.factory';
import { allow, costOf, estimateTokens, narrowed, type BudgetWarning, type Prices } from './budget';
import { ModelLedgerRepository } from './model-ledger.repository';
import { ModelMetrics } from './model.metrics';
import { ReplyFold, type ModelReply } from './model.reply';

/** Token limit shared by several calls; each call raises `used`. */
export interface CallLimit {
  readonly tokens: number;
  used: number;
}

/** The run, step and tenant that calls are charged to. */
export interface CallAccount {
  readonly runId: string;
  readonly tenantId: string;
  readonly step: number;
  /** Narrows the configured budgets. */
  readonly budget?: { readonly tokens?: number; readonly costUsd?: number };
  readonly signal: AbortSignal;
  readonly onBudget: (warning: BudgetWarning) => void;
}

/** `warned` lives as long as one step is planned, so that each budget causes one warning. */
export interface CallSession extends CallAccount {
  readonly warned: Set<string>;
  readonly limit?: CallLimit;
}

export interface ModelQuestion {
  readonly purpose: ModelPurpose;
  readonly attempt: number;
  readonly messages: readonly ModelMessage[];
  /** A request with functions gets a free answer, one with a schema a structured answer. */
  readonly ask: { readonly functions: readonly FunctionOffer[] } | { readonly answer: AnswerSchema };
}

/** Calls the configured model within the budgets, and records every call in the ledger and the metrics. */
@Injectable()
export class ModelCaller {
  constructor(
    @Inject(MODEL_PROVIDER) private readonly provider: ModelProvider | null,
    private readonly config: Config,
    private readonly ledger: ModelLedgerRepository,
    private readonly metrics: ModelMetrics,
  ) {}

  get isConfigured(): boolean {
    return this.provider !== null;
  }

  /** Whether tokens have a price; without one, budgets in US dollars have no effect. */
  get countsCosts(): boolean {
    const { inputUsdPerMillion, outputUsdPerMillion } = this.prices;
    return inputUsdPerMillion + outputUsdPerMillion > 0;
  }

  /** Name of the provider as it appears in frames. */
  get source(): string {
    return this.provider?.name ?? 'none';
  }

  /**
   * Makes one call. If the model fails, the reply holds the failure and the partial answer.
   * @throws AssentError budget_exhausted, before anything is sent
   * @throws the reason of the session's signal, when it is aborted
   */
  async call(
    session: CallSession,
    question: ModelQuestion,
    onEvent?: (event: ModelEvent) => void,
  ): Promise<ModelReply> {
    const { provider } = this;
    if (!provider) throw new AssentError('invalid', 'No model is configured: set LLM_BASE_URL and LLM_MODEL.');
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': provider.model,
      'assent.model.purpose': question.purpose,
    };
    return traced(`chat ${provider.model}`, { kind: 'client', attributes }, () =>
      this.ask(provider, session, question, onEvent),
    );
  }

  /** Tokens that the run may still use, limited by the budget of its tenant. */
  async tokensLeft({ runId, tenantId, budget }: CallSession): Promise<number> {
    const { LLM_RUN_TOKENS, LLM_RUN_COST_USD, LLM_TENANT_DAILY_TOKENS } = this.config.env;
    const spent = await this.ledger.spent(tenantId, runId);
    const { tokens } = narrowed({ tokens: LLM_RUN_TOKENS, costUsd: LLM_RUN_COST_USD }, budget);
    return Math.max(0, Math.min(tokens - spent.run.tokens, LLM_TENANT_DAILY_TOKENS - spent.tenant.tokens));
  }

  private async ask(
    provider: ModelProvider,
    session: CallSession,
    question: ModelQuestion,
    onEvent?: (event: ModelEvent) => void,
  ): Promise<ModelReply> {
    const promptTokens = estimateTokens(promptChars(question));
    const maxOutputTokens = await this.allowed(session, promptTokens);
    const { signal, step } = session;
    const { purpose, attempt, messages, ask } = question;
    const reserved = { inputTokens: promptTokens, outputTokens: maxOutputTokens };
    const id = await this.reserve(session, provider, purpose, reserved);
    const fold = new ReplyFold(maxOutputTokens);
    const request: ModelRequest = {
      purpose,
      step,
      attempt,
      messages,
      maxOutputTokens,
      signal,
      onHeaders: () => fold.begin(),
    };
    const startedAt = performance.now();
    let outcome = 'cancelled';
    try {
      const events =
        'answer' in ask ? provider.structured({ ...request, ...ask }) : provider.stream({ ...request, ...ask });
      for await (const event of events) {
        fold.add(event);
        onEvent?.(event);
      }
      outcome = 'ok';
      return fold.reply(null);
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof ModelFailure)) throw thrown;
      outcome = thrown.outcome;
      return fold.reply(thrown);
    } finally {
      const estimated = { inputTokens: fold.begun ? promptTokens : 0, outputTokens: estimateTokens(fold.chars) };
      const durationMs = Math.round(performance.now() - startedAt);
      const { usage } = fold.reply(null);
      if (session.limit) session.limit.used += tokensOf(usage ?? estimated);
      const recorded = this.settle(id, { purpose, outcome, durationMs, usage, estimated });
      // A cancelled run may end together with its server; an error of the closing store must not hide the reason.
      await (signal.aborted ? recorded.catch(() => undefined) : recorded);
    }
  }

  /**
   * Maximum tokens of the answer.
   * @throws AssentError budget_exhausted
   */
  private async allowed(
    { runId, tenantId, budget, warned, onBudget, limit }: CallSession,
    promptTokens: number,
  ): Promise<number> {
    const { env } = this.config;
    const remaining = limit ? limit.tokens - limit.used - promptTokens : Infinity;
    if (limit && remaining < 1) throw limitReached(runId, limit, promptTokens);
    const { maxOutputTokens, warnings } = allow({
      runId,
      spent: await this.ledger.spent(tenantId, runId),
      limits: {
        run: narrowed({ tokens: env.LLM_RUN_TOKENS, costUsd: env.LLM_RUN_COST_USD }, budget),
        tenant: { tokens: env.LLM_TENANT_DAILY_TOKENS, costUsd: env.LLM_TENANT_DAILY_COST_USD },
      },
      prices: this.prices,
      promptTokens,
      maxOutputTokens: Math.min(env.LLM_MAX_OUTPUT_TOKENS, remaining),
    });
    for (const warning of warnings) {
      if (!warned.has(warning.budget)) onBudget(warning);
      warned.add(warning.budget);
    }
    return maxOutputTokens;
  }

  /** @returns the id of its row */
  private reserve(
    { runId, tenantId, step }: CallSession,
    { name, model }: ModelProvider,
    purpose: ModelPurpose,
    max: ModelUsage,
  ): Promise<string> {
    const costUsd = costOf(max, this.prices);
    return this.ledger.reserve({ runId, tenantId, step, purpose, provider: name, model, ...max, costUsd });
  }

  /** The row is written first: the ledger must hold every call that is billed, even if a metric is lost. */
  private async settle(id: string, over: FinishedCall): Promise<void> {
    const { purpose, outcome, durationMs, usage, estimated } = over;
    const used = usage ?? estimated;
    const call = { ...used, cachedTokens: used.cachedTokens ?? 0, durationMs, costUsd: costOf(used, this.prices) };
    await this.ledger.settle(id, { ...call, outcome: usage ? outcome : `${outcome}+estimated` });
    this.metrics.called(purpose, call, outcome);
  }

  private get prices(): Prices {
    const { LLM_INPUT_USD_PER_MILLION: inputUsdPerMillion, LLM_OUTPUT_USD_PER_MILLION: outputUsdPerMillion } =
      this.config.env;
    const { LLM_CACHED_INPUT_USD_PER_MILLION: cachedInputUsdPerMillion = inputUsdPerMillion } = this.config.env;
    return { inputUsdPerMillion, cachedInputUsdPerMillion, outputUsdPerMillion };
  }
}

interface FinishedCall {
  readonly purpose: ModelPurpose;
  readonly outcome: string;
  readonly durationMs: number;
  /** null: the endpoint reported no usage. */
  readonly usage: ModelUsage | null;
  readonly estimated: ModelUsage;
}

function tokensOf({ inputTokens, outputTokens }: ModelUsage): number {
  return inputTokens + outputTokens;
}

function limitReached(runId: string, { tokens, used }: CallLimit, promptTokens: number): AssentError {
  return new AssentError(
    'budget_exhausted',
    `The search of run ${runId} has used ${used} of its ${tokens} tokens: the next prompt of about ${promptTokens} does not fit.`,
    { runId, budget: 'search.tokens', used, limit: tokens },
  );
}

function promptChars({ messages, ask }: ModelQuestion): number {
  return messages.reduce((chars, message) => chars + messageText(message).length, 0) + JSON.stringify(ask).length;
}
