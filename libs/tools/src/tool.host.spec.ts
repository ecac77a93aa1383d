import { tmpdir } from 'node:os';
import { createLog, loadConfig, serverSecrets } from '@assent/platform';
import { MemoryTrust } from './testing/memory-trust';
import { hideSecrets, redactorOf, toolHost } from './tool.host';

describe('the values that the server lends to its tools', () => {
  const config = loadConfig(
    {
      DEVELOPER_KEY: 'd'.repeat(40),
      DATABASE_URL: 'postgres://app:p4ssword@db/x',
      ASKED: 'asked-value',
      NAMED: 'named-value',
      EGRESS_ALLOW: '127.0.0.0/8',
      LOG_LEVEL: 'silent',
    },
    tmpdir(),
  );
  const secrets = serverSecrets(config, { developer: 'made-dev', reviewer: 'made-rev' });
  const text = `${'d'.repeat(40)} p4ssword asked-value named-value`;

  it("hides the server's own secrets, those named by the tools file, and every secret handed out", () => {
    const redactor = redactorOf(secrets);
    const host = toolHost(config, createLog(config), redactor, new MemoryTrust());
    expect(redactor.text(text)).toBe('[redacted] [redacted] asked-value named-value');
    hideSecrets(['NAMED', 'NOT_SET'], config, redactor);
    expect(redactor.text(text)).toBe('[redacted] [redacted] asked-value [redacted]');
    expect(host.secret('ASKED')).toBe('asked-value');
    expect(redactor.text(text)).toBe('[redacted] [redacted] [redacted] [redacted]');
  });

  it('names a secret that is not set, and lends EGRESS_ALLOW', () => {
    const host = toolHost(config, createLog(config), redactorOf(secrets), new MemoryTrust());
    expect(() => host.secret('NOT_SET')).toThrow('the environment variable NOT_SET is not set');
    expect(host.egressAllow).toBe('127.0.0.0/8');
  });
});
