import { eventually } from '../support/eventually';
import { Stage, type Replica } from '../support/stage';

describe('/readyz, when the database answers but accepts no writes,', () => {
  let stage: Stage;
  let server: Replica;

  beforeEach(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterEach(() => stage.close());

  const ready = async (): Promise<[number, string]> => {
    const response = await fetch(`${server.process.url}/readyz`);
    return [response.status, await response.text()];
  };
  const becomes = (status: number, text: string) =>
    eventually(`/readyz says ${status} ${text}`, async () => {
      const [now, body] = await ready();
      return now === status && body.includes(text);
    });

  it('says that the database is read-only', async () => {
    expect((await ready())[0]).toBe(200);
    await stage.sql.query(`do $$ begin
      execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`);
    await stage.sql.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    await becomes(503, 'read-only');
    expect((await fetch(`${server.process.url}/livez`)).status).toBe(200);
  });
});
