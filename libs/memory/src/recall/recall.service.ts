import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AssentError, type RankedFragment, type RecallArm } from '@assent/contract';
import { Config, LOG, type Log } from '@assent/platform';
import { MemoryMetrics } from '../memory.metrics';
import { isCutOff } from './cut-off';
import { tokensOf } from './fusion';
import { Ranking, type Found } from './ranking';
import { withinMs } from './within';
import { RecallRepository } from './recall.repository';

/** Minimum number of runs with something to recall before control runs are used: fewer cannot be compared. */
const RUNS_BEFORE_CONTROL = 20;
const TWO_TO_32 = 2 ** 32;

/** The owner of fragments. Nothing is recalled, merged or changed across owners. */
export interface MemoryScope {
  readonly tenantId: string;
  /** Subject of the principal whose runs learn and recall; fragments without an agent belong to all agents of the tenant. */
  readonly agent: string;
}

/** Recalled memory for a plan, and how it was found. */
export interface Recalled {
  readonly fragments: readonly RankedFragment[];
  readonly arm: RecallArm;
  /** The fragments withheld from a control run. */
  readonly withheld: readonly string[];
  readonly late: boolean;
  readonly degraded: readonly string[];
  readonly tokens: number;
  readonly durationMs: number;
}

export const NOTHING_RECALLED: Recalled = {
  fragments: [],
  arm: 'recall',
  withheld: [],
  late: false,
  degraded: [],
  tokens: 0,
  durationMs: 0,
};

/**
 * Recalls for a plan. It never fails a run: on a timeout or error the run continues without memory, and its frame says
 * so.
 */
@Injectable()
export class RecallService {
  constructor(
    private readonly ranking: Ranking,
    private readonly recalls: RecallRepository,
    private readonly metrics: MemoryMetrics,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async recall(scope: MemoryScope, goal: string, runId: string): Promise<Recalled> {
    const startedAt = performance.now();
    const { MEMORY_RECALL_MS: maxMs } = this.config.env;
    const found = await withinMs(this.found(scope, goal, maxMs), maxMs);
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    if (found === 'late' || found === 'failed') {
      this.metrics.recalled(found, durationMs);
      const degraded = found === 'failed' ? ['all: the recall failed'] : [];
      return { ...NOTHING_RECALLED, late: found === 'late', degraded, durationMs };
    }
    const { fragments, degraded } = found;
    const arm = fragments.length > 0 ? await this.armFor(scope.tenantId, runId) : 'recall';
    this.metrics.recalled(fragments.length === 0 ? 'empty' : arm, durationMs);
    if (arm === 'control') {
      const withheld = fragments.map(({ fragmentId }) => fragmentId);
      return { ...NOTHING_RECALLED, arm, withheld, degraded, durationMs };
    }
    const tokens = fragments.reduce((sum, { text }) => sum + tokensOf(text.length), 0);
    return { ...NOTHING_RECALLED, fragments, degraded, tokens, durationMs };
  }

  /** The same for a search: it has no run, so it is not part of the comparison with control runs. */
  async lessons(scope: MemoryScope, query: string): Promise<readonly RankedFragment[]> {
    const { MEMORY_RECALL_MS: maxMs } = this.config.env;
    const found = await withinMs(this.found(scope, query, maxMs), maxMs);
    return typeof found === 'string' ? [] : found.fragments;
  }

  private async found(scope: MemoryScope, goal: string, timeoutMs: number): Promise<Found | 'late' | 'failed'> {
    try {
      return await this.ranking.find(scope, goal, { status: 'active', timeoutMs });
    } catch (error) {
      if (isCutOff(error) || (error instanceof AssentError && error.reason === 'timeout')) return 'late';
      this.log.warn({ err: error, tenantId: scope.tenantId }, 'could not recall; the run continues without memory');
      return 'failed';
    }
  }

  private async armFor(tenantId: string, runId: string): Promise<RecallArm> {
    const arm = armOf(runId, this.config.env.MEMORY_CONTROL_SHARE);
    if (arm === 'recall' || (await this.recalls.hasRecalled(tenantId, RUNS_BEFORE_CONTROL))) return arm;
    return 'recall';
  }
}

/** The side of the comparison that a run belongs to: stable per run id, `share` of all runs are control runs. */
export function armOf(runId: string, share: number): RecallArm {
  const lot = createHash('sha256').update(`memory:${runId}`).digest().readUInt32BE(0) / TWO_TO_32;
  return lot < share ? 'control' : 'recall';
}
