import { Injectable } from '@nestjs/common';
import {
  APPROVAL_STATES,
  AssentError,
  type Approval,
  type ApprovalState,
  type Diff,
  type MethodParams,
  type MethodResult,
  type Principal,
  type Risk,
  type SubjectType,
  DEFAULT_PAGE,
  invalidCursor,
  isUuid,
  pageOf,
  readUuidCursor,
  scan,
  type Page,
} from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import type { ApprovalRecord } from './approval.record';
import { ApprovalRepository, type ApprovalFilter, type ApprovalOrder, type ApprovalPage } from './approval.repository';
import { ApprovalWire } from './approval.wire';
import { AuditRepository } from './audit.repository';
import { approvalNotFound } from './decision.check';
import { changesBetween } from './content-changes';
import { DiffRepository, type DiffRecord } from './diff.repository';
import { toWireDiff } from './diff.wire';
import { fileText } from './file.text';
import { withContext } from './patch-context';
import { patchOf, readContent, textOf } from './stored-content';
import { SubjectViews } from './subjects/subject.views';

export interface ApprovalFilterQuery {
  readonly state?: ApprovalState | undefined;
  readonly runId?: string | undefined;
  readonly tool?: string | undefined;
  readonly requester?: string | undefined;
  readonly subject?: SubjectType | undefined;
  readonly workspace?: string | undefined;
  readonly risk?: Risk | undefined;
}

export interface ApprovalQuery extends ApprovalFilterQuery {
  /** Text in the redacted goal, the tool, the workspace, the requester or the paths, regardless of case. */
  readonly q?: string | undefined;
  /** Only those that the caller may decide now, or only the others. */
  readonly decidable?: boolean | undefined;
  readonly order?: ApprovalOrder | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

const AUDIT_PAGE = 200;

/** Reads for reviewers, shared by REST and RPC. */
@Injectable()
export class ApprovalService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly diffs: DiffRepository,
    private readonly audit: AuditRepository,
    private readonly subjects: SubjectViews,
    private readonly wire: ApprovalWire,
  ) {}

  /** @throws AssentError not_found */
  async get(principal: Principal, approvalId: string): Promise<Approval> {
    const record = await this.approvals.find(principal.tenantId, approvalId);
    if (!record) throw approvalNotFound(approvalId);
    return this.wire.of(principal, record);
  }

  /**
   * Filters that no index serves (`q` in the redacted text, `decidable`) need a scan.
   * @throws AssentError invalid (cursor)
   */
  async list(principal: Principal, query: ApprovalQuery): Promise<Page<Approval>> {
    const { limit = DEFAULT_PAGE, order = 'created', q, decidable } = query;
    const cursor = order === 'created' ? idCursor : expiryCursor;
    const filter = { ...filterOf(decidable ? { ...query, state: query.state ?? 'pending' } : query), q: q ?? null };
    const read = (after: ApprovalPage['after'], count: number): Promise<ApprovalRecord[]> =>
      this.approvals.list(principal.tenantId, { ...filter, order, after, limit: count });
    const isWanted = (record: ApprovalRecord): boolean => this.isWanted(principal, record, query);
    const first = cursor.read(query.cursor);
    const found =
      q === undefined && decidable === undefined
        ? await read(first, limit)
        : await scan(limit, first, read, isWanted, cursor.of);
    return pageOf(found, limit, (record) => this.wire.of(principal, record), cursor.write);
  }

  async count(principal: Principal, query: ApprovalFilterQuery): Promise<MethodResult<'approval/count'>> {
    const counts = new Map(
      (await this.approvals.count(principal.tenantId, filterOf(query))).map(({ state, count }) => [state, count]),
    );
    const states = Object.fromEntries(APPROVAL_STATES.map((state) => [state, counts.get(state) ?? 0]));
    return {
      total: [...counts.values()].reduce((sum, count) => sum + count, 0),
      states: states as MethodResult<'approval/count'>['states'],
    };
  }

  private isWanted(principal: Principal, record: ApprovalRecord, { q, decidable }: ApprovalQuery): boolean {
    if (decidable !== undefined && this.wire.mayDecide(principal, record) !== decidable) return false;
    if (q === undefined) return true;
    const { goal, tool, workspace, requester, files } = record;
    const texts = [goal, tool, workspace, requester, ...files.map(({ path }) => path)];
    return texts.some((text) => text.toLowerCase().includes(q.toLowerCase()));
  }

  /** @throws AssentError not_found */
  async diff({ tenantId }: Principal, diffId: string): Promise<Diff> {
    return toWireDiff(await this.record(tenantId, diffId));
  }

  /** The whole patch of a diff; null: the tenant has no such diff. */
  async patch(tenantId: string, diffId: string): Promise<string | null> {
    const record = await this.diffs.find(tenantId, diffId);
    return record ? patchOf(record.content) : null;
  }

  /** The text of a file before or after a change. @throws AssentError not_found */
  async file(
    { tenantId }: Principal,
    { diffId, path, side }: MethodParams<'diff/file/get'>,
  ): Promise<MethodResult<'diff/file/get'>> {
    const record = await this.record(tenantId, diffId);
    const change = record.files.find((file) => file.path === path);
    const hash = side === 'base' ? change?.baseHash : change?.resultHash;
    const content = fileText(readContent(record.content), path, side);
    if (typeof hash === 'string' && content !== null && contentHashOf(content) === hash) {
      return { diffId, path, side, content, hash };
    }
    throw new AssentError(
      'not_found',
      `Diff ${diffId} has no text of ${JSON.stringify(path)} on the side "${side}". Its \`files\` name those it changes.`,
    );
  }

  /** The revisions of the subject of an approval. @throws AssentError not_found */
  async revisions(
    principal: Principal,
    { approvalId, against }: MethodParams<'approval/revision/list'>,
  ): Promise<MethodResult<'approval/revision/list'>> {
    const { diffId } = await this.get(principal, approvalId);
    const last = diffId === null ? null : await this.record(principal.tenantId, diffId);
    const records = last ? await this.diffs.revisionsOfStep(last.runId, last.step) : [];
    const from = records.find(({ id }) => id === against);
    if (against !== undefined && !from) {
      throw new AssentError(
        'not_found',
        `Approval ${approvalId} has no revision ${against}. Its revisions without "against" list them.`,
      );
    }
    const items = records.map(({ id, revision, origin, author, state, hash, files, createdAt }) => {
      const fixed = { diffId: id, revision, origin, author, state, hash, files };
      return { ...fixed, createdAt: createdAt.toISOString() };
    });
    const comparison =
      from && last ? { from: from.id, to: last.id, patch: changesBetween(from.content, last.content) } : null;
    return { items, cursor: null, comparison };
  }

  private async record(tenantId: string, diffId: string): Promise<DiffRecord> {
    const record = await this.diffs.find(tenantId, diffId);
    if (record) return record;
    throw new AssentError('not_found', `There is no diff ${diffId}. Its id is in the frame diff.created.`);
  }

  /**
   * The diff of an approval.
   * @param context unchanged lines around each hunk
   * @throws AssentError not_found if the subject is not a diff
   */
  async diffOf(principal: Principal, { approvalId, diffId, subject }: Approval, context?: number): Promise<Diff> {
    if (diffId !== null) return toWireDiff(await this.record(principal.tenantId, diffId), context);
    throw new AssentError(
      'not_found',
      `Approval ${approvalId} is about a ${subject.type}: its text is at GET /approvals/${approvalId}/diff with Accept: text/x-diff.`,
    );
  }

  /**
   * The subject of an approval from its exact bytes: the whole patch, or the text of another subject.
   * @param context unchanged lines around each hunk of a patch
   * @throws AssentError not_found
   */
  async text(principal: Principal, { approvalId, diffId, subject }: Approval, context = 0): Promise<string> {
    if (diffId !== null) {
      const record = await this.diffs.find(principal.tenantId, diffId);
      if (record) return textOf(withContext(readContent(record.content), context));
    }
    const content = await this.approvals.content(principal.tenantId, approvalId);
    if (!content) {
      throw new AssentError(
        'not_found',
        `The text of approval ${approvalId} cannot be shown: it was erased with memory/forget. Who decided, and on which hash, is at GET /approvals/${approvalId}/audit.`,
      );
    }
    return this.subjects.text(subject.type, content);
  }

  /**
   * The audit rows of an approval and its revisions, oldest first.
   * @throws AssentError not_found, invalid
   */
  async trail(principal: Principal, approvalId: string, cursor?: string): Promise<MethodResult<'approval/audit/list'>> {
    await this.get(principal, approvalId);
    return this.audit.ofApproval(principal.tenantId, approvalId, readUuidCursor(cursor), AUDIT_PAGE);
  }
}

