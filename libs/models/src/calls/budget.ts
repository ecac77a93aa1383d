import { AssentError } from '@assent/contract';

/** English text has about four characters per token in the tokenizers of all large models; code has fewer. */
const CHARS_PER_TOKEN = 4;
/** Share of a budget at which a warning is issued. */
const WARN_AT = 0.8;
const TOKENS_PER_PRICE = 1_000_000;

export interface BudgetWarning {
  /** `run.tokens`, `run.costUsd`, `tenant.tokens`, `tenant.costUsd`. */
  readonly budget: string;
  readonly used: number;
  readonly limit: number;
}

export interface Prices {
  readonly inputUsdPerMillion: number;
  /** Input that the provider had cached. */
  readonly cachedInputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
}

/** Tokens and US dollars, used or allowed. */
export interface Amount {
  readonly tokens: number;
  readonly costUsd: number;
}

export interface Spending {
  readonly run: Amount;
  /** Used by all runs of the tenant in the last 24 hours. */
  readonly tenant: Amount;
}

export interface Usage {
  /** All input tokens, including cached ones. */
  readonly inputTokens: number;
  readonly cachedTokens?: number;
  readonly outputTokens: number;
}

export interface BudgetCheck {
  readonly spent: Spending;
  readonly limits: Spending;
  readonly prices: Prices;
  /** Tokens of the prompt, see `estimateTokens`. */
  readonly promptTokens: number;
  /** Requested maximum of the answer, in tokens. */
  readonly maxOutputTokens: number;
  readonly runId: string;
}

export interface Allowance {
  /** At least 1, and never more than any budget has left. */
  readonly maxOutputTokens: number;
  /** Budgets that are used to 80% or more. */
  readonly warnings: readonly BudgetWarning[];
}

/** Estimates the tokens of a text from its length: accurate enough to stop in time, too coarse for billing. */
export function estimateTokens(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

/** The cost of a call in US dollars. */
export function costOf({ inputTokens, cachedTokens = 0, outputTokens }: Usage, prices: Prices): number {
  const cached = Math.min(cachedTokens, inputTokens);
  const input = (inputTokens - cached) * prices.inputUsdPerMillion + cached * prices.cachedInputUsdPerMillion;
  return (input + outputTokens * prices.outputUsdPerMillion) / TOKENS_PER_PRICE;
}

/** The configured limits of a run, narrowed by its `start`; a run cannot raise them. */
export function narrowed(configured: Amount, asked: Partial<Amount> = {}): Amount {
  return {
    tokens: Math.min(configured.tokens, asked.tokens ?? Infinity),
    costUsd: Math.min(configured.costUsd, asked.costUsd ?? Infinity),
  };
}

/**
 * Checks whether one more call fits the budgets. The sum is past use, the maximum of the calls in flight, and the
 * prompt; the answer is limited to the rest. Two concurrent checks do not see each other.
 * @throws AssentError budget_exhausted, naming the first budget that does not allow it
 */
export function allow(check: BudgetCheck): Allowance {
  const { promptTokens, maxOutputTokens } = check;
  const lines = linesOf(check);
  const remaining = lines.map((line) => {
    const left = line.limit - line.used;
    const answer = left - line.perInput * promptTokens;
    // The answer has at least one token; a price of 0 sets no limit.
    if (left <= 0 || answer < line.perOutput) throw exhausted(line, check);
    return line.perOutput === 0 ? Infinity : Math.floor(answer / line.perOutput);
  });
  return {
    maxOutputTokens: Math.max(1, Math.min(maxOutputTokens, ...remaining)),
    warnings: lines
      .filter(({ used, limit }) => used >= WARN_AT * limit)
      .map(({ budget, used, limit }) => ({ budget, used, limit })),
  };
}

/** One budget, and its cost per token. */
interface Line extends BudgetWarning {
  readonly perInput: number;
  readonly perOutput: number;
}

/** Budgets in US dollars apply only where tokens have a price. */
function linesOf({ spent, limits, prices }: BudgetCheck): Line[] {
  const perInput = prices.inputUsdPerMillion / TOKENS_PER_PRICE;
  const perOutput = prices.outputUsdPerMillion / TOKENS_PER_PRICE;
  return (['run', 'tenant'] as const).flatMap((owner): Line[] => {
    const [used, limit] = [spent[owner], limits[owner]];
    const tokens = { budget: `${owner}.tokens`, used: used.tokens, limit: limit.tokens, perInput: 1, perOutput: 1 };
    const cost = { budget: `${owner}.costUsd`, used: used.costUsd, limit: limit.costUsd, perInput, perOutput };
    return perInput + perOutput > 0 ? [tokens, cost] : [tokens];
  });
}

const REMEDIES: Readonly<Record<string, string>> = {
  'run.tokens': 'Start a run with a larger budget.tokens (up to LLM_RUN_TOKENS), or with a smaller goal.',
  'run.costUsd': 'Start a run with a larger budget.costUsd (up to LLM_RUN_COST_USD), or with a smaller goal.',
  'tenant.tokens': 'Wait until older calls leave the 24-hour window, or raise LLM_TENANT_DAILY_TOKENS.',
  'tenant.costUsd': 'Wait until older calls leave the 24-hour window, or raise LLM_TENANT_DAILY_COST_USD.',
};

function exhausted({ budget, used, limit }: Line, { promptTokens, runId }: BudgetCheck): AssentError {
  const what = used >= limit ? 'is used up' : `does not allow the next prompt of about ${promptTokens} tokens`;
  return new AssentError(
    'budget_exhausted',
    `The budget ${budget} of run ${runId} ${what}: ${used} of ${limit} used. ${REMEDIES[budget] ?? ''}`,
    { runId, budget, used, limit },
  );
}
