import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Json } from '@assent/contract';
import { contentHashOf } from '@assent/platform';

/** Only the server's account reads and writes what is trusted. */
const PIN_FILE_MODE = 0o600;

/** What a tool was when it was trusted. */
export interface McpPin {
  /** `sha256:<64 hex>`, see `definitionHash`. */
  readonly hash: string;
  /** RFC 3339. */
  readonly trustedAt: string;
  /** Who trusted it; `first-use` when nobody was asked. */
  readonly actor: string;
}

/** Remembers what was trusted. `get` MUST give what `set` stored last, for the server's and the tool's own names. */
export interface McpPins {
  get(server: string, tool: string): Promise<McpPin | null>;
  set(server: string, tool: string, pin: McpPin): Promise<void>;
}

/** What a model and the guard go by; another order of the same properties is the same definition. */
export interface McpDefinition {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Json;
  readonly annotations: Json;
}

/** Hash of name, description, input schema and annotations. */
export function definitionHash({ name, description, inputSchema, annotations }: McpDefinition): string {
  return contentHashOf(JSON.stringify(ordered([name, description, inputSchema, annotations])));
}

/** For tests, and where trust may begin anew with each start. */
export class MemoryMcpPins implements McpPins {
  private readonly pins = new Map<string, McpPin>();

  async get(server: string, tool: string): Promise<McpPin | null> {
    return Promise.resolve(this.pins.get(key(server, tool)) ?? null);
  }

  async set(server: string, tool: string, pin: McpPin): Promise<void> {
    this.pins.set(key(server, tool), pin);
    return Promise.resolve();
  }
}

/** One JSON file, for a server that runs alone. Written whole, by renaming; writes follow each other. */
export class FileMcpPins implements McpPins {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly file: string) {}

  async get(server: string, tool: string): Promise<McpPin | null> {
    await this.last;
    return (await this.read())[key(server, tool)] ?? null;
  }

  async set(server: string, tool: string, pin: McpPin): Promise<void> {
    const write = this.last.then(async () => this.replace({ ...(await this.read()), [key(server, tool)]: pin }));
    // A write that fails is its caller's; the next one goes on.
    this.last = write.catch(() => undefined);
    await write;
  }

  private async read(): Promise<Readonly<Record<string, McpPin>>> {
    let text: string;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw thrown;
    }
    return JSON.parse(text) as Readonly<Record<string, McpPin>>;
  }

  private async replace(pins: Readonly<Record<string, McpPin>>): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true });
    const temporary = `${this.file}.${randomUUID()}.tmp`;
    try {
      await writeFile(temporary, `${JSON.stringify(pins, null, 2)}\n`, { mode: PIN_FILE_MODE, flush: true });
      await rename(temporary, this.file);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

function key(server: string, tool: string): string {
  return `${server}/${tool}`;
}

function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, ordered(inner)]),
  );
}
