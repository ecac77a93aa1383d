import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { AssentError, type Principal, type Scope } from '@assent/contract';
import {
  Admission,
  CredentialWatch,
  credentialEnded,
  credentialHolderOf,
  requireScope,
  type RequestCredentials,
  type CredentialHolder,
} from '@assent/identity';
import { becomeTenant } from '@assent/platform';
import { StreamTicketRepository, type FrameStream, type StreamTicket } from '@assent/runs';

/** An authorized request for a stream that is not open yet. */
export interface StreamEntry {
  readonly tenantId: string;
  /** MUST be called after the last check and before the response starts: it uses up the ticket. */
  useTicket(): Promise<void>;
  /** Uses the ticket and opens the stream, which ends with its credential. Destroys a stream that may not be opened. */
  open(stream: FrameStream): Promise<void>;
}

/** Opens streams by key or one-use ticket, and ends them with the underlying credential. */
@Injectable()
export class StreamAccess {
  constructor(
    private readonly admission: Admission,
    private readonly tickets: StreamTicketRepository,
    private readonly watch: CredentialWatch,
  ) {}

  /**
   * @param runId null: the inbox of the approvals
   * @throws AssentError unauthenticated (neither key nor a fresh ticket for this stream), forbidden
   */
  async authorize(request: RequestCredentials, ticket: string | undefined, runId: string | null): Promise<StreamEntry> {
    const scope = runId === null ? 'approval:read' : 'run:read';
    if (ticket !== undefined) return this.byTicket(ticket, runId, scope);
    const principal = await this.admission.authenticate(request);
    requireScope(principal, scope);
    await this.admission.charge(principal);
    return this.entry(credentialHolderOf(principal), scope, () => Promise.resolve());
  }

  /** Opens a stream for an authenticated principal. */
  open(principal: Principal, stream: FrameStream, scopes: readonly Scope[] = ['run:read']): void {
    for (const scope of scopes) this.endWithCredential(credentialHolderOf(principal), scope, stream);
  }

  /**
   * A long poll by an authenticated principal.
   * @param wait MUST end when its signal is aborted
   * @throws AssentError unauthenticated when the credential ended during the wait
   */
  async poll<T>(principal: Principal, wait: (ended: AbortSignal) => Promise<T>, scope: Scope = 'run:read'): Promise<T> {
    const ended = new AbortController();
    const release = this.watch.register(credentialHolderOf(principal), scope, () => {
      ended.abort();
    });
    try {
      const found = await wait(ended.signal);
      if (ended.signal.aborted) throw credentialEnded();
      return found;
    } finally {
      release();
    }
  }

  private async byTicket(ticket: string, runId: string | null, scope: Scope): Promise<StreamEntry> {
    const found = await this.tickets.find(ticket);
    const holder = found?.runId === runId ? ticketHolder(found, scope) : undefined;
    if (!holder || !(await this.watch.grants(holder, scope))) throw invalidTicket();
    return this.entry(holder, scope, async () => {
      if (!(await this.tickets.spend(ticket))) throw invalidTicket();
    });
  }

  private entry(holder: CredentialHolder, scope: Scope, useTicket: () => Promise<void>): StreamEntry {
    const { tenantId } = holder;
    becomeTenant(tenantId);
    const open = async (stream: FrameStream): Promise<void> => {
      try {
        await useTicket();
      } catch (error) {
        stream.destroy();
        throw error;
      }
      this.endWithCredential(holder, scope, stream);
    };
    return { tenantId, useTicket, open };
  }

  private endWithCredential(
    holder: CredentialHolder,
    scope: Scope,
    stream: Readable & Pick<FrameStream, 'close'>,
  ): void {
    const release = this.watch.register(holder, scope, () => {
      stream.close();
    });
    stream.once('close', release);
  }
}

function ticketHolder(
  { tenantId, subject, credential, credentialExpiresAt }: StreamTicket,
  scope: Scope,
): CredentialHolder {
  const authority = credential && { credential, scopes: [scope] };
  return { tenantId, subject, authority, expiresAt: credentialExpiresAt };
}

function invalidTicket(): AssentError {
  return new AssentError(
    'unauthenticated',
    'This ticket was used, has expired, belongs to another stream, or its key was revoked. Get a new one from POST /stream-tickets.',
  );
}
