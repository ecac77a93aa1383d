import { Injectable } from '@nestjs/common';
import { AssentError, type Principal, type Risk, type FileChange } from '@assent/contract';
import { foldPath, newId } from '@assent/platform';
import { peopleBehind } from '@assent/identity';
import { ApprovalPolicies } from './approval-policies';
import { evaluatePolicies, type PolicyOutcome, type PolicyQuestion } from './approval-policy';
import { requirementsOf, type ApprovalRecord } from './approval.record';
import { DiffRepository, type DiffRecord } from './diff.repository';
import type { Revision } from './revision';
import { RevisionDrafter, type RevisionEdit } from './revision.drafter';
import { effectOf, readContent, type StoredContent } from './stored-content';
import { combined } from './requirements';
import { characterFlags } from './hidden-characters';

const EDITS = ['files', 'patch', 'hunks', 'args'] as const;
const ORIGINS = { files: 'content', patch: 'patch', hunks: 'hunks', args: 'args' } as const;

/** The change that the policies evaluate. */
export type ChangeQuestion = Pick<PolicyQuestion, 'args' | 'personRequired' | 'tool' | 'workspace'> & {
  readonly content: Uint8Array;
  readonly files: ApprovalRecord['files'];
  readonly tainted: boolean;
};

/** Creates a new revision of an approval's subject and evaluates its requirements. Stores nothing. */
@Injectable()
export class RevisionService {
  constructor(
    private readonly diffs: DiffRepository,
    private readonly drafter: RevisionDrafter,
    private readonly policies: ApprovalPolicies,
  ) {}

  /**
   * @throws AssentError invalid (not exactly one edit, or the approval is not about a diff), conflict (the edit does not apply or changes nothing),
   * forbidden
   */
  async create(
    approval: ApprovalRecord,
    edit: RevisionEdit,
    author: Principal,
    comment: string | null,
  ): Promise<{ revision: Revision; before: DiffRecord } | { unchanged: true }> {
    const [kind, ...others] = EDITS.filter((name) => edit[name] !== undefined);
    if (kind === undefined || others.length > 0) {
      throw new AssentError('invalid', 'A revision needs exactly one edit. Send one of files, patch, hunks and args.', {
        pointer: '/files',
      });
    }
    if (approval.diffId === null) throw notAboutDiff(approval, kind);
    const before = await this.diffs.find(approval.tenantId, approval.diffId);
    if (!before) throw new Error(`approval ${approval.id} is about a diff that was never stored`);
    const draft = await this.drafter.draft(approval.tenantId, before, edit);
    if (draft.hash === before.hash) return { unchanged: true };
    const { tool, workspace } = before;
    const { content, hash, args, tainted } = draft;
    const files = [...draft.files];
    const asked = { tool, workspace, content, files, args, tainted, personRequired: true };
    const { requirements, risks } = await this.evaluate(approval.tenantId, asked);
    return {
      before,
      revision: {
        diffId: newId(),
        number: before.revision + 1,
        origin: ORIGINS[kind],
        author: author.subject,
        authors: peopleBehind(author),
        hash,
        content,
        files,
        comment,
        args: edit.args ? args : before.args,
        risks,
        terms: combined(requirementsOf(approval), requirements, approval.agendaDone),
      },
    };
  }

  /** Whether an approval consists of exactly these hunks of the previous revision, which had this hash. */
  async isChoiceOf(approval: ApprovalRecord, hash: string, hunks: readonly number[]): Promise<boolean> {
    const { tenantId, diffId } = approval;
    if (diffId === null) return false;
    const chosen = await this.diffs.find(tenantId, diffId);
    if (chosen?.origin !== 'hunks' || chosen.supersedes === null) return false;
    const before = await this.diffs.find(tenantId, chosen.supersedes);
    if (before?.hash !== hash) return false;
    return (await this.drafter.draft(tenantId, before, { hunks: [...hunks] })).hash === approval.hash;
  }

  /** Evaluates the approval policies for a change of files or an external effect. */
  async evaluate(tenantId: string, question: ChangeQuestion): Promise<PolicyOutcome & { risks: Risk[] }> {
    const { content: bytes, files, tainted, ...call } = question;
    const content = readContent(bytes);
    const risks = risksOf(content, files, tainted);
    const outcome = evaluatePolicies(
      {
        ...call,
        subject: 'diff',
        effect: effectOf(content),
        risks,
        lines: linesOf(files),
        files: files.length,
        paths: files.map(({ path }) => ({ exact: path, folded: foldPath(path) })),
      },
      await this.policies.of(tenantId),
    );
    return { ...outcome, risks };
  }
}

function notAboutDiff({ id, tool }: ApprovalRecord, kind: (typeof EDITS)[number]): AssentError {
  return new AssentError(
    'invalid',
    `Approval ${id} cannot be decided in part or changed: it is about "${tool}", not about a diff. Decide it as a whole.`,
    { pointer: `/${kind}` },
  );
}

/** Changed lines (added and removed) above which a review is marked as large. */
const LARGE_LINES = 400;
const LARGE_FILES = 20;

/**
 * The risks of a change, from the bytes that would be applied.
 * @param tainted the arguments may hold text from outside
 */
function risksOf(content: StoredContent, files: readonly FileChange[], tainted: boolean): Risk[] {
  const external = effectOf(content) === 'external';
  const moved = content.v === 1 ? new Set(content.files.map(({ movedFrom }) => movedFrom)) : new Set();
  const deletes = files.some(({ kind, path }) => kind === 'delete' && !moved.has(path));
  const large = linesOf(files) >= LARGE_LINES || files.length >= LARGE_FILES;
  const hidden = characterFlags(content).flags.some(({ added }) => added);
  return [
    ...(external || deletes ? (['irreversible'] as const) : []),
    ...(external ? (['external'] as const) : []),
    ...(large ? (['large'] as const) : []),
    ...(hidden ? (['hidden'] as const) : []),
    ...(tainted ? (['tainted'] as const) : []),
  ];
}

function linesOf(files: readonly FileChange[]): number {
  return files.reduce((sum, { added, removed }) => sum + added + removed, 0);
}
