import 'reflect-metadata';
import { IntersectionType } from '@nestjs/mapped-types';
import { AccessSettings } from './access.settings';
import { FeatureSettings } from './feature.settings';
import { MemorySettings } from './memory.settings';
import { IdentitySettings } from './identity.settings';
import { ModelSettings } from './model.settings';
import { RunSettings } from './run.settings';
import { ServerSettings } from './server.settings';
import { TelemetrySettings } from './telemetry.settings';
import { WebhookSettings } from './webhook.settings';

/** Every environment variable the server reads, with its default. Nothing else reads `process.env`. */
export class Environment extends IntersectionType(
  ServerSettings,
  AccessSettings,
  IdentitySettings,
  RunSettings,
  ModelSettings,
  FeatureSettings,
  MemorySettings,
  TelemetrySettings,
  WebhookSettings,
) {
  constructor() {
    super();
    // A mapped type drops fields without a default, and the fields are the names to read.
    Object.assign(
      this,
      new ServerSettings(),
      new AccessSettings(),
      new IdentitySettings(),
      new RunSettings(),
      new ModelSettings(),
      new FeatureSettings(),
      new MemorySettings(),
      new TelemetrySettings(),
      new WebhookSettings(),
    );
  }
}
