import type { Client } from 'pg';

/** What the model calls of a run took. */
export interface Usage {
  readonly calls: number;
  /** Of prompts and answers. */
  readonly tokens: number;
  readonly prompt: number;
  /** Prompt tokens that came from the provider's cache. */
  readonly cached: number;
}

export async function usageOf(client: Pick<Client, 'query'>, runId: string): Promise<Usage> {
  const { rows } = await client.query<Usage>(
    `select count(*)::int as calls, coalesce(sum(input_tokens + output_tokens), 0)::int as tokens,
       coalesce(sum(input_tokens), 0)::int as prompt, coalesce(sum(cached_tokens), 0)::int as cached
     from model_calls where run_id = $1`,
    [runId],
  );
  return rows[0] ?? { calls: 0, tokens: 0, prompt: 0, cached: 0 };
}
