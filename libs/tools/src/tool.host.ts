import type { Config, Log } from '@assent/platform';
import type { ToolHost, TrustStore } from './tool-adapter.port';
import { Redactor } from './redaction';

/** Hides what the server itself is configured with. */
export function redactorOf(secrets: readonly string[]): Redactor {
  const redactor = new Redactor();
  for (const value of secrets) redactor.know(value);
  return redactor;
}

/** Hides what the tools file names as secret. A name without a value concerns the tool that asks for it. */
export function hideSecrets(names: readonly string[], config: Config, redactor: Redactor): void {
  for (const name of names) {
    const value = config.findVariable(name);
    if (value !== undefined) redactor.know(value);
  }
}

/** What the server lends to its tools. Every secret that is handed out is hidden from then on. */
export function toolHost(config: Config, log: Log, redactor: Redactor, trust: TrustStore): ToolHost {
  return {
    log: {
      info: (fields, text) => {
        log.info(fields, text);
      },
      warn: (fields, text) => {
        log.warn(fields, text);
      },
    },
    secret: (name) => {
      const value = config.variable(name);
      redactor.know(value);
      return value;
    },
    trust,
    egressAllow: config.env.EGRESS_ALLOW,
  };
}
