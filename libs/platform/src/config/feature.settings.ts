import { IsOptional, ValidateBy } from 'class-validator';
import { FLAGS } from '@assent/contract';
import { isFlagList } from './configured.flags';

/**
 * Features that are on, for all tenants or for one. A tenant's own setting (`PUT /flags/{flag}`) can only be stricter.
 */
export class FeatureSettings {
  /**
   * Feature flags (docs/operations.md#feature-flags): `flag=on|off` for all tenants, `tenant:flag=on|off` for one,
   * comma separated. Unnamed flags keep their defaults.
   */
  @IsOptional()
  @ValidateBy({
    name: 'isFlagList',
    validator: {
      validate: isFlagList,
      defaultMessage: () =>
        `FEATURE_FLAGS must be a list of flag=on|off or tenant:flag=on|off, each once, with the flags ${FLAGS.join(', ')}`,
    },
  })
  FEATURE_FLAGS?: string;
}
