import { type JobSettings, namePlan } from './job-settings.js';

/** Where pods see the claim. */
export const dataPath = '/data';
const planPath = '/etc/holdfast/plan';
const accessPath = '/etc/holdfast/access';

/** The plan, as the controller's pod sees it. */
export const planFile = `${planPath}/plan.yaml`;

/** What a client of the run's services trusts and shows. */
export const clientFiles = {
  authority: `${accessPath}/ca.crt`,
  token: `${accessPath}/token`,
} as const;

/** Seconds that calls under way, and the step of a run, may take after SIGTERM. */
const drainSeconds = 30;

/** Flags of every server: reached from other pods, by TLS and the token alone. */
export function serverFlags(port: number): readonly string[] {
  return [
    '--listen-host=0.0.0.0',
    `--listen-port=${port}`,
    '--metrics-port=9090',
    `--tls-certificate-path=${accessPath}/tls.crt`,
    `--tls-private-key-path=${accessPath}/tls.key`,
    `--token-path=${clientFiles.token}`,
    `--roots=${dataPath}`,
    `--drain-timeout-seconds=${drainSeconds}`,
  ];
}

/** Flags of a server that calls others. */
export const callerFlags: readonly string[] = [
  `--services-authority-path=${clientFiles.authority}`,
  `--services-token-path=${clientFiles.token}`,
];

/** What a container says of itself. */
export interface ContainerParts {
  readonly name: string;
  readonly args: readonly string[];
  readonly resources: object;
  readonly [property: string]: unknown;
}

/** A container of the image that may write to the claim and `/tmp` alone. */
export function describeContainer({ image }: JobSettings, parts: ContainerParts): object {
  return {
    image,
    ...parts,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'data', mountPath: dataPath },
      { name: 'access', mountPath: accessPath, readOnly: true },
      { name: 'plan', mountPath: planPath, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

/** Ports and probes of a container that serves. */
export function describeServer(port: number): object {
  const probe = (path: string) => ({ httpGet: { path, port: 'metrics' } });
  return {
    ports: [
      { name: 'grpc', containerPort: port },
      { name: 'metrics', containerPort: 9090 },
    ],
    startupProbe: { ...probe('/healthz'), periodSeconds: 1, failureThreshold: 120 },
    livenessProbe: {
      ...probe('/livez'),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
  };
}

/** A pod's specification, as user 10001 without an account of the cluster. */
export function describePod(settings: JobSettings, parts: object): object {
  const { claim, secret } = settings;
  return {
    // A rule of failures wants it: the job makes another pod.
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: drainSeconds + 15,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...parts,
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: claim } },
      { name: 'access', secret: { secretName: secret, defaultMode: 0o440 } },
      { name: 'plan', configMap: { name: namePlan(settings) } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

/** Pods that are evicted or preempted have not failed: they are made again, and not counted. */
export const ignoreDisruption = {
  action: 'Ignore',
  onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
} as const;
