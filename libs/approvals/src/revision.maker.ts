import { Injectable } from '@nestjs/common';
import { AssentError, type Risk } from '@assent/contract';
import { foldPath, newId } from '@assent/platform';
import { ApprovalPolicies } from './approval-policies';
import { assentFor, type Assent, type PolicyQuestion } from './approval-policy';
import { termsOf, type ApprovalRecord } from './approval.record';
import { DiffRepository, type DiffRecord } from './diff.repository';
import type { Revision } from './revision';
import { RevisionDrafters, type RevisionEdit } from './revision.drafter';
import { linesOf, risksOf } from './risks';
import { effectOf, readContent } from './stored-content';
import { combined } from './terms';

const EDITS = ['files', 'patch', 'hunks', 'args'] as const;
const ORIGINS = { files: 'content', patch: 'patch', hunks: 'hunks', args: 'args' } as const;

/** What a change is asked about, for the policies. */
export type ChangeQuestion = Pick<PolicyQuestion, 'args' | 'personWanted' | 'tool' | 'workspace'> & {
  readonly content: Uint8Array;
  readonly files: ApprovalRecord['files'];
  readonly tainted: boolean;
};

/** Makes a new revision of what an approval is about, and finds out what the policies ask for it. Stores nothing. */
@Injectable()
export class RevisionMaker {
  constructor(
    private readonly diffs: DiffRepository,
    private readonly drafters: RevisionDrafters,
    private readonly policies: ApprovalPolicies,
  ) {}

  /** @throws AssentError invalid (not exactly one edit), conflict (it does not fit; nothing would be different), forbidden */
  async make(
    approval: ApprovalRecord,
    edit: RevisionEdit,
    author: string,
    comment: string | null,
  ): Promise<{ revision: Revision; before: DiffRecord } | { unchanged: true }> {
    const [kind, ...others] = EDITS.filter((name) => edit[name] !== undefined);
    if (kind === undefined || others.length > 0) {
      throw new AssentError('invalid', 'Say how to change it by exactly one of files, patch, hunks and args.', {
        pointer: '/files',
      });
    }
    const before = await this.diffs.find(approval.tenantId, approval.diffId ?? '');
    if (!before) throw new Error(`approval ${approval.id} is about a diff that was never stored`);
    const draft = await this.drafters.draft(approval.tenantId, before, edit);
    if (draft.hash === before.hash) return { unchanged: true };
    const { tool, workspace } = before;
    const { content, hash, args, tainted } = draft;
    const files = [...draft.files];
    const asked = { tool, workspace, content, files, args, tainted, personWanted: true };
    const { terms, risks } = await this.assent(approval.tenantId, asked);
    return {
      before,
      revision: {
        ...{
          diffId: newId(),
          number: before.revision + 1,
          origin: ORIGINS[kind],
          author,
          hash,
          content,
          files,
          comment,
          args: edit.args ? args : before.args,
        },
        ...{ risks, terms: combined(termsOf(approval), terms, approval.agendaDone) },
      },
    };
  }

  /** Whether an approval is about exactly these hunks of the revision before, which had this hash. */
  async isChoiceOf(approval: ApprovalRecord, hash: string, hunks: readonly number[]): Promise<boolean> {
    const { tenantId, diffId } = approval;
    const chosen = await this.diffs.find(tenantId, diffId ?? '');
    if (chosen?.origin !== 'hunks' || chosen.supersedes === null) return false;
    const before = await this.diffs.find(tenantId, chosen.supersedes);
    if (before?.hash !== hash) return false;
    return (await this.drafters.draft(tenantId, before, { hunks: [...hunks] })).hash === approval.hash;
  }

  /** What the policies ask for a change of files or an effect outside. */
  async assent(tenantId: string, question: ChangeQuestion): Promise<Assent & { risks: Risk[] }> {
    const { content: bytes, files, tainted, ...call } = question;
    const content = readContent(bytes);
    const risks = risksOf(content, files, tainted);
    const assent = assentFor(
      {
        ...call,
        ...{ subject: 'diff', effect: effectOf(content), risks, lines: linesOf(files), files: files.length },
        paths: files.map(({ path }) => ({ exact: path, folded: foldPath(path) })),
      },
      await this.policies.of(tenantId),
    );
    return { ...assent, risks };
  }
}
