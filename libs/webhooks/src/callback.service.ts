import { Injectable } from '@nestjs/common';
import { DecisionService } from '@assent/approvals';
import { AssentError, type Approval, type Callback, type Principal } from '@assent/contract';
import { Config, becomeTenant, isUniqueViolation, newId } from '@assent/platform';
import { ExternalIdentities, peopleBehind, type People } from '@assent/identity';
import { CallbackClock } from './callback.clock';
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

/** Who signed a callback. */
interface Signer {
  readonly keys: CallbackKeys;
  /** The people behind the credential that the signing secret was shown to. */
  readonly by: People;
  readonly roles: readonly string[];
  /** It decides for mapped people. */
  readonly isMapped: boolean;
}

/** Decisions of external systems. Instead of a key of this server they have a webhook's signing secret. */
@Injectable()
export class CallbackService {
  private readonly mode: 'endpoint' | 'granted' | 'off';

  constructor(
    config: Config,
    private readonly callbacks: CallbackRepository,
    private readonly clock: CallbackClock,
    private readonly secrets: WebhookSecrets,
    private readonly decisions: DecisionService,
    private readonly identities: ExternalIdentities,
  ) {
    this.mode = config.env.WEBHOOK_CALLBACKS;
  }

  /**
   * @throws AssentError unauthenticated (no valid signature, too old, or an unknown approval, which looks the same);
   * conflict (the message was used before); invalid; unknown_actor; and every error of a decision
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
    const nowMs = Date.now();
    if (!isInWindow(signed, nowMs)) {
      await this.clock.report(Number(signed.timestamp), nowMs);
      throw refused(
        `The webhook-timestamp differs from the server's time by more than ${WINDOW_SECONDS} seconds. Sign the message again.`,
      );
    }
    const signer = await this.signer(approvalId, signed, raw.toString('utf8'));
    const { keys } = signer;
    // The signature identifies the tenant; from here on every statement is limited to it.
    becomeTenant(keys.tenantId);
    if (await this.callbacks.isTaken(keys.id, signed.id)) throw taken(signed.id);
    const { onBehalfOf, ...decision } = read();
    const principal = signer.isMapped ? await this.mapped(signer, onBehalfOf) : webhookOf(signer, onBehalfOf);
    const params = { approvalId, ...decision };
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

  /**
   * The subject of a mapped account: all rules of a decision see that person.
   * @throws AssentError invalid (nobody is named); unknown_actor
   */
  private async mapped({ keys, by }: Signer, onBehalfOf: Callback['onBehalfOf']): Promise<Principal> {
    if (!onBehalfOf) {
      throw new AssentError(
        'invalid',
        'onBehalfOf is missing: this callback key decides for mapped people. Name the person who has decided.',
        { pointer: '/onBehalfOf' },
      );
    }
    const { subject, roles, mappedBy } = await this.identities.of(keys.tenantId, onBehalfOf);
    const holders = [by, keys.madeBy, keys.secretBy];
    return {
      tenantId: keys.tenantId,
      subject,
      scopes: new Set(['approval:decide']),
      roles: new Set(roles.filter((role) => keys.callbackRoles.includes(role))),
      issuers: [...holders.flat(), ...mappedBy],
      via: `webhook:${keys.id}`,
      holders,
    };
  }

  /** The webhook of the approval's tenant whose secret made the signature. */
  private async signer(approvalId: string, signed: SignedHeaders, body: string): Promise<Signer> {
    for (const keys of await this.callbacks.keysFor(approvalId)) {
      const isBy = async (stored: string | null): Promise<boolean> => {
        const secret = stored === null ? null : await this.secrets.use(stored, keys.id);
        return secret !== null && isSignedWith(secret, signed, body);
      };
      const { madeBy, callbackBy, callbackRoles } = keys;
      const issued = { keys, by: callbackBy ?? madeBy, roles: callbackRoles };
      if (await isBy(keys.callbackSecret)) return { ...issued, isMapped: false };
      if (await isBy(keys.mappedSecret)) return { ...issued, isMapped: true };
      if (this.mode !== 'endpoint') continue;
      const own = { keys, roles: [], isMapped: false };
      if (await isBy(keys.secret)) return { ...own, by: keys.secretBy };
      if (await isBy(keys.previousSecret)) return { ...own, by: keys.previousSecretBy };
    }
    throw refused(
      this.mode === 'granted'
        ? 'The signature is not by a key for callbacks. Issue one with POST /webhooks/{id}/callback-key, and sign id.timestamp.body.'
        : 'The signature is not by the secret of a webhook. Sign id.timestamp.body with it.',
    );
  }
}

/** The webhook itself, which speaks for the person whom the key was shown to. @throws AssentError invalid */
function webhookOf({ keys, by, roles }: Signer, onBehalfOf: Callback['onBehalfOf']): Principal {
  if (onBehalfOf) {
    throw new AssentError(
      'invalid',
      'onBehalfOf is not possible: this key decides as the webhook. Issue a callback key with actors "mapped".',
      { pointer: '/onBehalfOf' },
    );
  }
  const [person, ...issuers] = peopleBehind({ subject: by[0], issuers: [...by, ...keys.madeBy, ...keys.secretBy] });
  const subject = `webhook:${keys.id}`;
  return {
    tenantId: keys.tenantId,
    subject,
    scopes: new Set(['approval:decide']),
    roles: new Set(roles),
    person,
    issuers,
    via: subject,
  };
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
