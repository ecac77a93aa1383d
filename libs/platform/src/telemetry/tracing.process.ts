import type { Config } from '../config/config';
import type { Log } from './log';
import { replaceTracer } from './tracing';

/** Loads the code of OpenTelemetry only if spans have a destination. */
export async function startTracing(config: Config, log: Log): Promise<void> {
  if (config.env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return;
  const { createTracer } = await import('./otel.tracer.js');
  replaceTracer(createTracer(config, log));
}

/** Sends what is left. */
export async function stopTracing(): Promise<void> {
  await replaceTracer(null)?.stop();
}
