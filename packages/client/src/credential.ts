import { AssentError } from './errors';

/** An API key or token, or a function that gives one, such as one that refreshes a token. */
export type Credential = string | (() => string | Promise<string>);

/** The credential in use. A function is called when it is first needed, and once more when the server refuses its result. */
export class CredentialSource {
  private current: Promise<string> | undefined;

  constructor(private readonly credential: Credential) {}

  get(): Promise<string> {
    this.current ??= this.fetch();
    return this.current;
  }

  /** The credential after the one that was refused; null: there is no other. Requests that are refused together share one. */
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
      throw new AssentError('The function that gives the credential has failed: see `cause`.', facts, { cause });
    }
  }
}
