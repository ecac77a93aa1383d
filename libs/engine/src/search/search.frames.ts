import { Injectable } from '@nestjs/common';
import {
  frame,
  type FrameBody,
  type FrameType,
  type NewFrame,
  type SearchHead,
  type SearchNodeView,
} from '@assent/contract';
import { SearchService, type LoggedStep } from '@assent/memory';
import { cutText } from '@assent/platform';
import { proposalSummary, readProposal } from '@assent/planner';
import { FrameAppender, FramePages } from '@assent/runs';
import type { Work } from '../work';

const TYPES: ReadonlySet<string> = new Set<FrameType>([
  'search.started',
  'search.expanded',
  'search.compared',
  'search.completed',
]);
const PAGE = 500;
/** Longest critique in a frame, in characters: search/get has all of it. */
const CRITIQUE_SHOWN_CHARS = 1_000;

/**
 * The growing tree as frames. They are made from the log of the search, so that a replica that takes the run over first
 * tells what its predecessor could not tell any more.
 */
@Injectable()
export class SearchFrames {
  constructor(
    private readonly searches: SearchService,
    private readonly appender: FrameAppender,
    private readonly pages: FramePages,
  ) {}

  /** Tells that the search is over, unless the stream has that already. */
  async completed(work: Work, body: FrameBody<'search.completed'>): Promise<void> {
    if (((await this.told(work, body.searchId)) ?? 0) >= body.version) return;
    await this.append(work, [frame('search.completed', work.run.step, body)]);
  }

  /** The version up to which the stream tells of the search; tells that it has started where it does not. */
  async opened(work: Work, { searchId, seed, rules, budget }: SearchHead): Promise<number> {
    const told = await this.told(work, searchId);
    if (told === null)
      await this.append(work, [frame('search.started', work.run.step, { searchId, seed, rules, budget })]);
    return told ?? 0;
  }

  /** Tells every step after `told`. @returns the version that is told now */
  async tell(work: Work, searchId: string, told: number): Promise<number> {
    const steps = await this.searches.log(searchId, told);
    if (steps.length === 0) return told;
    await this.append(
      work,
      steps.map((step) => frameOf(work.run.step, searchId, step)),
    );
    return steps.at(-1)?.place ?? told;
  }

  private append({ run }: Work, frames: readonly NewFrame[]): Promise<void> {
    return this.appender.append({ runId: run.id, fence: run.fence }, frames);
  }

  private async told({ run, signal }: Work, searchId: string): Promise<number | null> {
    let told: number | null = null;
    for (let after = 0; ;) {
      const request = { after, types: TYPES, limit: PAGE, waitMs: 0, signal };
      const page = await this.pages.page(run.tenantId, run.id, request);
      for (const { json } of page?.lines ?? []) {
        const line = JSON.parse(json) as { searchId: string; version?: number };
        if (line.searchId === searchId) told = Math.max(told ?? 0, line.version ?? 0);
      }
      if (!page || page.cursor <= after || page.cursor >= page.tail) return told;
      after = page.cursor;
    }
  }
}

function frameOf(step: number, searchId: string, { place: version, fact, answer, text }: LoggedStep): NewFrame {
  if (fact.kind === 'comparison') {
    const { a: nodeId, b: against, swapped, scoreA, scoreB } = fact;
    const { q0, Q } = answer['node'] as SearchNodeView;
    const critique = cutText(text, CRITIQUE_SHOWN_CHARS);
    return frame('search.compared', step, {
      ...{ searchId, version, nodeId, against, swapped, scoreA, scoreB, critique, q0, Q },
    });
  }
  const duplicate = fact.kind === 'duplicate';
  const proposal = readProposal(text);
  return frame('search.expanded', step, {
    ...{ searchId, version, nodeId: duplicate ? fact.sameAs : fact.nodeId, parentId: fact.parentId, duplicate },
    verified: duplicate ? 'unknown' : fact.verified,
    summary: proposal ? proposalSummary(proposal) : '',
  });
}
