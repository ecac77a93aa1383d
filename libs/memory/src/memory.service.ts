import { Injectable } from '@nestjs/common';
import {
  AssentError,
  type Fragment,
  type FragmentState,
  type FragmentUse,
  type MethodParams,
  type FragmentVersion,
  type RankedFragment,
  DEFAULT_PAGE,
  pageOf,
  readUuidCursor,
  type Page,
} from '@assent/contract';
import { FragmentRepository, type FragmentFilter } from './fragment.repository';
import { MemoryDependencies } from './memory.dependencies';
import type { SearchScope } from './recall/candidate.sql';
import { RecallRepository } from './recall/recall.repository';
import { Ranking } from './recall/ranking';
import { textHashOf } from './text-hash';

/** Recall timeout for people, who can wait longer than a plan. */
const SEARCH_TIMEOUT_MS = 5_000;

/** The stored lessons. Fragments are data: they are displayed and ranked, never executed. */
@Injectable()
export class MemoryService {
  constructor(
    private readonly fragments: FragmentRepository,
    private readonly ranking: Ranking,
    private readonly dependencies: MemoryDependencies,
    private readonly recalls: RecallRepository,
  ) {}

  /** A text in the form in which it may be stored. */
  redacted(text: string): string {
    return this.dependencies.redact(text);
  }

  /** A lesson by its exact text; null when no such lesson is stored. */
  find(tenantId: string, agent: string, text: string): Promise<{ fragmentId: string; status: FragmentState } | null> {
    return this.fragments.findByHash(tenantId, textHashOf(agent, text));
  }

  /**
   * For people, so staged fragments are included.
   * @param agent null: every agent of the tenant
   */
  async search({ tenantId, agent }: SearchScope, query: string, limit = DEFAULT_PAGE): Promise<RankedFragment[]> {
    const options = { timeoutMs: SEARCH_TIMEOUT_MS, limit, minLexical: 0 };
    const found = await Promise.all(
      (['active', 'staged'] as const).map((status) =>
        this.ranking.find({ tenantId, agent }, query, { ...options, status }),
      ),
    );
    return found
      .flatMap(({ fragments }) => fragments)
      .sort((a, b) => b.rank - a.rank)
      .slice(0, limit);
  }

  /** @throws AssentError not_found */
  async get(tenantId: string, fragmentId: string): Promise<Fragment> {
    const fragment = (await this.fragments.byIds(tenantId, [fragmentId])).get(fragmentId);
    if (fragment) return fragment;
    throw new AssentError('not_found', `There is no fragment ${fragmentId}. memory/list lists them.`, {
      fragmentId,
    });
  }

  async withHistory(tenantId: string, fragmentId: string): Promise<{ fragment: Fragment; history: FragmentVersion[] }> {
    const fragment = await this.get(tenantId, fragmentId);
    return { fragment, history: await this.fragments.history(tenantId, fragmentId) };
  }

  /** @throws AssentError not_found, invalid (cursor) */
  async uses(
    tenantId: string,
    { fragmentId, cursor, limit = DEFAULT_PAGE }: MethodParams<'memory/use/list'>,
  ): Promise<Page<FragmentUse>> {
    await this.get(tenantId, fragmentId);
    const uses = await this.recalls.uses(tenantId, fragmentId, readUuidCursor(cursor), limit);
    return pageOf(
      uses,
      limit,
      (use) => use,
      ({ runId }) => runId,
    );
  }

  async list(
    tenantId: string,
    filter: FragmentFilter & { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  ): Promise<Page<Fragment>> {
    const { limit = DEFAULT_PAGE, cursor } = filter;
    const items = await this.fragments.list(tenantId, filter, readUuidCursor(cursor), limit);
    return pageOf(
      items,
      limit,
      (fragment) => fragment,
      ({ fragmentId }) => fragmentId,
    );
  }
}
