import { Type } from 'class-transformer';
import { IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

/** A name, and a percent-encoded value without commas or spaces. */
const HEADER = '[\\w.-]+=(?:[\\x21-\\x24\\x26-\\x2b\\x2d-\\x7e]|%[0-9A-Fa-f]{2})*';

/** The destination of spans. Names and meanings are those of OpenTelemetry. */
export class TelemetrySettings {
  /** OTLP collector over HTTP, without its /v1/traces. Without it tracing is off, and its code is not loaded. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'OTEL_EXPORTER_OTLP_ENDPOINT must start with http:// or https://' })
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  /** Headers for the collector, e.g. its key: name=value, comma separated, percent-encoded. */
  @IsOptional()
  @IsString()
  @Matches(new RegExp(`^${HEADER}(?:,${HEADER})*$`), {
    message: 'OTEL_EXPORTER_OTLP_HEADERS must be name=value,name=value, percent-encoded',
  })
  OTEL_EXPORTER_OTLP_HEADERS?: string;

  /** Service name in spans. */
  @IsString()
  OTEL_SERVICE_NAME = 'assent';

  /** Sampling ratio of traces that begin here, 0 to 1; the decision of a caller is respected. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  OTEL_TRACES_SAMPLER_ARG = 1;
}