function filterOf({ state, runId, tool, requester, subject, workspace, risk }: ApprovalFilterQuery): ApprovalFilter {
  return {
    state: state ?? null,
    runId: runId ?? null,
    tool: tool ?? null,
    requester: requester ?? null,
    subject: subject ?? null,
    workspace: workspace ?? null,
    risk: risk ?? null,
  };
}

/** Where a page continues: after an id, or after an expiry with its id. */
interface ApprovalCursor {
  readonly read: (cursor: string | undefined) => ApprovalPage['after'];
  readonly of: (record: ApprovalRecord) => ApprovalPage['after'];
  readonly write: (record: ApprovalRecord) => string;
}

const idCursor: ApprovalCursor = {
  read: (cursor) => {
    const id = readUuidCursor(cursor);
    return id === null ? null : { id, expiresAt: null };
  },
  of: ({ id }) => ({ id, expiresAt: null }),
  write: ({ id }) => id,
};

const expiryCursor: ApprovalCursor = {
  read: (cursor) => {
    if (cursor === undefined) return null;
    const [expiresAt = '', id = ''] = cursor.split('_');
    if (!isUuid(id) || Number.isNaN(Date.parse(expiresAt))) throw invalidCursor();
    return { id, expiresAt: new Date(expiresAt) };
  },
  of: ({ id, expiresAt }) => ({ id, expiresAt }),
  write: ({ id, expiresAt }) => `${expiresAt.toISOString()}_${id}`,
};
