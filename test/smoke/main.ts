import { parseArgs } from 'node:util';
import { smoke } from './smoke';

const USAGE = `npm run smoke -- --url https://assent.example

  --url URL   where the server is; default http://127.0.0.1:8080
  DEVELOPER_KEY, REVIEWER_KEY   keys of two principals: run:write and run:read; approval:read and approval:decide
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: 'string' }, help: { type: 'boolean' } } });
  const { DEVELOPER_KEY: developerKey, REVIEWER_KEY: reviewerKey } = process.env;
  if (values.help || !developerKey || !reviewerKey) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const url = values.url ?? 'http://127.0.0.1:8080';
  await smoke({
    url,
    developerKey,
    reviewerKey,
    report: (check, ms) => process.stdout.write(`ok   ${check} (${Math.round(ms)} ms)\n`),
  });
  process.stdout.write(`${url} works.\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`FAIL ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
