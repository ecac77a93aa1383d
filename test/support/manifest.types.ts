import { join } from 'node:path';
import * as ts from 'typescript';
import { clusterProblems } from './cloudnative-pg';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

const ROOT = join(__dirname, '../..');
const FILE = join(ROOT, 'test/support/manifests.virtual.ts');
/** Types of what no package describes: all of it that is used. */
const OWN = `
interface PodMonitor {
  apiVersion: 'monitoring.coreos.com/v1'; kind: 'PodMonitor'; metadata: { name: string; namespace?: string };
  spec: {
    jobLabel?: string; selector: { matchLabels: { [key: string]: string } };
    podMetricsEndpoints: { port: string; path?: string; interval?: string }[];
  };
}`;

/**
 * What the types of the Kubernetes packages say against manifests: unknown keys, missing ones, wrong values. Their
 * validators let unknown keys pass; the compiler does not, in an object that is written out.
 * @returns a line for each problem
 */
export function problemsOf(manifests: readonly Manifest[]): string[] {
  const isCluster = ({ kind }: Manifest): boolean => kind === 'Cluster';
  const others = manifests.filter((manifest) => !isCluster(manifest));
  return [...typeProblems(others), ...manifests.filter(isCluster).flatMap(clusterProblems)];
}

function typeProblems(manifests: readonly Manifest[]): string[] {
  const source = [
    ...new Set(manifests.map(importOf)),
    OWN,
    ...manifests.map((manifest, index) => `const m${index}: ${typeOf(manifest)} = ${JSON.stringify(typed(manifest))};`),
    `export { ${manifests.map((_, index) => `m${index}`).join(', ')} };`,
  ].join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    target: ts.ScriptTarget.ES2022,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => file === FILE || fileExists(file);
  host.readFile = (file) => (file === FILE ? source : readFile(file));
  host.getSourceFile = (file, language) =>
    file === FILE ? ts.createSourceFile(file, source, language) : getSourceFile(file, language);
  const program = ts.createProgram([FILE], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ').replaceAll(/\s+/g, ' '));
}

/** Where the packages are older than what clusters serve today: a version whose parts used here are the same, and one key. */
function typed(manifest: Manifest): Manifest {
  const { apiVersion, kind, spec } = manifest as Manifest & { spec?: { workloadRef?: Record<string, unknown> } };
  if (apiVersion === 'external-secrets.io/v1') return { ...manifest, apiVersion: 'external-secrets.io/v1beta1' };
  if (kind !== 'Rollout' || !spec?.workloadRef) return manifest;
  const { scaleDown, ...workloadRef } = spec.workloadRef;
  const known = ['never', 'onsuccess', 'progressively'].includes(String(scaleDown));
  return { ...manifest, spec: { ...spec, workloadRef: known ? workloadRef : spec.workloadRef } } as Manifest;
}

function typeOf({ kind }: Manifest): string {
  return kind === 'PodMonitor' ? kind : `I${kind}`;
}

function importOf(manifest: Manifest): string {
  const { apiVersion, kind } = typed(manifest);
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  switch (group) {
    case 'monitoring.coreos.com':
      return '';
    case 'gateway.networking.k8s.io':
      return `import type { I${kind} } from '@kubernetes-models/gateway-api/${apiVersion}/${kind}';`;
    case 'argoproj.io':
      return `import type { I${kind} } from '@kubernetes-models/argo-rollouts/${apiVersion}/${kind}';`;
    case 'external-secrets.io':
      return `import type { I${kind} } from '@kubernetes-models/external-secrets/${apiVersion}/${kind}';`;
    default:
      return `import type { I${kind} } from 'kubernetes-models/${apiVersion}/${kind}';`;
  }
}
