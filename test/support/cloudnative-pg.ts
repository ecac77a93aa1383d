import { Ajv, type AnySchemaObject } from 'ajv';

const TEXT = { type: 'string' } as const;
const QUANTITY = { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(m|[kKMGTPE]i?)?$' } as const;
const STORAGE = part({ storageClass: TEXT, size: QUANTITY, resizeInUseVolumes: { type: 'boolean' } }, ['size']);
const AMOUNTS = { type: 'object', additionalProperties: QUANTITY } as const;

/**
 * The fields of a `Cluster` of CloudNativePG that the manifests use and may use, with the types, values and required
 * fields that the operator's repository cloudnative-pg/cloudnative-pg states: config/crd/bases/postgresql.cnpg.io_clusters.yaml
 * and api/v1/cluster_types.go, where `failoverQuorum` is. A field that is missing here has not been compared.
 */
const CLUSTER_SPEC = part(
  {
    instances: { type: 'integer', minimum: 1 },
    postgresql: part({
      parameters: { type: 'object', additionalProperties: TEXT },
      synchronous: part(
        {
          method: { enum: ['any', 'first'] },
          number: { type: 'integer', exclusiveMinimum: 0 },
          dataDurability: { enum: ['required', 'preferred'] },
          failoverQuorum: { type: 'boolean' },
        },
        ['method', 'number'],
      ),
    }),
    bootstrap: part({
      initdb: part({
        database: TEXT,
        owner: TEXT,
        encoding: TEXT,
        postInitApplicationSQL: { type: 'array', items: TEXT },
      }),
    }),
    affinity: part({
      enablePodAntiAffinity: { type: 'boolean' },
      topologyKey: TEXT,
      podAntiAffinityType: { enum: ['preferred', 'required'] },
    }),
    storage: STORAGE,
    walStorage: STORAGE,
    resources: part({ requests: AMOUNTS, limits: AMOUNTS }),
  },
  ['instances'],
);

/** An object without other fields. */
function part(properties: Readonly<Record<string, AnySchemaObject>>, required: readonly string[] = []) {
  return { type: 'object', properties, required: [...required], additionalProperties: false } as const;
}

const validate = new Ajv({ allErrors: true }).compile(CLUSTER_SPEC);

/** @returns a line for each problem of a `Cluster` */
export function clusterProblems({
  apiVersion,
  spec,
}: {
  readonly apiVersion: string;
  readonly spec?: unknown;
}): string[] {
  if (apiVersion !== 'postgresql.cnpg.io/v1') return [`${apiVersion} is not the version of a Cluster`];
  validate(spec);
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) => `Cluster ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
