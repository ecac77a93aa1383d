import { Injectable } from '@nestjs/common';
import { DecisionService } from '@assent/approvals';
import { AssentError, type Approval, type Callback, type Principal } from '@assent/contract';
import { Config, becomeTenant, isUniqueViolation, newId } from '@assent/platform';
import { peopleBehind, type People } from '@assent/identity';
import { CallbackRepository, rememberCallback, type CallbackKeys } from './callback.repository';
import { WINDOW_SECONDS, isInWindow, isSignedWith, signedHeaders, type SignedHeaders } from './signature';
import { WebhookSecrets } from './webhook.secrets';

/** A decision is a few hundred bytes and a comment. What is longer would only cost hashing. */
const BODY_MAX_BYTES = 16_384;

export interface CallbackRequest {
  readonly approvalId: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The bytes that were signed. */
  readonly raw: Buffer;
  /** Checks the body, once the signature says whose it is. */
  readonly read: () => Callback;
}

/** An external system decides: it has no key of this server, but a secret that a webhook's messages are signed with. */
@Injectable()
export class CallbackService {
  private readonly mode: 'endpoint' | 'granted' | 'off';

  constructor(
    config: Config,
    private readonly callbacks: CallbackRepository,
    private readonly secrets: WebhookSecrets,
    private readonly decisions: DecisionService,
  ) {
    this.mode = config.env.WEBHOOK_CALLBACKS;
  }

  /**
   * @throws AssentError unauthenticated (not signed, too old, by nobody we know; an unknown approval looks the same);
   * conflict (the message was used before); invalid; and every error of a decision
   */
  async decide({ approvalId, headers, raw, read }: CallbackRequest): Promise<Approval> {
    if (this.mode === 'off') throw new AssentError('forbidden', 'Callbacks are switched off: WEBHOOK_CALLBACKS.');
    if (raw.length > BODY_MAX_BYTES) {
      throw new AssentError('invalid', `The body has more than ${BODY_MAX_BYTES} bytes: a decision needs less.`);
    }
    const signed = signedHeaders(headers);
    if (!signed) {
      throw refused('A callback carries the headers webhook-id, webhook-timestamp and webhook-signature.');
    }
    if (!isInWindow(signed, Date.now())) {
      throw refused(`The webhook-timestamp is more than ${WINDOW_SECONDS} seconds away: sign it again.`);
    }
    const { keys, by, granted } = await this.signer(approvalId, signed, raw.toString('utf8'));
    // Known by its signature: from here on it works for its tenant alone.
    becomeTenant(keys.tenantId);
    if (await this.callbacks.isTaken(keys.id, signed.id)) throw taken(signed.id);
    const { decision, hash, comment, hunks } = read();
    const [person, ...issuers] = peopleBehind({
      subject: by[0],
      issuers: [...by, ...keys.madeBy, ...keys.secretBy],
    });
    const principal: Principal = {
      tenantId: keys.tenantId,
      subject: `webhook:${keys.id}`,
      scopes: new Set(['approval:decide']),
      roles: new Set(granted ? keys.callbackRoles : []),
      person,
      issuers,
    };
    const params = {
      approvalId,
      decision,
      hash,
      ...(comment === undefined ? {} : { comment }),
      ...(hunks === undefined ? {} : { hunks }),
    };
    const message = { endpointId: keys.id, messageId: signed.id, approvalId, receipt: newId() };
    try {
      const approval = await this.decisions.decide(principal, params, [rememberCallback(message)]);
      // What was decided so before commits nothing; the message is used up all the same.
      if (await this.callbacks.take(keys.tenantId, message)) return approval;
    } catch (error) {
      if (isUniqueViolation(error, 'webhook_callbacks_pkey')) throw taken(signed.id);
      throw error;
    }
    throw taken(signed.id);
  }

  /** Whose signature it is: one of the webhooks of the approval's tenant. */
  private async signer(
    approvalId: string,
    signed: SignedHeaders,
    body: string,
  ): Promise<{ keys: CallbackKeys; by: People; granted: boolean }> {
    for (const keys of await this.callbacks.keysFor(approvalId)) {
      const isBy = async (stored: string | null): Promise<boolean> => {
        const secret = stored === null ? null : await this.secrets.use(stored, keys.id);
        return secret !== null && isSignedWith(secret, signed, body);
      };
      if (await isBy(keys.callbackSecret)) return { keys, by: keys.callbackBy ?? keys.madeBy, granted: true };
      if (this.mode !== 'endpoint') continue;
      if (await isBy(keys.secret)) return { keys, by: keys.secretBy, granted: false };
      if (await isBy(keys.previousSecret)) return { keys, by: keys.previousSecretBy, granted: false };
    }
    throw refused(
      this.mode === 'granted'
        ? 'No key for callbacks has signed this: issue one with POST /webhooks/{id}/callback-key, and sign id.timestamp.body.'
        : 'The signature is not that of a webhook of ours: sign id.timestamp.body with its secret.',
    );
  }
}

function refused(message: string): AssentError {
  return new AssentError('unauthenticated', message);
}

function taken(messageId: string): AssentError {
  return new AssentError('conflict', `The message ${messageId} was taken before: each id counts once.`, { messageId });
}
