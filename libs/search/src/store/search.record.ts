import type { SearchComparisonText, SearchEnd, SearchHead, SearchNodeText, SearchStatus } from '@assent/contract';
import type { SearchFact, SearchRules } from '../core/search.facts';
import type { SearchSoFar } from '../core/step';

/** The stored row of a search. */
export interface SearchRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly subject: string;
  readonly runId: string | null;
  readonly status: SearchStatus;
  readonly end: SearchEnd | null;
  readonly query: string;
  readonly prompt: string | null;
  readonly memory: boolean;
  readonly seed: number;
  readonly rules: SearchRules;
  readonly version: number;
  readonly iteration: number;
  readonly nodesMax: number;
  readonly callsMax: number;
  readonly tokensMax: number;
  readonly nodesUsed: number;
  readonly callsUsed: number;
  readonly tokensUsed: number;
  readonly payloadHash: string | null;
  readonly leaseOwner: string | null;
  readonly leaseUntil: Date | null;
  /** Whether the lease is valid, by the clock of the database. */
  readonly leased: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The first values of a new search. */
export interface NewSearch {
  readonly id: string;
  readonly tenantId: string;
  readonly subject: string;
  /** The engine's own search, for a step of a run; null: an agent drives it. */
  readonly run: { readonly id: string; readonly step: number } | null;
  readonly query: string;
  readonly prompt: string | null;
  readonly memory: boolean;
  readonly seed: number;
  readonly rules: SearchRules;
  readonly budget: { readonly nodes: number; readonly calls: number; readonly tokens: number };
  readonly idempotencyKey: string | null;
  readonly payloadHash: string;
}

/** A node with its texts and its position in the log. */
export type StoredNode = SearchNodeText;
export type StoredComparison = SearchComparisonText;

export function headOf(record: SearchRecord): SearchHead {
  const { id, runId, status, end, query, seed, rules, version, iteration } = record;
  return {
    searchId: id,
    runId,
    status,
    end,
    query,
    seed,
    rules,
    version,
    iteration,
    budget: { nodes: record.nodesMax, calls: record.callsMax, tokens: record.tokensMax },
    used: { nodes: record.nodesUsed, calls: record.callsUsed, tokens: record.tokensUsed },
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}

export function soFar(record: SearchRecord, log: readonly SearchFact[]): SearchSoFar {
  const { rules, seed, tokensUsed, nodesMax, callsMax, tokensMax } = record;
  return { rules, seed, tokensUsed, log, budget: { nodes: nodesMax, calls: callsMax, tokens: tokensMax } };
}
