import { cutText } from '@assent/platform';

/** As long as a person reads; warnings quote names that a model chose. */
const WARNING_MAX_CHARS = 500;
/** Warnings of one plan. */
const MAX_WARNINGS = 32;

/** The warnings of a plan, in sizes that a frame and a person can take. What is left out is counted. */
export function boundedWarnings(...groups: readonly (readonly string[])[]): string[] {
  const warnings = groups.flat().map((warning) => cutText(warning, WARNING_MAX_CHARS));
  if (warnings.length <= MAX_WARNINGS) return warnings;
  const kept = warnings.slice(0, MAX_WARNINGS - 1);
  return [...kept, `... and ${warnings.length - kept.length} more.`];
}
