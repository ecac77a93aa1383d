import { Injectable } from '@nestjs/common';
import type { FragmentState, RankedFragment } from '@assent/contract';
import { FragmentRepository } from './fragment.repository';

/** Fragments a plan is given at most: more would crowd out the goal itself. */
const RECALL_LIMIT = 5;
const DEFAULT_PAGE = 20;

/** What the server remembers. Fragments are data: they are shown and ranked, never executed. */
@Injectable()
export class MemoryService {
  constructor(private readonly fragments: FragmentRepository) {}

  /** For a plan: active fragments only. */
  recall(tenantId: string, goal: string): Promise<RankedFragment[]> {
    return this.fragments.search(tenantId, goal, ['active'], RECALL_LIMIT);
  }

  /** A lesson by its exact text; null when nothing of the kind was kept. */
  find(tenantId: string, text: string): Promise<{ fragmentId: string; status: FragmentState } | null> {
    return this.fragments.findByText(tenantId, text);
  }

  /** For people: what is staged can be looked at as well. */
  search(tenantId: string, query: string, limit = DEFAULT_PAGE): Promise<RankedFragment[]> {
    return this.fragments.search(tenantId, query, ['staged', 'active'], limit);
  }
}
