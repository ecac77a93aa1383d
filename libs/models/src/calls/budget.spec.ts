import fc from 'fast-check';
import { AssentError } from '@assent/contract';
import { allow, costOf, estimateTokens, narrowed, type BudgetCheck } from './budget';

const FREE = { inputUsdPerMillion: 0, cachedInputUsdPerMillion: 0, outputUsdPerMillion: 0 };
const PRICED = { inputUsdPerMillion: 2, cachedInputUsdPerMillion: 0.5, outputUsdPerMillion: 10 };
const AMPLE = { tokens: 1_000_000, costUsd: 1_000 };
const NONE = { tokens: 0, costUsd: 0 };

function check(over: Partial<BudgetCheck> = {}): BudgetCheck {
  return {
    spent: { run: NONE, tenant: NONE },
    limits: { run: AMPLE, tenant: AMPLE },
    prices: PRICED,
    promptTokens: 100,
    maxOutputTokens: 4_096,
    runId: 'run-1',
    ...over,
  };
}

function refusal(over: Partial<BudgetCheck>): AssentError {
  try {
    allow(check(over));
  } catch (error) {
    if (error instanceof AssentError) return error;
  }
  throw new Error('it was allowed');
}

describe('a budget', () => {
  it('allows the full answer when the budgets suffice', () => {
    expect(allow(check())).toEqual({ maxOutputTokens: 4_096, warnings: [] });
  });

  it('limits the answer to the tokens that remain after the prompt', () => {
    expect(allow(check({ limits: { run: { ...AMPLE, tokens: 150 }, tenant: AMPLE } })).maxOutputTokens).toBe(50);
  });

  it('limits the answer to the money that remains after the prompt', () => {
    const limits = { run: { ...AMPLE, costUsd: 0.0012 }, tenant: AMPLE };
    expect(allow(check({ limits })).maxOutputTokens).toBe(100);
  });

  it.each([
    ['run.tokens', { run: { tokens: 10, costUsd: 0 }, tenant: NONE }],
    ['run.costUsd', { run: { tokens: 0, costUsd: 10 }, tenant: NONE }],
    ['tenant.tokens', { run: NONE, tenant: { tokens: 10, costUsd: 0 } }],
    ['tenant.costUsd', { run: NONE, tenant: { tokens: 0, costUsd: 10 } }],
  ])(
    'that is used up stops the run and names the budget (%s), the amount used, the limit and the remedy',
    (budget, spent) => {
      const limits = { run: { tokens: 10, costUsd: 10 }, tenant: { tokens: 10, costUsd: 10 } };
      const error = refusal({ spent, limits, promptTokens: 1 });
      expect(error).toMatchObject({
        reason: 'budget_exhausted',
        details: { budget, used: 10, limit: 10, runId: 'run-1' },
      });
      expect(error.message).toContain(`${budget} of run run-1 is used up: 10 of 10 used`);
      expect(error.message).toMatch(/LLM_(RUN|TENANT_DAILY)_(TOKENS|COST_USD)/);
    },
  );

  it('stops before a prompt that alone would exceed it', () => {
    const error = refusal({ limits: { run: { ...AMPLE, tokens: 100 }, tenant: AMPLE } });
    expect(error.message).toContain('does not allow the next prompt of about 100 tokens: 0 of 100 used');
  });

  it('in US dollars is ignored when tokens have no price', () => {
    const spent = { run: { tokens: 0, costUsd: 99 }, tenant: NONE };
    const limits = { run: { ...AMPLE, costUsd: 1 }, tenant: AMPLE };
    expect(allow(check({ prices: FREE, spent, limits })).warnings).toEqual([]);
  });

  it('triggers a warning from 80% on', () => {
    const at = (tokens: number) =>
      allow(
        check({
          spent: { run: { tokens, costUsd: 0 }, tenant: NONE },
          limits: { run: { ...AMPLE, tokens: 10_000 }, tenant: AMPLE },
        }),
      ).warnings;
    expect(at(7_999)).toEqual([]);
    expect(at(8_000)).toEqual([{ budget: 'run.tokens', used: 8_000, limit: 10_000 }]);
  });

  it('can be narrowed by a run, but never widened', () => {
    expect(narrowed({ tokens: 100, costUsd: 5 }, { tokens: 10, costUsd: 50 })).toEqual({ tokens: 10, costUsd: 5 });
    expect(narrowed({ tokens: 100, costUsd: 5 })).toEqual({ tokens: 100, costUsd: 5 });
  });

  it('covers the prompt and the longest allowed answer, which has at least one token', () => {
    const amount = fc.record({ tokens: fc.nat(100_000), costUsd: fc.double({ min: 0, max: 10, noNaN: true }) });
    const spending = fc.record({ run: amount, tenant: amount });
    const price = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(spending, spending, price, price, fc.nat(5_000), (spent, limits, input, output, promptTokens) => {
        const prices = { inputUsdPerMillion: input, cachedInputUsdPerMillion: 0, outputUsdPerMillion: output };
        let allowed: number;
        try {
          allowed = allow(check({ spent, limits, prices, promptTokens })).maxOutputTokens;
        } catch (error) {
          expect(error).toMatchObject({ reason: 'budget_exhausted' });
          return;
        }
        expect(allowed).toBeGreaterThanOrEqual(1);
        const cost = costOf({ inputTokens: promptTokens, outputTokens: allowed }, prices);
        for (const owner of ['run', 'tenant'] as const) {
          expect(spent[owner].tokens + promptTokens + allowed).toBeLessThanOrEqual(limits[owner].tokens);
          expect(spent[owner].costUsd + cost).toBeLessThanOrEqual(limits[owner].costUsd + 1e-9);
        }
      }),
    );
  });
});

describe('estimates', () => {
  it('count four characters as one token, rounded up', () => {
    expect([0, 1, 4, 5].map(estimateTokens)).toEqual([0, 1, 1, 2]);
  });

  it('price input and output per million tokens', () => {
    expect(costOf({ inputTokens: 500_000, outputTokens: 100_000 }, PRICED)).toBe(2);
  });

  it('price cached input apart, and never more of it than there is input', () => {
    expect(costOf({ inputTokens: 500_000, cachedTokens: 400_000, outputTokens: 100_000 }, PRICED)).toBeCloseTo(1.4);
    expect(costOf({ inputTokens: 500_000, cachedTokens: 900_000, outputTokens: 0 }, PRICED)).toBeCloseTo(0.25);
  });
});
