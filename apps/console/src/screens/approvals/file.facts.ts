import type { Approval } from '@assent/client';
import { TEXTS } from './texts';

export type FileChange = Approval['files'][number];

const { change } = TEXTS;

/** What changes in the form of a file beside its lines, in words. */
export function factsText(file: FileChange | undefined): readonly string[] {
  return (file?.changes ?? []).map((form) => {
    switch (form.kind) {
      case 'line_ends':
        return change.lineEnds(form.before.toUpperCase(), form.after.toUpperCase());
      case 'bom':
        return change.bom(form.after);
      case 'final_newline':
        return change.finalNewline(form.after);
      case 'mode':
        return change.mode(form.before, form.after);
    }
  });
}
