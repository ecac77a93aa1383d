import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Environment, TENANT_ROLE } from '@assent/platform';
import { parseAllDocuments } from 'yaml';
import { kustomize } from '../support/kubectl';
import { problemsOf, type Manifest } from '../support/manifest.types';

const ROOT = join(__dirname, '../..');
const OVERLAYS = ['dev', 'production', 'production-cloudnative-pg', 'canary', 'canary-rollouts'] as const;
type Overlay = (typeof OVERLAYS)[number];

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly securityContext: object;
  readonly resources: object;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly volumeMounts?: readonly { readonly mountPath: string }[];
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly topologySpreadConstraints: readonly { readonly labelSelector: Selector }[];
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
}
type Labels = Readonly<Record<string, string>>;
interface Selector {
  readonly matchLabels: Labels;
}
interface Workload extends Manifest {
  readonly spec: {
    readonly selector: Selector;
    readonly template: { readonly metadata: { labels: Labels }; readonly spec: PodSpec };
  };
}
interface Service extends Manifest {
  readonly spec: {
    readonly selector: Labels;
    readonly ports: readonly { name: string; port: number; targetPort: string }[];
  };
}
interface Route extends Manifest {
  readonly spec: {
    readonly rules: readonly {
      readonly matches: readonly { readonly path: { readonly value: string }; readonly headers?: readonly object[] }[];
      readonly timeouts: { readonly request: string };
      readonly backendRefs: readonly { readonly name: string; readonly port: number; readonly weight: number }[];
    }[];
  };
}
interface Policy extends Manifest {
  readonly spec: {
    readonly policyTypes: readonly string[];
    readonly egress: readonly { readonly to?: readonly object[] }[];
  };
}
interface Database extends Manifest {
  readonly spec: {
    readonly instances: number;
    readonly postgresql: {
      readonly parameters: Readonly<Record<string, string>>;
      readonly synchronous: { readonly number: number };
    };
    readonly bootstrap: { readonly initdb: { readonly postInitApplicationSQL: readonly string[] } };
  };
}
interface Analysis extends Manifest {
  readonly spec: {
    readonly metrics: readonly { readonly provider: { readonly prometheus: { readonly query: string } } }[];
  };
}

