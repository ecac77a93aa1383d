import { Redactor } from '../redaction';
import type { ToolContext, ToolHost } from '../tool-adapter.port';
import { MemoryTrust } from './memory-trust';

export interface FakeHost extends ToolHost {
  /** Logged lines: level, fields, text. */
  readonly lines: (readonly ['info' | 'warn', object, string])[];
}

/** A host that provides the given secrets and records log lines. */
export function hostOf(secrets: Readonly<Record<string, string>> = {}): FakeHost {
  const lines: FakeHost['lines'] = [];
  const redactor = new Redactor();
  for (const value of Object.values(secrets)) redactor.know(value);
  const log =
    (level: 'info' | 'warn') =>
    (fields: object, text: string): void => {
      lines.push([level, JSON.parse(JSON.stringify(fields)) as object, text]);
    };
  return {
    lines,
    trust: new MemoryTrust(),
    redact: (text) => redactor.text(text),
    log: { info: log('info'), warn: log('warn') },
    secret: (name) => {
      const value = secrets[name];
      if (value === undefined) throw new Error(`the environment variable ${name} is not set`);
      return value;
    },
  };
}

/** The context of a call whose tool touches no file. */
export function contextWithoutFiles(changes: Partial<ToolContext> = {}): ToolContext {
  return {
    workspace: { name: 'test', root: '/nowhere' },
    signal: new AbortController().signal,
    idempotencyKey: 'run-1:3',
    shows: () => true,
    quotes: () => true,
    exact: true,
    keepsContent: false,
    redaction: () => new Redactor().stream(true),
    ...changes,
  };
}
