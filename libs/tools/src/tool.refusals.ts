import { AssentError } from '@assent/contract';
import type { ToolAdapter } from './tool-adapter.port';

export function nothingToApply({ name }: ToolAdapter): AssentError {
  return new AssentError('invalid', `The tool ${name} makes no change of this kind: there is nothing to approve.`, {
    pointer: '/tool',
  });
}

export function hiddenInSummary({ name }: ToolAdapter): AssentError {
  return new AssentError(
    'invalid',
    `The effect of ${name} holds what looks like a secret, which no reviewer could be shown: name the secret instead.`,
    { pointer: '/args' },
  );
}

export function secretInEffect({ name }: ToolAdapter): AssentError {
  return new AssentError(
    'invalid',
    `The effect of ${name} holds the value of a secret of this server: have the tool name the secret instead.`,
    { pointer: '/args' },
  );
}

export function secretForClient(tool: string): AssentError {
  return new AssentError(
    'invalid',
    `The arguments of ${tool} hold what looks like a secret, and a client reads them in the frames of the run: name the secret instead.`,
    { pointer: '/args' },
  );
}

/** Marks a timeout as possibly sent, unless the tool set the flag itself. */
export function withSentFlag(thrown: unknown): never {
  if (thrown instanceof AssentError && thrown.reason === 'timeout' && thrown.details['sent'] === undefined) {
    throw new AssentError('timeout', thrown.message, { ...thrown.details, sent: true }, { cause: thrown });
  }
  throw thrown;
}
