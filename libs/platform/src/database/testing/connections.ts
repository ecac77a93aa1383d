import { Client, type ClientConfig } from 'pg';
import { failureOf } from '../failure';

/** Plain connections of one test, and what they throw. */
export class Connections {
  private readonly opened: Client[] = [];

  async open(url: string, config: ClientConfig = {}): Promise<Client> {
    const client = new Client({ connectionString: url, ...config });
    // The query that is cut off reports it; the event says it a second time.
    client.on('error', () => undefined);
    await client.connect();
    this.opened.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((client) => client.end().catch(() => undefined)));
  }
}

/** What `work` throws: its code, or its text when it has none, and what the table of failures says of it. */
export async function thrownBy(work: () => Promise<unknown>): Promise<{ code: unknown; kind: string | null }> {
  const error = await work().then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  const { code, message } = error as { code?: string; message?: string };
  return { code: code ?? message, kind: failureOf(error)?.kind ?? null };
}
