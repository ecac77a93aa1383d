import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min, MinLength } from 'class-validator';

/** A passphrase of this length, at random, cannot be guessed. */
const SECRET_KEY_MIN_CHARS = 32;
const SECRET_KEY_LIST = /^ *[^,]{32,}(?:,[^,]{32,}){0,15}$/;
const YEAR_DAYS = 365;

/** Webhooks: how secrets are kept, how long deliveries are, and who may decide by callback (docs/webhooks.md). */
export class WebhookSettings {
  /** Encrypts the secrets of webhooks in the database, at least 32 characters. Without it they are stored as they are. */
  @IsOptional()
  @MinLength(SECRET_KEY_MIN_CHARS)
  WEBHOOK_SECRET_KEY?: string;

  /** Keys before `WEBHOOK_SECRET_KEY`, comma separated: what they have encrypted stays readable, and is encrypted with `WEBHOOK_SECRET_KEY` when it is used. */
  @IsOptional()
  @Matches(SECRET_KEY_LIST, {
    message: 'WEBHOOK_SECRET_KEY_PREVIOUS must be at most 16 keys of at least 32 characters, separated by commas',
  })
  WEBHOOK_SECRET_KEY_PREVIOUS?: string;

  /** Days of nothing but failures after which an endpoint is disabled. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(YEAR_DAYS)
  WEBHOOK_DISABLE_DAYS = 5;

  /** Days that events, ended deliveries and their attempts are kept: as far back goes a replay. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(YEAR_DAYS)
  WEBHOOK_RETENTION_DAYS = 30;

  /** Deliveries one replica makes at the same time. A slow endpoint takes at most four of them. */
  @Type(() => Number)
  @IsInt()
  @Min(8)
  @Max(1_000)
  WEBHOOK_CONCURRENCY = 256;

  /** Whose signature decides an approval by callback: `endpoint` every webhook's own secret, `granted` only keys issued by somebody who may decide, `off` nobody's. */
  @IsIn(['endpoint', 'granted', 'off'])
  WEBHOOK_CALLBACKS: 'endpoint' | 'granted' | 'off' = 'granted';
}
