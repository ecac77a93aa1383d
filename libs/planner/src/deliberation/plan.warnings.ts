import { excerpt } from '@assent/platform';

/** Maximum characters of a warning. Warnings quote names chosen by a model. */
const WARNING_MAX_CHARS = 500;
/** Maximum warnings of one plan. */
const MAX_WARNINGS = 32;

/** The warnings of a plan, limited in number and size for frames and people. Counts the omitted ones. */
export function boundedWarnings(...groups: readonly (readonly string[])[]): string[] {
  const warnings = groups.flat().map((warning) => excerpt(warning, WARNING_MAX_CHARS));
  if (warnings.length <= MAX_WARNINGS) return warnings;
  const kept = warnings.slice(0, MAX_WARNINGS - 1);
  return [...kept, `... and ${warnings.length - kept.length} more.`];
}
