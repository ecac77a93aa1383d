import { Type } from 'class-transformer';
import { IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

/** A name, and a value without commas or spaces in which a percent sign begins an escape. */
const HEADER = '[\\w.-]+=(?:[\\x21-\\x24\\x26-\\x2b\\x2d-\\x7e]|%[0-9A-Fa-f]{2})*';

/** Where spans go. Names and meanings are those of OpenTelemetry. */
export class TelemetrySettings {
  /** OTLP collector over HTTP, without its /v1/traces. Without it nothing is traced, and the code for it is not even loaded. */
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

  /** Name of the service in its spans. */
  @IsString()
  OTEL_SERVICE_NAME = 'assent';

  /** Share of the traces that begin here which are recorded, 0 to 1; a caller's own decision is kept. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  OTEL_TRACES_SAMPLER_ARG = 1;
}
