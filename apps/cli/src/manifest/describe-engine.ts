import {
  callerFlags,
  describeContainer,
  describePod,
  describeServer,
  ignoreDisruption,
  serverFlags,
} from './describe-pod.js';
import { type EngineJob, type JobSettings, listEngines, nameHosts } from './job-settings.js';

const port = 50051;

/** The job of pods that each have an engine. They end when the controller's job has. */
export function describeEngine(settings: JobSettings, job: EngineJob): object {
  const { name, cpus, memory } = settings;
  const hosts = listEngines(settings).flatMap((each) => nameHosts(name, each));
  const hasTowers = job.services.includes('encoder');
  const gpus = hasTowers ? settings.gpus : 0;
  const peerFlags = [
    // Kubernetes fills the index in.
    `--advertise-address=${name}-${job.name}-0-$(JOB_COMPLETION_INDEX).${name}:${port}`,
    `--peer-hosts=${hosts.join(',')}`,
    ...callerFlags,
  ];
  const container = {
    name: job.name,
    args: [
      ...['serve', ...job.services],
      ...serverFlags(port),
      ...(hasTowers ? encoderFlags(settings) : []),
      ...(job.hasPeers ? peerFlags : []),
      // A pod that is drained has not done its work: with 0 its job would be complete.
      '--drained-exit-code=143',
    ],
    resources: {
      requests: { cpu: hasTowers ? String(cpus) : '500m', memory },
      limits: { memory, ...(gpus > 0 && { 'nvidia.com/gpu': String(gpus) }) },
    },
    ...describeServer(port),
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'metrics' },
      periodSeconds: 3,
      timeoutSeconds: 3,
    },
    // When all pods are told to end at once, the controller still saves.
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
  };
  return {
    name: job.name,
    template: {
      spec: {
        completions: job.pods,
        parallelism: job.pods,
        backoffLimit: 6,
        podFailurePolicy: { rules: [ignoreDisruption] },
        template: {
          spec: describePod(settings, { containers: [describeContainer(settings, container)] }),
        },
      },
    },
  };
}

function encoderFlags({ cpus, gpus }: JobSettings): readonly string[] {
  return [`--threads=${cpus}`, ...(gpus === 0 ? [] : ['--execution-provider=cuda'])];
}
