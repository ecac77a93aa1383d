import { Inject, Injectable } from '@nestjs/common';
import { SUBJECT_VIEWS, byKind, type SubjectView } from './approval.subject';

/** How subjects are shown to reviewers. */
@Injectable()
export class SubjectViews {
  private readonly kinds: ReadonlyMap<string, SubjectView>;

  constructor(@Inject(SUBJECT_VIEWS) views: readonly SubjectView[]) {
    this.kinds = byKind(views);
  }

  /** A text about a subject with its secrets redacted; empty for a kind that this process does not know. */
  redacted(kind: string, text: string): string {
    return this.kinds.get(kind)?.redacted(text) ?? '';
  }

  /** What a reviewer reads of a subject, from its bytes. */
  text(kind: string, content: Buffer): string {
    return this.kinds.get(kind)?.render(content) ?? content.toString('utf8');
  }
}
