import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Pool } from 'pg';
import { ChainVerifier, GENESIS, type ChainReport, ChainRepository, AuditService } from '@assent/audit';
import type { AuditLine, ChainHead } from '@assent/contract';
import { Database, loadConfig } from '@assent/platform';

/** The strings of a line that are hashed; null where a column may be. */
const STRINGS = [
  'tenantId',
  'previousHash',
  'id',
  'action',
  'actor',
  'subjectType',
  'subjectId',
  'detail',
  'createdAt',
  'rowHash',
];
const NULLABLE = ['runId', 'hash', 'policyVersion'];
const CONNECTIONS = 2;

/**
 * Checks an export without its server.
 * @param noted chain heads recorded earlier; without one, a truncated file cannot be detected
 * @throws Error naming the malformed line
 */
export async function verifyFile(file: string, noted: readonly ChainHead[]): Promise<ChainReport> {
  return verifyLines(createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity }), noted);
}

export async function verifyLines(lines: AsyncIterable<string>, noted: readonly ChainHead[]): Promise<ChainReport> {
  // A partial export can only be verified against the hash of the line before it.
  const verifier = new ChainVerifier(noted);
  let end: ChainHead | undefined;
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const value = parse(text, number);
    if (end) throw new Error(`line ${number} comes after the head, which is the last line of an export`);
    if ('head' in value) end = headOf(value['head'], number);
    else verifier.add(lineOf(value, number));
  }
  const { head, problems } = verifier.finish();
  const last = end ?? GENESIS;
  if (!end)
    return {
      head,
      problems: [...problems, { position: head.position, problem: 'the last line, with the head, is missing' }],
    };
  if (last.position === head.position && last.hash === head.hash) return { head, problems };
  return {
    head,
    problems: [...problems, { position: last.position, problem: 'the lines do not lead to the head of the export' }],
  };
}

/** `<position>:<hash>`, the format of `--head`. @throws Error */
export function readHead(text: string): ChainHead {
  const [, position, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (position === undefined || hash === undefined) throw new Error(`"${text}" is not <position>:<hash>`);
  return { position: Number(position), hash };
}

function parse(text: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Reported below, with the number of the line.
  }
  throw new Error(`line ${number} is not a JSON object`);
}

function headOf(value: unknown, number: number): ChainHead {
  if (typeof value === 'object' && value !== null && 'position' in value && 'hash' in value) {
    return readHead(`${String(value.position)}:${String(value.hash)}`);
  }
  throw new Error(`the head in line ${number} has no position and hash`);
}

function lineOf(value: Record<string, unknown>, number: number): AuditLine {
  const whole =
    Number.isSafeInteger(value['position']) &&
    STRINGS.every((name) => typeof value[name] === 'string') &&
    NULLABLE.every((name) => value[name] === null || typeof value[name] === 'string');
  if (!whole) throw new Error(`line ${number} is not a line of an audit export`);
  return value as unknown as AuditLine;
}

/** Whether the chain of each tenant leads to the head in the database. @throws Error when there is no database */
export async function verifyDatabase(given: string | undefined): Promise<{ name: string; verdict: ChainReport }[]> {
  const url = given ?? loadConfig(process.env, process.cwd()).env.DATABASE_URL;
  if (url === undefined)
    throw new Error('set DATABASE_URL, or check an export: the embedded database runs with its server');
  const database = new Database(
    new Pool({ connectionString: url, max: CONNECTIONS, application_name: 'assent-audit' }),
  );
  try {
    const audit = new ChainRepository(database);
    const service = new AuditService(audit);
    const verdicts = [];
    for (const tenantId of await audit.tenants()) {
      verdicts.push({ name: `tenant ${tenantId}`, verdict: await service.verify(tenantId) });
    }
    return verdicts;
  } finally {
    await database.close();
  }
}
