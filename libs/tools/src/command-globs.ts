import { matchesStars, type Glob } from '@assent/platform';

/** A command with one of these is more than one plain call of a program. */
const METACHARACTERS = /[|&;<>()$`\\\p{Cc}\u2028\u2029]/u;
/** Only a shell knows what a command with one of these runs. */
const UNREADABLE = /[$`\\]/;
const SEPARATORS = /[|&;<>(){}$`\\\r\n]+/;

/** Compiles a glob of a whole command: `*` matches any text, everything else stands for itself. */
export function compileCommandGlob(pattern: string): Glob {
  const parts = Array.from(pattern);
  return (text) =>
    matchesStars(
      parts,
      Array.from(text),
      (part) => part === '*',
      (part, char) => part === char,
    );
}

export function hasMetacharacters(command: string): boolean {
  return METACHARACTERS.test(command);
}

/** Whether a command is plain, and one of the globs matches all of it. */
export function commandMatches(globs: readonly Glob[], command: string): boolean {
  return !hasMetacharacters(command) && globs.some((matches) => matches(command));
}

/** Whether a command is, or contains, one that the globs match. */
export function commandContains(globs: readonly Glob[], command: string): boolean {
  const parts = [command, ...command.split(SEPARATORS)];
  const calls = parts.flatMap((part) => [part.trim(), spelledOut(part)]);
  return globs.some((matches) => calls.some(matches));
}

/** A call as a shell reads it: without quotes, one space between words. */
function spelledOut(call: string): string {
  return call.replaceAll(/["']/g, '').trim().replaceAll(/\s+/g, ' ');
}

/** Whether only a shell knows what the command runs. */
export function isUnreadableCommand(command: string): boolean {
  return UNREADABLE.test(command);
}
