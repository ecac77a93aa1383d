import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { WEBHOOK_EVENTS } from '@assent/contract';
import { MayBeAbsent } from '@assent/platform';

const URL_MAX_CHARS = 2_048;
const DESCRIPTION_MAX_CHARS = 256;
const PAGE_MAX = 100;
const ROLES_MAX = 16;
const ROLE_MAX_CHARS = 128;
/** A rotation is over within a week: a secret that may have leaked must not sign for longer. */
const OVERLAP_MAX_SECONDS = 604_800;
const CURSOR = /^[0-9A-Za-z:._-]{1,80}$/;

/** All events, now and later. */
export const EVERY_EVENT = '*';
const EVENTS = [...WEBHOOK_EVENTS, EVERY_EVENT];

/** `POST /webhooks` */
export class NewWebhookDto {
  @IsString()
  @MaxLength(URL_MAX_CHARS)
  url!: string;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(EVENTS.length)
  @ArrayUnique()
  @IsIn(EVENTS, { each: true })
  events!: string[];

  @IsOptional()
  @IsString()
  @MaxLength(DESCRIPTION_MAX_CHARS)
  description?: string | null;
}

/** `PATCH /webhooks/{id}` */
export class WebhookChangeDto {
  @MayBeAbsent()
  @IsString()
  @MaxLength(URL_MAX_CHARS)
  url?: string;

  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(EVENTS.length)
  @ArrayUnique()
  @IsIn(EVENTS, { each: true })
  events?: string[];

  @IsOptional()
  @IsString()
  @MaxLength(DESCRIPTION_MAX_CHARS)
  description?: string | null;

  @MayBeAbsent()
  @IsBoolean()
  enabled?: boolean;
}

/** `POST /webhooks/{id}/rotate-secret` */
export class RotationDto {
  /** Seconds that the old secret goes on signing beside the new one; default: a day. */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(OVERLAP_MAX_SECONDS)
  overlapSeconds?: number;
}

/** `POST /webhooks/{id}/replay`: events from `from` up to, and without, `to`. */
export class ReplayDto {
  @IsISO8601({ strict: true })
  from!: string;

  @IsISO8601({ strict: true })
  to!: string;

  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(EVENTS.length)
  @IsIn(EVENTS, { each: true })
  events?: string[];
}

/** `POST /webhooks/{id}/callback-key` */
export class CallbackKeyDto {
  /** Roles that a callback decides with; only roles of whoever issues the key. */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(ROLES_MAX)
  @IsString({ each: true })
  @MaxLength(ROLE_MAX_CHARS, { each: true })
  roles?: string[];
}

/** `GET /webhooks` */
export class WebhookQueryDto {
  @MayBeAbsent()
  @IsUUID()
  cursor?: string;

  @MayBeAbsent()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}

/** `GET /webhooks/{id}/deliveries` */
export class DeliveryQueryDto {
  @MayBeAbsent()
  @IsIn(['pending', 'delivered', 'dead'])
  state?: 'pending' | 'delivered' | 'dead';

  @MayBeAbsent()
  @Matches(CURSOR)
  cursor?: string;

  @MayBeAbsent()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}
