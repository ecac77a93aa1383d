import { AssentError } from './errors';

/** An API key or token, or a function that returns one, for example one that refreshes a token. */
export type Credential = string | (() => string | Promise<string>);

/** The current credential. A function is called on first use, and again when the server refuses its result. */
export class CredentialSource {
  private current: Promise<string> | undefined;

  constructor(private readonly credential: Credential) {}

  get(): Promise<string> {
    this.current ??= this.fetch();
    return this.current;
  }

  /** The replacement for a refused credential; null: there is no other. Requests that are refused together share it. */
  async renew(refused: string): Promise<string | null> {
    if (typeof this.credential === 'string') return null;
    const known = this.current;
    const held = await this.get();
    if (held !== refused) return held;
    if (this.current === known) this.current = this.fetch();
    const renewed = await this.get();
    return renewed === refused ? null : renewed;
  }

  private async fetch(): Promise<string> {
    const { credential } = this;
    if (typeof credential === 'string') return credential;
    try {
      return await credential();
    } catch (cause) {
      this.current = undefined;
      const facts = { type: 'urn:assent:client:credential', retryable: false };
      throw new AssentError('The function that returns the credential failed: see `cause`.', facts, { cause });
    }
  }
}
