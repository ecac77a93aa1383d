import { IsBoolean, IsObject, IsOptional, IsString, MaxLength, ValidateBy } from 'class-validator';
import type { JsonObject } from '@assent/contract';
import type { Narrowing } from './guard';

const NAME_MAX_CHARS = 128;
const WORKSPACE_MAX_CHARS = 64;
const GLOBS_MAX = 64;

/** Body of `POST /tools/check`. */
export class ToolCheckDto {
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  tool!: string;

  @IsObject()
  args!: JsonObject;

  @IsOptional()
  @IsString()
  @MaxLength(WORKSPACE_MAX_CHARS)
  workspace?: string;

  @IsOptional()
  @ValidateBy({
    name: 'isNarrowing',
    validator: {
      validate: isNarrowing,
      defaultMessage: () => 'policy must be {deny?, ask?}, each a list of tool globs',
    },
  })
  policy?: Narrowing;

  @IsOptional()
  @IsBoolean()
  tainted?: boolean;
}

function isNarrowing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(([name, globs]) => ['deny', 'ask'].includes(name) && isGlobList(globs));
}

function isGlobList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= GLOBS_MAX &&
    value.every((glob) => typeof glob === 'string' && glob.length > 0 && glob.length <= NAME_MAX_CHARS)
  );
}
