import { matchesStars, type Glob } from '@assent/platform';

/** A command with one of these is more than one plain call of a program. */
const METACHARACTERS = /[|&;<>()$`\\\p{Cc}\u2028\u2029]/u;
/** A command with one of these cannot be split into its calls without a shell. */
const UNREADABLE = /[$`\\]/;
const SEPARATORS = /[|&;<>(){}\r\n]+/;

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

/** Whether a command could be, or contain, one that the globs match. */
export function commandMayMatch(globs: readonly Glob[], command: string): boolean {
  if (UNREADABLE.test(command)) return true;
  const calls = [command, ...command.split(SEPARATORS)].map((call) => call.trim());
  return globs.some((matches) => calls.some(matches));
}
