import { Type, type Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import { compileGlob, GLOB_MAX_CHARS, type Glob } from '@assent/platform';

const HOSTS_MAX = 200;
const ORIGINS_MAX = 200;
const PORT_MAX = 65_535;
export const HEADERS_MAX = 32;
export const HEADER_VALUE_MAX_CHARS = 2_000;
const RESPONSE_DEFAULT_BYTES = 262_144;
/** Maximum response bytes, set by what a frame and a model can take. */
const RESPONSE_MAX_BYTES = 4_194_304;

/** A token of RFC 9110, section 5.6.2, in lower case, as it is sent. */
export const HEADER_NAME = "^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$";
/** Printable ASCII: excludes line ends and all characters that readers and servers interpret differently. */
const HEADER_VALUE = '^[\\x20-\\x7e]*$';

export const HeaderValue = Type.String({ maxLength: HEADER_VALUE_MAX_CHARS, pattern: HEADER_VALUE });

/** An operator's header: a text, or the name of a server variable with the prefix of its value. */
const ConfiguredValue = Type.Union([
  HeaderValue,
  closed({
    secret: Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,127}$' }),
    prefix: Type.Optional(Type.String({ maxLength: 64, pattern: HEADER_VALUE })),
  }),
]);

export const HttpSettings = closed({
  hosts: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: GLOB_MAX_CHARS }), { maxItems: HOSTS_MAX })),
  ports: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: PORT_MAX }), { minItems: 1, maxItems: HOSTS_MAX }),
  ),
  headers: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^https?://[^/]{1,255}$' }),
      Type.Record(Type.String({ pattern: HEADER_NAME }), ConfiguredValue, {
        additionalProperties: false,
        maxProperties: HEADERS_MAX,
      }),
      { additionalProperties: false, maxProperties: ORIGINS_MAX },
    ),
  ),
  maxResponseBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: RESPONSE_MAX_BYTES })),
  idempotencyKeys: Type.Optional(Type.Boolean()),
});

/** One header as stored and shown. A secret appears only by its variable name. */
export const EffectHeader = closed({
  name: Type.String({ pattern: HEADER_NAME }),
  value: HeaderValue,
  /** Name of the server variable whose value is appended to `value`. */
  secret: Type.Optional(Type.String({ maxLength: 128 })),
});
export type EffectHeader = Static<typeof EffectHeader>;

/** The parsed section "http" of the tools file. */
export class HttpRules {
  readonly maxResponseBytes: number;
  private readonly hosts: readonly Glob[];
  private readonly headers = new Map<string, readonly EffectHeader[]>();

  /** @throws Error for a glob or an origin that cannot be used */
  constructor(settings: Static<typeof HttpSettings>) {
    this.maxResponseBytes = settings.maxResponseBytes ?? RESPONSE_DEFAULT_BYTES;
    this.hosts = (settings.hosts ?? []).map((pattern) => compileGlob(pattern.toLowerCase()));
    for (const [origin, headers] of Object.entries(settings.headers ?? {})) {
      if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
        throw new Error(
          `http.headers: "${origin}" is not an origin like https://api.example.com, in its plain spelling`,
        );
      }
      const list = Object.entries(headers).map(([name, value]) =>
        typeof value === 'string' ? { name, value } : { name, value: value.prefix ?? '', secret: value.secret },
      );
      this.headers.set(origin, list);
    }
  }

  allows({ hostname }: URL): boolean {
    const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
    return this.hosts.some((matches) => matches(host));
  }

  /** Headers the operator adds to requests to this origin. Bound to scheme, host and port, so that a secret goes nowhere else. */
  headersFor({ origin }: URL): readonly EffectHeader[] {
    return this.headers.get(origin) ?? [];
  }
}
