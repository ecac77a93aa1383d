import { Injectable } from '@nestjs/common';
import { DecisionService } from '@assent/approvals';
import { AssentError, type Approval, type Callback, type Principal } from '@assent/contract';
import { Config, becomeTenant, isUniqueViolation, newId } from '@assent/platform';
import { peopleBehind, type People } from '@assent/identity';
import { CallbackRepository, rememberCallback, type CallbackKeys } from './callback.repository';
import { WINDOW_SECONDS, isInWindow, isSignedWith, signedHeaders, type SignedHeaders } from './signature';
import { WebhookSecrets } from './webhook.secrets';

/** A decision takes a few hundred bytes plus a comment; a longer body would only cost hashing time. */
const BODY_MAX_BYTES = 16_384;

export interface CallbackRequest {
  readonly approvalId: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The signed bytes. */
  readonly raw: Buffer;
  /** Validates the body after the signature was verified. */
  readonly read: () => Callback;
}

/** Decisions of external systems. Instead of a key of this server they have a webhook's signing secret. */
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
   * @throws AssentError unauthenticated (no valid signature, too old, or an unknown approval, which looks the same);
   * conflict (the message was used before); invalid; and every error of a decision
   */
  async decide({ approvalId, headers, raw, read }: CallbackRequest): Promise<Approval> {
    if (this.mode === 'off')
      throw new AssentError('forbidden', 'Callbacks are switched off. Set WEBHOOK_CALLBACKS to allow them.');
    if (raw.length > BODY_MAX_BYTES) {
      throw new AssentError('invalid', `The body has more than ${BODY_MAX_BYTES} bytes. Send a shorter comment.`);
    }
    const signed = signedHeaders(headers);
    if (!signed) {
      throw refused('The headers webhook-id, webhook-timestamp and webhook-signature are required. Send all three.');
    }
    if (!isInWindow(signed, Date.now())) {
      throw refused(
        `The webhook-timestamp differs from the server's time by more than ${WINDOW_SECONDS} seconds. Sign the message again.`,
      );
    }
    const { keys, by, granted } = await this.signer(approvalId, signed, raw.toString('utf8'));
    // The signature identifies the tenant; from here on every statement is limited to it.
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
      // A repeated decision commits nothing, so the message id is recorded separately.
      if (await this.callbacks.take(keys.tenantId, message)) return approval;
    } catch (error) {
      if (isUniqueViolation(error, 'webhook_callbacks_pkey')) throw taken(signed.id);
      throw error;
    }
    throw taken(signed.id);
  }

  /** The webhook of the approval's tenant whose secret made the signature. */
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
        ? 'The signature is not by a key for callbacks. Issue one with POST /webhooks/{id}/callback-key, and sign id.timestamp.body.'
        : 'The signature is not by the secret of a webhook. Sign id.timestamp.body with it.',
    );
  }
}

function refused(message: string): AssentError {
  return new AssentError('unauthenticated', message);
}

function taken(messageId: string): AssentError {
  return new AssentError(
    'conflict',
    `The message ${messageId} was received before. Each id counts once; use a new one.`,
    { messageId },
  );
}
