// Asks the registry for known vulnerabilities in what an installation without devDependencies runs. One of severity high
// or critical fails. A registry that does not answer fails nothing, and is reported.
import { spawnSync } from 'node:child_process';

const FAILING = ['high', 'critical'];
const TIMEOUT_MS = 60_000;

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: TIMEOUT_MS });
const report = parse(stdout ?? '');
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  const reason = report?.statusCode ?? report?.error?.code ?? 'no answer';
  console.log(`npm audit: the registry in use does not answer audits (${reason}). Nothing was checked.`);
} else {
  for (const { name, severity, range } of Object.values(report.vulnerabilities)) {
    console.log(`npm audit: ${name} ${range}: ${severity}`);
  }
  console.log(`npm audit: ${counts.total} packages with known vulnerabilities`);
  process.exitCode = FAILING.some((severity) => counts[severity] > 0) ? 1 : 0;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
