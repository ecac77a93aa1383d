/** `fail`: the server does not start, or loses or refuses work. `warn`: it runs, but with unexpected behaviour. */
export type Level = 'ok' | 'warn' | 'fail';

/** One line of the report. */
export interface Finding {
  readonly level: Level;
  /** The subject of the check: a setting, or a part of the environment. */
  readonly subject: string;
  /** The finding, and for a problem what to do. */
  readonly text: string;
}

export const ok = (subject: string, text: string): Finding => ({ level: 'ok', subject, text });
export const warn = (subject: string, text: string): Finding => ({ level: 'warn', subject, text });
export const fail = (subject: string, text: string): Finding => ({ level: 'fail', subject, text });

/** A problem of the start, `SETTING: what, and what to do`, as a finding about that setting. */
export function findingOf(level: Level, problem: string, otherwise: string): Finding {
  const [, subject = otherwise, text = problem] = /^([A-Z][A-Z0-9_]+): (.+)$/.exec(problem) ?? [];
  return { level, subject, text };
}
