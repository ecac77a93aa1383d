import { Injectable } from '@nestjs/common';
import {
  FRAGMENT_MAX_CHARS,
  pageOf,
  readUuidCursor,
  type Fragment,
  type ImportResult,
  type Page,
  type PlanOp,
} from '@assent/contract';
import { MAX_KEYS, KEY_MAX_CHARS, MAX_TAGS, TAG_MAX_CHARS } from '../bounds';
import { FragmentRepository } from '../fragment.repository';
import { PlanService } from '../plans/plan.service';
import { widens } from '../widening';

const PAGE = 100;

/** One line of an export. */
export type ExportLine = { readonly v: 1 } & Pick<
  Fragment,
  'text' | 'agent' | 'status' | 'keys' | 'tags' | 'helpful' | 'harmful' | 'fragmentId'
>;

export interface ImportRequest {
  readonly planId: string;
  readonly lines: readonly string[];
  readonly activate: boolean;
}

/** Export and import of fragments as JSON lines. */
@Injectable()
export class ArchiveService {
  constructor(
    private readonly fragments: FragmentRepository,
    private readonly plans: PlanService,
  ) {}

  /** One page of active and staged fragments, newest first. */
  async page(tenantId: string, cursor: string | undefined, limit = PAGE): Promise<Page<ExportLine>> {
    const fragments = await this.fragments.list(tenantId, {}, readUuidCursor(cursor), limit);
    const { items, cursor: next } = pageOf(
      fragments,
      limit,
      (fragment) => fragment,
      ({ fragmentId }) => fragmentId,
    );
    return {
      items: items.filter(({ status }) => status === 'active' || status === 'staged').map(toLine),
      cursor: next,
    };
  }

  /** The whole export, line by line, as it is read. */
  async *lines(tenantId: string): AsyncGenerator<string> {
    let page = await this.page(tenantId, undefined);
    for (;;) {
      for (const line of page.items) yield `${JSON.stringify(line)}\n`;
      if (page.cursor === null) return;
      page = await this.page(tenantId, page.cursor);
    }
  }

  /**
   * Imports lines of an export as one plan, which can be reverted. The fragments are staged, unless the caller vouches
   * for them. A line that is malformed, or whose text grants permissions, is left out and reported.
   * @throws AssentError as PlanService.apply
   */
  async import(tenantId: string, subject: string, { planId, lines, activate }: ImportRequest): Promise<ImportResult> {
    const refused: { line: number; reason: string }[] = [];
    const ops = lines.flatMap((line, index): PlanOp[] => {
      const op = readLine(line, activate);
      if (typeof op !== 'string') return [op];
      refused.push({ line: index + 1, reason: op });
      return [];
    });
    if (ops.length === 0) return { plan: null, refused };
    const plan = await this.plans.apply({ tenantId, subject, origin: 'import' }, { planId, ops });
    return { plan, refused };
  }
}

function toLine({ fragmentId, text, agent, status, keys, tags, helpful, harmful }: Fragment): ExportLine {
  return { v: 1, fragmentId, text, agent, status, keys, tags, helpful, harmful };
}

/** @returns why the line is left out, if it is */
function readLine(line: string, activate: boolean): PlanOp | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'It is not JSON.';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'It is not a JSON object.';
  const {
    v,
    text,
    agent = null,
    status,
    keys = [],
    tags = [],
    helpful = 0,
    harmful = 0,
  } = value as Record<string, unknown>;
  if (v !== 1) return 'Its version (v) is not 1.';
  if (typeof text !== 'string' || text.trim() === '' || text.length > FRAGMENT_MAX_CHARS) {
    return `Its text must have 1 to ${FRAGMENT_MAX_CHARS} characters.`;
  }
  if (agent !== null && (typeof agent !== 'string' || agent === '' || agent.length > 256))
    return 'Its agent is no name.';
  if (!areBoundedStrings(keys, MAX_KEYS, KEY_MAX_CHARS) || !areBoundedStrings(tags, MAX_TAGS, TAG_MAX_CHARS)) {
    return 'Its keys or tags are no lists of short texts.';
  }
  if (!isCount(helpful) || !isCount(harmful)) return 'Its counters are no counts.';
  if ([text, ...keys, ...tags].some(widens)) return 'It would widen what tools may do: that is no lesson.';
  return {
    op: 'add',
    text,
    agent,
    keys,
    tags,
    rationale: 'imported',
    ...(activate && status === 'active' ? { verified: true, credit: { helpful, harmful } } : {}),
  };
}

function areBoundedStrings(value: unknown, limit: number, chars: number): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= limit &&
    value.every((word) => typeof word === 'string' && word !== '' && word.length <= chars)
  );
}

const COUNT_MAX = 1_000_000;

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= COUNT_MAX;
}
