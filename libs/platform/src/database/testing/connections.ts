import { Client, type ClientConfig } from 'pg';
import { failureOf } from '../failure';

/** Plain connections of one test, and their errors. */
export class Connections {
  private readonly opened: Client[] = [];

  async open(url: string, config: ClientConfig = {}): Promise<Client> {
    const client = new Client({ connectionString: url, ...config });
    // The interrupted query reports the error; the event repeats it.
    client.on('error', () => undefined);
    await client.connect();
    this.opened.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((client) => client.end().catch(() => undefined)));
  }
}

/** The error of `work`: its code, or its text if it has none, and its row in the table of failures. */
export async function thrownBy(work: () => Promise<unknown>): Promise<{ code: unknown; kind: string | null }> {
  const error = await work().then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  const { code, message } = error as { code?: string; message?: string };
  return { code: code ?? message, kind: failureOf(error)?.kind ?? null };
}
