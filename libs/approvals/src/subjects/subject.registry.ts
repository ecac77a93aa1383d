import { Injectable } from '@nestjs/common';
import type { ApprovalSubject } from './approval.subject';

/** The kinds of subjects that this process can carry out. */
@Injectable()
export class SubjectRegistry {
  private readonly kinds = new Map<string, ApprovalSubject>();

  register(subject: ApprovalSubject): void {
    if (this.kinds.has(subject.kind)) throw new Error(`the subject ${subject.kind} is registered twice`);
    this.kinds.set(subject.kind, subject);
  }

  find(kind: string): ApprovalSubject | undefined {
    return this.kinds.get(kind);
  }

  /** Kinds whose decisions can be carried out here. */
  names(): string[] {
    return [...this.kinds.keys()];
  }

  /** What a reviewer reads of a subject, from its bytes. */
  text(kind: string, content: Buffer): string {
    return this.kinds.get(kind)?.render(content) ?? content.toString('utf8');
  }
}
