import { Inject, Injectable } from '@nestjs/common';
import { SUBJECT_VIEWS, byKind, type SubjectView } from './approval.subject';

/** Texts of subjects for reviewers. */
@Injectable()
export class SubjectViews {
  private readonly kinds: ReadonlyMap<string, SubjectView>;

  constructor(@Inject(SUBJECT_VIEWS) views: readonly SubjectView[]) {
    this.kinds = byKind(views);
  }

  /** A text about a subject with secrets redacted; empty for a kind that this process does not support. */
  redacted(kind: string, text: string): string {
    return this.kinds.get(kind)?.redacted(text) ?? '';
  }

  /** The text for reviewers, made from the bytes of the subject. */
  text(kind: string, content: Buffer): string {
    return this.kinds.get(kind)?.render(content) ?? content.toString('utf8');
  }
}
