import { Injectable } from '@nestjs/common';
import {
  frame,
  type FrameBody,
  type FrameType,
  type NewFrame,
  type SearchHead,
  type SearchNodeView,
} from '@assent/contract';
import { SearchService, type LoggedStep } from '@assent/search';
import { cutText } from '@assent/platform';
import { proposalSummary, readProposal } from '@assent/planner';
import { FrameAppender, FramePages } from '@assent/runs';
import type { StepContext } from '../../step/step.context';

const TYPES: ReadonlySet<string> = new Set<FrameType>([
  'search.started',
  'search.expanded',
  'search.compared',
  'search.completed',
]);
const PAGE = 500;
/** Maximum characters of a critique in a frame. search/get returns the whole text. */
const CRITIQUE_SHOWN_CHARS = 1_000;

/**
 * Publishes the growing tree of answers as frames, from the log of the search. A replica that takes the run over first
 * publishes the frames that its predecessor could not.
 */
@Injectable()
export class SearchFrames {
  constructor(
    private readonly searches: SearchService,
    private readonly appender: FrameAppender,
    private readonly pages: FramePages,
  ) {}

  /** Publishes the end of the search, unless the stream already has it. */
  async completed(context: StepContext, body: FrameBody<'search.completed'>): Promise<void> {
    if (((await this.published(context, body.searchId)) ?? 0) >= body.version) return;
    await this.append(context, [frame('search.completed', context.run.step, body)]);
  }

  /** Publishes the start of the search if the stream lacks it. @returns the version in the stream */
  async opened(context: StepContext, { searchId, seed, rules, budget }: SearchHead): Promise<number> {
    const published = await this.published(context, searchId);
    if (published === null)
      await this.append(context, [frame('search.started', context.run.step, { searchId, seed, rules, budget })]);
    return published ?? 0;
  }

  /** Publishes every step after a version. @returns the version now in the stream */
  async publish(context: StepContext, searchId: string, after: number): Promise<number> {
    const steps = await this.searches.log(searchId, after);
    if (steps.length === 0) return after;
    await this.append(
      context,
      steps.map((step) => frameOf(context.run.step, searchId, step)),
    );
    return steps.at(-1)?.place ?? after;
  }

  private append({ run }: StepContext, frames: readonly NewFrame[]): Promise<void> {
    return this.appender.append({ runId: run.id, fence: run.fence }, frames);
  }

  private async published({ run, signal }: StepContext, searchId: string): Promise<number | null> {
    let published: number | null = null;
    for (let after = 0; ;) {
      const request = { after, types: TYPES, limit: PAGE, waitMs: 0, signal };
      const page = await this.pages.page(run.tenantId, run.id, request);
      for (const { json } of page?.lines ?? []) {
        const line = JSON.parse(json) as { searchId: string; version?: number };
        if (line.searchId === searchId) published = Math.max(published ?? 0, line.version ?? 0);
      }
      if (!page || page.cursor <= after || page.cursor >= page.tail) return published;
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
      searchId,
      version,
      nodeId,
      against,
      swapped,
      scoreA,
      scoreB,
      critique,
      q0,
      Q,
    });
  }
  const duplicate = fact.kind === 'duplicate';
  const proposal = readProposal(text);
  return frame('search.expanded', step, {
    searchId,
    version,
    nodeId: duplicate ? fact.sameAs : fact.nodeId,
    parentId: fact.parentId,
    duplicate,
    verified: duplicate ? 'unknown' : fact.verified,
    summary: proposal ? proposalSummary(proposal) : '',
  });
}
