import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min, MinLength } from 'class-validator';

/** A random passphrase of this length cannot be guessed. */
const SECRET_KEY_MIN_CHARS = 32;
const SECRET_KEY_LIST = /^ *[^,]{32,}(?:,[^,]{32,}){0,15}$/;
const YEAR_DAYS = 365;

/** Webhooks: storage of secrets, retention of deliveries, and permission to decide by callback (docs/webhooks.md). */
export class WebhookSettings {
  /**
   * Encrypts the secrets of webhooks in the database; at least 32 characters. Without it they are stored in plain text.
   */
  @IsOptional()
  @MinLength(SECRET_KEY_MIN_CHARS)
  WEBHOOK_SECRET_KEY?: string;

  /**
   * Previous values of `WEBHOOK_SECRET_KEY`, comma separated: secrets encrypted with them stay readable, and are
   * encrypted with `WEBHOOK_SECRET_KEY` on their next use.
   */
  @IsOptional()
  @Matches(SECRET_KEY_LIST, {
    message: 'WEBHOOK_SECRET_KEY_PREVIOUS must be at most 16 keys of at least 32 characters, separated by commas',
  })
  WEBHOOK_SECRET_KEY_PREVIOUS?: string;

  /** Days without a successful delivery after which a failing endpoint is disabled. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(YEAR_DAYS)
  WEBHOOK_DISABLE_DAYS = 5;

  /** Retention of events, ended deliveries and their attempts, in days; a replay cannot reach further back. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(YEAR_DAYS)
  WEBHOOK_RETENTION_DAYS = 30;

  /** Maximum concurrent deliveries of one replica. A slow endpoint takes at most four of them. */
  @Type(() => Number)
  @IsInt()
  @Min(8)
  @Max(1_000)
  WEBHOOK_CONCURRENCY = 256;

  /**
   * Signatures that may decide an approval by callback: `endpoint` accepts every webhook's own secret, `granted` only
   * keys issued by a principal with the right to decide, `off` none.
   */
  @IsIn(['endpoint', 'granted', 'off'])
  WEBHOOK_CALLBACKS: 'endpoint' | 'granted' | 'off' = 'granted';
}
