import { Pool } from 'pg';
import { ChainRepository, AuditService, type ChainReport } from '@assent/audit';
import { Database, loadConfig } from '@assent/platform';

const CONNECTIONS = 2;

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
