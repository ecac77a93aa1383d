import type { Config, Log } from '@assent/platform';
import type { ToolHost, TrustStore } from './tool-adapter.port';
import { Redactor } from './redaction';

/** A redactor that hides the configured secrets of the server. */
export function redactorOf(secrets: readonly string[]): Redactor {
  const redactor = new Redactor();
  for (const value of secrets) redactor.know(value);
  return redactor;
}

/** Hides the secrets named in the tools file. A missing value is the concern of the tool that uses it. */
export function hideSecrets(names: readonly string[], config: Config, redactor: Redactor): void {
  for (const name of names) {
    const value = config.findVariable(name);
    if (value !== undefined) redactor.know(value);
  }
}

/** The host for tools. Hides every secret that it hands out from then on. */
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
    redact: (text) => redactor.text(text),
    trust,
    egressAllow: config.env.EGRESS_ALLOW,
  };
}
