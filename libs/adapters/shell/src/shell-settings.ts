import { Type, type Static } from '@sinclair/typebox';
import { closed, literals } from '@assent/contract';

/** Maximum programs, more than a model can choose from. */
const PROGRAMS_MAX = 100;
const PATTERNS_MAX = 50;
const PATTERN_MAX_CHARS = 500;
const CONSTANTS_MAX = 50;
const CONSTANT_MAX_CHARS = 4_096;
const FOLDERS_MAX = 50;
const SYSTEM_PATH_MAX_CHARS = 4_096;

const KIB = 1_024;
const MIB = KIB * KIB;
const GIB = KIB * MIB;

/** `env` would read a program with `=` as a variable; `,` and `:` are special to mount tools. */
const AbsolutePath = Type.String({ maxLength: SYSTEM_PATH_MAX_CHARS, pattern: '^/[^\\u0000-\\u001f=,:\\\\]*$' });

const Program = closed({
  path: Type.Optional(AbsolutePath),
  effect: literals(['read', 'external'] as const),
  args: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: PATTERN_MAX_CHARS }), { maxItems: PATTERNS_MAX }),
  ),
});

const Limits = closed({
  cpuSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600 })),
  memoryBytes: Type.Optional(Type.Integer({ minimum: 16 * MIB, maximum: 64 * GIB })),
  fileBytes: Type.Optional(Type.Integer({ minimum: KIB, maximum: 64 * GIB })),
  processes: Type.Optional(Type.Integer({ minimum: 8, maximum: 4_096 })),
  outputBytes: Type.Optional(Type.Integer({ minimum: KIB, maximum: MIB })),
  wallMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000 })),
});

/** The section `shell` of the tools file. Without programs the family is off. */
export const ShellSettings = closed({
  programs: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9._+-]{0,63}$' }), Program, {
      maxProperties: PROGRAMS_MAX,
      additionalProperties: false,
    }),
  ),
  sandbox: Type.Optional(literals(['required', 'preferred', 'off'] as const)),
  limits: Type.Optional(Limits),
  /** Constants of the environment. They must not contain secrets. */
  env: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' }),
      Type.String({ maxLength: CONSTANT_MAX_CHARS, pattern: '^[^\\u0000]*$' }),
      { maxProperties: CONSTANTS_MAX, additionalProperties: false },
    ),
  ),
  /** Folders that programs may read in addition to those of the system. */
  readable: Type.Optional(Type.Array(AbsolutePath, { maxItems: FOLDERS_MAX })),
});
export type ShellSettings = Static<typeof ShellSettings>;

/** Limits of one call. */
export interface ShellLimits {
  /** CPU seconds of each process. */
  readonly cpuSeconds: number;
  /** Private memory of each process, and separately the total size of files below /tmp. */
  readonly memoryBytes: number;
  /** Maximum size of each file the program writes. */
  readonly fileBytes: number;
  /** Maximum processes at the same time. */
  readonly processes: number;
  /** Bytes kept of standard output and of standard error, from the beginning and the end. */
  readonly outputBytes: number;
  /** Wall-clock time from start to end. */
  readonly wallMs: number;
}

/** Sized for a linter or the tests of a small project, not for a full build. */
const DEFAULT_LIMITS: ShellLimits = {
  cpuSeconds: 30,
  memoryBytes: GIB,
  fileBytes: 64 * MIB,
  processes: 64,
  outputBytes: 64 * KIB,
  wallMs: 60_000,
};

export function limitsOf({ limits }: ShellSettings): ShellLimits {
  return { ...DEFAULT_LIMITS, ...limits };
}
