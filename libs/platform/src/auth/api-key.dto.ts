import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { SCOPES, type Scope } from '@assent/contract';
import { MayBeAbsent } from '../http/validation';
import type { ApiKeyRecord } from './api-key.repository';

const NAME_MAX_CHARS = 128;
const ROLES_MAX = 32;
const PAGE_MAX = 100;

/** Body of `POST /keys` */
export class NewKeyDto {
  @ApiProperty({ description: 'What it is for; for people' })
  @IsString()
  @MinLength(1)
  @MaxLength(NAME_MAX_CHARS)
  name!: string;

  @ApiProperty({ enum: SCOPES, isArray: true })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(SCOPES.length)
  @IsIn(SCOPES, { each: true })
  scopes!: Scope[];

  @ApiPropertyOptional({ description: 'Who it speaks for. Default: the caller' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  subject?: string;

  @ApiPropertyOptional({ type: [String], description: 'Names that approval policies ask for' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(ROLES_MAX)
  @IsString({ each: true })
  @MaxLength(NAME_MAX_CHARS, { each: true })
  roles?: string[];

  @ApiPropertyOptional({ format: 'date-time', description: 'Default: never' })
  @MayBeAbsent()
  @IsISO8601({ strict: true })
  expiresAt?: string;
}

/** `GET /keys` */
export class KeyQueryDto {
  @MayBeAbsent()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  cursor?: string;

  @MayBeAbsent()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}

/** The wire form of a key: everything but the secret. */
export class KeyDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  subject!: string;

  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes!: Scope[];

  @ApiProperty({ type: [String] })
  roles!: string[];

  @ApiProperty({ enum: ['live', 'expired', 'revoked'] })
  state!: ApiKeyRecord['state'];

  @ApiProperty()
  createdBy!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Up to an hour behind' })
  lastUsedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revokedAt!: string | null;
}

/** The answer to `POST /keys`. */
export class MadeKeyDto extends KeyDto {
  @ApiProperty({ description: 'The key itself, this once' })
  key!: string;
}

/** The answer to `GET /keys`. */
export class KeyPageDto {
  @ApiProperty({ type: [KeyDto] })
  items!: KeyDto[];

  @ApiProperty({ type: String, nullable: true })
  cursor!: string | null;
}

/** The fields alone: OpenAPI needs classes, an answer is a plain object. */
export type WireKey = Pick<KeyDto, keyof KeyDto>;

export function toWireKey(key: ApiKeyRecord): WireKey {
  return {
    id: key.id,
    name: key.name,
    subject: key.subject,
    scopes: [...key.scopes],
    roles: [...key.roles],
    state: key.state,
    createdBy: key.createdBy,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  };
}
