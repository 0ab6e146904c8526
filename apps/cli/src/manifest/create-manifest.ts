import { stringify } from 'yaml';
import type { Access } from './create-access.js';
import { controllerName, describeController } from './describe-controller.js';
import { describeEngine } from './describe-engine.js';
import { type JobSettings, listEngines, namePlan } from './job-settings.js';

/**
 * A run as objects of Kubernetes: the plan as a ConfigMap, a JobSet, and with `access` the Secret that its pods know one
 * another by, as YAML documents.
 */
export function createManifest(settings: JobSettings, access?: Access): string {
  const { name, namespace, queue, plan, secret } = settings;
  const labels = {
    'app.kubernetes.io/name': 'holdfast',
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/managed-by': 'holdfast',
  };
  const describeMetadata = (name: string) => ({ name, ...(namespace && { namespace }), labels });
  const documents = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: describeMetadata(namePlan(settings)),
      data: { 'plan.yaml': plan.text },
    },
    access && {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: describeMetadata(secret),
      stringData: {
        'tls.crt': access.certificate,
        'tls.key': access.privateKey,
        // It signed itself.
        'ca.crt': access.certificate,
        token: access.token,
      },
    },
    {
      apiVersion: 'jobset.x-k8s.io/v1alpha2',
      kind: 'JobSet',
      metadata: {
        ...describeMetadata(name),
        labels: { ...labels, ...(queue && { 'kueue.x-k8s.io/queue-name': queue }) },
      },
      spec: {
        suspend: queue !== undefined,
        network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
        successPolicy: { operator: 'All', targetReplicatedJobs: [controllerName] },
        replicatedJobs: [
          describeController(settings),
          ...listEngines(settings).map((job) => describeEngine(settings, job)),
        ],
      },
    },
  ];
  return (
    documents
      .filter((document) => document !== undefined)
      // No aliases: people change one place and mean that one.
      .map((document) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 }))
      .join('---\n')
  );
}
