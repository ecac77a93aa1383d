import { IsIn, IsString, MaxLength } from 'class-validator';
import { COMMENT_MAX_CHARS, DECISIONS, type DecisionVerb } from '@assent/contract';
import { MayBeAbsent } from '@assent/platform';

const HASH_MAX_CHARS = 128;

/** Body of a callback. */
export class CallbackDto {
  @IsIn(DECISIONS)
  decision!: DecisionVerb;

  /** The content that was looked at: `hash` of the event `approval.requested`. */
  @IsString()
  @MaxLength(HASH_MAX_CHARS)
  hash!: string;

  @MayBeAbsent()
  @IsString()
  @MaxLength(COMMENT_MAX_CHARS)
  comment?: string;
}
