import { startModelEndpoint, type ModelEndpoint } from './model-endpoint';
import type { Said } from './model-replies';
import { seen } from './frames';
import { scaled } from './limits';
import { Stage, type Replica } from './stage';

/** The shortest lease. */
const LEASE_MS = 2_000;

export const MODEL_KEY = 'sk-not-a-real-key-0123456789';
export const MODEL_FILE = 'config/payments.yaml';
export const MODEL_GOAL = 'Raise the payment timeout to three seconds';

/** Replies of a scripted model in the runs of the specs. */
export const READS: Said = {
  reasoning: ['The timeout is ', 'probably in config/payments.yaml.'],
  text: ['I should look first.'],
  calls: [
    { name: 'file_read', args: { path: MODEL_FILE } },
    { name: 'file_write', args: { path: MODEL_FILE, content: 'timeout_ms: 3000\n' } },
  ],
};
export const WRITES: Said = {
  text: ['It is three milliseconds: change it.'],
  calls: [{ name: 'file_write', args: { path: MODEL_FILE, content: 'timeout_ms: 3000\n' } }],
};
/** The same change without text, so that its assumptions must be composed. */
export const SILENTLY_WRITES: Said = { calls: WRITES.calls ?? [] };
export const LOOKS: Said = { text: ['Look.'], calls: [{ name: 'file_list', args: { path: '.' } }] };
export const FINISHES: Said = {
  text: ['Done.'],
  calls: [{ name: 'finish', args: { reached: true, summary: 'The timeout is 3000 ms now.' } }],
};

/** A decision: candidates as `decide` has them, under the ids c1, c2, ... */
export function decides(assumptions: readonly object[], ...candidates: readonly object[]): Said {
  const numbered = candidates.map((candidate, index) => ({ id: `c${index + 1}`, when: [], ...candidate }));
  return { calls: [{ name: 'decide', args: { why: 'It depends.', assumptions, candidates: numbered } }] };
}

/** A server whose model is a scripted endpoint. */
export class ModelScene {
  private constructor(
    readonly stage: Stage,
    readonly endpoint: ModelEndpoint,
    readonly replica: Replica,
  ) {}

  static async open(more: Readonly<Record<string, string>> = {}): Promise<ModelScene> {
    const [stage, endpoint] = await Promise.all([Stage.open(), startModelEndpoint()]);
    return new ModelScene(stage, endpoint, await stage.start({ ...environment(endpoint), ...more }));
  }

  /** A further replica on the same database. */
  another(more: Readonly<Record<string, string>> = {}): Promise<Replica> {
    return this.stage.start({ ...environment(this.endpoint), ...more });
  }

  async start(more: object = {}, by: Replica = this.replica): Promise<string> {
    const params = { goal: MODEL_GOAL, workspace: 'example', memory: false, ...more };
    return (await by.developer.call('start', params)).runId;
  }

  async pendingOf(runId: string): Promise<{ approvalId: string; hash: string }> {
    const { approvalId, hash } = await seen(this.replica.developer, runId, 'approval.requested');
    return { approvalId: String(approvalId), hash: String(hash) };
  }

  /** Prompts of the calls that were to answer this schema; null: the planning calls. */
  promptsOf(answer: string | null): string[] {
    return this.endpoint.calls.filter((call) => call.answer === answer).map(({ prompt }) => prompt);
  }

  /** Resolves by `eventually`: every resolution has been propagated. */
  async everybodyWasTold(): Promise<boolean> {
    const text = `select count(*)::int as left from resolutions where not spread`;
    const [row] = await this.stage.rows<{ left: number }>(text);
    return row?.left === 0;
  }

  async close(): Promise<void> {
    await this.stage.close();
    await this.endpoint.close();
  }
}

function environment(endpoint: ModelEndpoint): Record<string, string> {
  return {
    LLM_BASE_URL: endpoint.url,
    LLM_MODEL: 'scripted-model',
    LLM_API_KEY: MODEL_KEY,
    LLM_MAX_RETRIES: '0',
    // A replica that takes over plans again, and would be given the next reply of the script.
    LEASE_SECONDS: String(Math.ceil(scaled(LEASE_MS) / 1_000)),
    SWEEP_SECONDS: '1',
  };
}