describe('the manifests', () => {
  const rendered = new Map<Overlay, Manifest[]>();

  beforeAll(async () => {
    for (const overlay of OVERLAYS) {
      const text = await kustomize(join(ROOT, 'k8s/overlays', overlay));
      rendered.set(
        overlay,
        parseAllDocuments(text).map((document) => document.toJSON() as Manifest),
      );
    }
  });

  const all = (overlay: Overlay) => rendered.get(overlay) ?? [];
  const ofKind = <T extends Manifest>(overlay: Overlay, kind: string) =>
    all(overlay).filter((manifest): manifest is T => manifest.kind === kind);
  const pods = (overlay: Overlay) => ofKind<Workload>(overlay, 'Deployment');
  const only = <T>(items: readonly (T | undefined)[]): T => {
    const [item] = items;
    if (item === undefined) throw new Error('No manifest of this kind was found.');
    return item;
  };
  const server = ({ spec }: Workload) => only(spec.template.spec.containers.filter(({ name }) => name === 'server'));
  const containersOf = (overlay: Overlay) =>
    [...pods(overlay), ...ofKind<Workload>(overlay, 'Job')].flatMap(({ spec: { template } }) => [
      ...template.spec.containers,
      ...((template.spec.initContainers as readonly Container[] | undefined) ?? []),
    ]);
  const fits = (labels: Labels, selector: Labels) =>
    Object.entries(selector).every(([key, value]) => labels[key] === value);

  it('are what the schemas allow, in every overlay', () => {
    expect(problemsOf(OVERLAYS.flatMap(all))).toEqual([]);
  });

  it('would not pass with an unknown key, a wrong type or a missing part at any level', () => {
    type Loose = Manifest & { spec: Record<string, unknown> };
    const spoiled = ['HTTPRoute', 'AnalysisTemplate', 'Rollout', 'ExternalSecret', 'PodMonitor', 'NetworkPolicy'].map(
      (kind) => {
        const [manifest] = ofKind<Loose>('canary-rollouts', kind) as [Loose];
        return { ...manifest, spec: { ...manifest.spec, [`unheardOf${kind}`]: true } };
      },
    );
    const broken = (change: (copy: Workload) => void): Manifest => {
      const copy = structuredClone(only(pods('production')));
      change(copy);
      return copy;
    };
    const problems = problemsOf([
      ...spoiled,
      broken(({ spec }) => Object.assign(spec.template.spec.containers[0] as object, { imagee: 'x' })),
      broken(({ spec }) => Object.assign(spec.template.spec.containers[0] as object, { image: 1 })),
      broken(({ spec }) => Reflect.deleteProperty(spec, 'selector')),
    ]);
    const expected = [
      ...spoiled.map(({ kind }) => `unheardOf${kind}`),
      'imagee',
      "'number' is not assignable",
      'selector',
    ];
    expect(problems).toEqual(expected.map((words): unknown => expect.stringContaining(words)));
  });

  it('would not pass with a Cluster that CloudNativePG refuses', () => {
    const [cluster] = ofKind<Database>('production-cloudnative-pg', 'Cluster') as [Database];
    const changed = (change: (copy: Database) => void): Manifest => {
      const copy = structuredClone(cluster);
      change(copy);
      return copy;
    };
    const problems = problemsOf([
      changed(({ spec }) => Object.assign(spec, { instance: 3 })),
      changed(({ spec }) => Object.assign(spec.postgresql.synchronous, { number: 0 })),
      changed(({ spec }) => Object.assign(spec.postgresql.synchronous, { dataDurability: 'always' })),
      changed(({ spec }) => Object.assign(spec.postgresql.parameters, { max_connections: 200 })),
      changed(({ spec }) => Reflect.deleteProperty(spec.postgresql.synchronous, 'method')),
    ]);
    const expected = ['"instance"', '/synchronous/number', '/dataDurability', '/max_connections', '"method"'];
    expect(problems).toEqual(expected.map((words): unknown => expect.stringContaining(words)));
  });

  it.each(OVERLAYS)('of %s: every selector finds pods, every port and name it is called by is there', (overlay) => {
    const names = (kind: string) => ofKind(overlay, kind).map(({ metadata }) => metadata.name);
    const labels = pods(overlay).map(({ spec }) => spec.template.metadata.labels);
    for (const { spec, metadata } of pods(overlay)) {
      expect(fits(spec.template.metadata.labels, spec.selector.matchLabels)).toBe(true);
      // A selector that fits the other track's pods would take them over.
      const other = labels.filter((candidate) => fits(candidate, spec.selector.matchLabels));
      expect([metadata.name, other.length]).toEqual([metadata.name, 1]);
      for (const { labelSelector } of spec.template.spec.topologySpreadConstraints) {
        expect(fits(spec.template.metadata.labels, labelSelector.matchLabels)).toBe(true);
      }
      expect(names('ServiceAccount')).toContain(spec.template.spec.serviceAccountName);
    }
    const ports = pods(overlay).flatMap((workload) => (server(workload).ports ?? []).map(({ name }) => name));
    for (const { spec, metadata } of ofKind<Service>(overlay, 'Service')) {
      expect([metadata.name, labels.some((candidate) => fits(candidate, spec.selector))]).toEqual([
        metadata.name,
        true,
      ]);
      for (const { targetPort } of spec.ports) expect(ports).toContain(targetPort);
    }
    for (const { spec } of ofKind<Route>(overlay, 'HTTPRoute')) {
      for (const { name, port } of spec.rules.flatMap(({ backendRefs }) => backendRefs)) {
        const service = ofKind<Service>(overlay, 'Service').find(({ metadata }) => metadata.name === name);
        expect(service?.spec.ports.map((one) => one.port)).toContain(port);
      }
    }
    for (const kind of ['PodDisruptionBudget', 'HorizontalPodAutoscaler', 'NetworkPolicy', 'PersistentVolumeClaim']) {
      expect([kind, names(kind).length]).not.toEqual([kind, 0]);
    }
    expect([...names('Secret'), ...names('ExternalSecret')]).toContain('assent-secrets');
  });

  it.each(OVERLAYS)('of %s: a container is nobody, writes nowhere but where it may, and holds no token', (overlay) => {
    for (const { spec } of [...pods(overlay), ...ofKind<Workload>(overlay, 'Job')]) {
      expect(spec.template.spec.automountServiceAccountToken).toBe(false);
      expect(spec.template.spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
    for (const container of containersOf(overlay)) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources).toMatchObject({
        requests: { cpu: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
    }
  });

  it.each(OVERLAYS)('of %s: nothing goes out but what a rule names', (overlay) => {
    const policies = ofKind<Policy>(overlay, 'NetworkPolicy');
    for (const { spec } of policies) {
      expect(spec.policyTypes).toContain('Egress');
      for (const { to = [] } of spec.egress) expect(to.length).toBeGreaterThan(0);
    }
    expect(JSON.stringify(policies)).toContain('169.254.0.0/16');
  });

  it.each(OVERLAYS)(
    'of %s: one image, started by what the build makes, configured by variables that exist',
    (overlay) => {
      const images = [...new Set(containersOf(overlay).map(({ image }) => image))];
      expect(new Set(images.map((image) => image.split(':')[0])).size).toBe(1);
      expect(images).toHaveLength(overlay === 'canary' ? 2 : 1);
      for (const image of images) expect(image).toMatch(/^[\w./-]+:[\w.-]+$/);
      for (const { command = [] } of containersOf(overlay)) {
        const script = command.find((word) => word.startsWith('dist/'));
        if (script) readFileSync(join(ROOT, script));
      }
      const known = Object.keys(new Environment());
      const data = ofKind<Manifest & { data: object }>(overlay, 'ConfigMap').flatMap((map) => Object.keys(map.data));
      const secret = readFileSync(join(ROOT, 'k8s/components/plain-secret/secret.env'), 'utf8');
      const named = [
        ...data,
        ...containersOf(overlay).flatMap(({ env = [] }) => env.map(({ name }) => name)),
        ...secret.split('\n').flatMap((line) => (line.includes('=') ? [line.split('=')[0] ?? ''] : [])),
      ];
      expect(named.filter((name) => !known.includes(name))).toEqual([]);
    },
  );

  it.each(OVERLAYS)('of %s: probes ask routes that there are, and a drain has the time it may take', (overlay) => {
    const protocol = readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8');
    const [config] = ofKind<Manifest & { data: Record<string, string> }>(overlay, 'ConfigMap');
    const grace = Number(config?.data['SHUTDOWN_GRACE_SECONDS'] ?? new Environment().SHUTDOWN_GRACE_SECONDS);
    const drain = Number(config?.data['DRAIN_SECONDS'] ?? new Environment().DRAIN_SECONDS);
    for (const workload of pods(overlay)) {
      const { startupProbe, livenessProbe, readinessProbe, lifecycle, ports } = server(workload);
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        expect(protocol).toContain(`\`GET ${probe?.httpGet.path ?? 'none'}\``);
        expect(ports?.map(({ name }) => name)).toContain(probe?.httpGet.port);
      }
      // A database that cannot be reached must not restart the pods.
      expect(livenessProbe?.httpGet.path).toBe('/livez');
      const preStop = lifecycle?.preStop.sleep.seconds ?? 0;
      expect(workload.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(preStop + drain + grace);
    }
  });

  it.each(OVERLAYS)('of %s: the schema is migrated by a job of the newest version, and pods wait for it', (overlay) => {
    const [job] = ofKind<Workload>(overlay, 'Job');
    const newest = pods(overlay).at(overlay === 'canary' ? -1 : 0);
    const canary = pods(overlay).find(({ metadata }) => metadata.name.endsWith('-canary')) ?? newest;
    expect(job?.spec.template.spec.containers[0]?.command?.slice(-2)).toEqual(['dist/server/cli.js', 'migrate']);
    expect(job?.spec.template.spec.containers[0]?.image).toBe(canary && server(canary).image);
    for (const { spec } of pods(overlay)) expect(spec.template.spec.initContainers[0]?.command?.at(-1)).toBe('--wait');
    expect(JSON.stringify(ofKind(overlay, 'ConfigMap'))).toContain('"MIGRATE_ON_START":"off"');
  });

  it('send a tenth of the calls and of the streams to the canary, all of it somewhere, and the console to one version', () => {
    for (const overlay of ['production', 'canary', 'canary-rollouts'] as const) {
      const [route] = ofKind<Route>(overlay, 'HTTPRoute') as [Route];
      const [streams, calls, console, ...others] = route.spec.rules;
      expect(others).toEqual([]);
      expect(console?.matches.map(({ path }) => path.value)).toEqual(['/ui']);
      expect(console?.backendRefs.map(({ name }) => name)).toEqual(['assent']);
      for (const { backendRefs } of [streams, calls].flatMap((rule) => rule ?? [])) {
        expect(backendRefs.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
        const canary = backendRefs.find(({ name }) => name === 'assent-canary')?.weight;
        expect(canary).toBe({ production: undefined, canary: 10, 'canary-rollouts': 0 }[overlay]);
      }
      const held = streams?.matches.filter(({ headers }) => headers === undefined).map(({ path }) => path.value);
      expect(held).toEqual(['/hooks', '/mcp']);
      const streamed = streams?.matches.filter(({ headers }) =>
        JSON.stringify(headers ?? '').includes('text/event-stream'),
      );
      expect(streamed?.map(({ path }) => path.value)).toEqual([
        '/runs',
        '/approvals/events',
        '/events',
        '/rpc',
        '/ag-ui',
      ]);
      expect([streams?.timeouts.request, calls?.timeouts.request]).toEqual(['0s', '60s']);
    }
    const [rollout] = ofKind<Manifest & { spec: { strategy: { canary: { steps: unknown[] } } } }>(
      'canary-rollouts',
      'Rollout',
    );
    expect(rollout?.spec.strategy.canary.steps[0]).toEqual({ setWeight: 10 });
  });

  it('take the database of CloudNativePG from its secret, with synchronous standbys and connections for all replicas', () => {
    const overlay = 'production-cloudnative-pg';
    const [cluster] = ofKind<Database>(overlay, 'Cluster');
    const { instances, postgresql, bootstrap } = cluster?.spec ?? {};
    const { number = 0, ...synchronous } = postgresql?.synchronous ?? {};
    expect(synchronous).toEqual({ method: 'any', dataDurability: 'required', failoverQuorum: true });
    // One more than those that must confirm: the loss of one server stops no commit.
    expect(instances).toBeGreaterThan(number + 1);
    const secret = { name: `${cluster?.metadata.name ?? ''}-app`, key: 'uri' };
    for (const container of containersOf(overlay)) {
      const address = container.env?.find(({ name }) => name === 'DATABASE_URL');
      expect(address).toEqual({ name: 'DATABASE_URL', valueFrom: { secretKeyRef: secret } });
    }
    const [scaler] = ofKind<Manifest & { spec: { maxReplicas: number } }>(overlay, 'HorizontalPodAutoscaler');
    const connections = ((scaler?.spec.maxReplicas ?? 0) + 1) * (new Environment().DATABASE_POOL_SIZE + 1);
    expect(Number(postgresql?.parameters['max_connections'])).toBeGreaterThan(connections);
    expect(bootstrap?.initdb.postInitApplicationSQL.join()).toContain(`create role ${TENANT_ROLE} `);
    const policies = ofKind<Policy>(overlay, 'NetworkPolicy');
    expect(JSON.stringify(policies)).toContain(`"cnpg.io/cluster":"${cluster?.metadata.name ?? 'none'}"`);
  });

  it('analyse a rollout by series that the server has and shares that are recorded', () => {
    const [analysis] = ofKind<Analysis>('canary-rollouts', 'AnalysisTemplate') as [Analysis];
    const queries = analysis.spec.metrics.map(({ provider }) => provider.prometheus.query).join('\n');
    const recorded = readFileSync(join(ROOT, 'monitoring/recording-rules.yml'), 'utf8');
    const series = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
    const shares = queries.match(/job:[\w:]+/g) ?? [];
    expect(shares.length).toBeGreaterThan(1);
    expect(shares.filter((name) => !recorded.includes(`record: ${name}\n`))).toEqual([]);
    const asked = [...new Set(queries.replaceAll(/job:[\w:]+/g, '').match(/assent_\w+/g))];
    expect(asked.filter((name) => !series.includes(`\`${name.replace(/_bucket$/, '')}\``))).toEqual([]);
  });

  it('know of no component and no overlay that is not tried here', () => {
    expect(readdirSync(join(ROOT, 'k8s/overlays')).sort()).toEqual([...OVERLAYS].sort());
    const used = OVERLAYS.flatMap(
      (overlay) =>
        readFileSync(join(ROOT, 'k8s/overlays', overlay, 'kustomization.yaml'), 'utf8').match(/components\/[\w-]+/g) ??
        [],
    );
    expect([...new Set(used)].sort()).toEqual(
      readdirSync(join(ROOT, 'k8s/components'))
        .sort()
        .map((name) => `components/${name}`),
    );
  });
});
