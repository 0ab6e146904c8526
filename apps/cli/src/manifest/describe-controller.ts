import { posix } from 'node:path';
import {
  callerFlags,
  clientFiles,
  dataPath,
  describeContainer,
  describePod,
  describeServer,
  ignoreDisruption,
  planFile,
  serverFlags,
} from './describe-pod.js';
import { identifyPlan, type JobSettings, listEngines, nameHosts } from './job-settings.js';

const port = 50050;

/** The name of the controller's replicated job, whose end is the run's. */
export const controllerName = 'controller';

/**
 * The job of the controller, which constraint service and evaluator share a process with: they are small. It serves beside
 * a container that submits the plan and ends with the run. Submitted again under the same name, by the next pod, the plan finds its run.
 */
export function describeController(settings: JobSettings): object {
  const { name, folder } = settings;
  const engines = listEngines(settings).flatMap((job) =>
    job.services.map((service) => {
      const addresses = nameHosts(name, job).map((host) => `${host}:50051`);
      return `--${service}-address=${addresses.join(',')}`;
    }),
  );
  const serve = {
    name: 'serve',
    // Kubernetes' sidecar: it starts before the container that submits, is started again, and ends after it.
    restartPolicy: 'Always',
    args: [
      ...['serve', 'controller', 'constraint', 'evaluator'],
      ...serverFlags(port),
      ...callerFlags,
      ...engines,
      // Of this job alone: a controller takes up what it finds.
      `--runs-path=${posix.join(dataPath, 'runs', name)}`,
      '--resume=interrupted',
    ],
    resources: { requests: { cpu: '200m', memory: '512Mi' } },
    ...describeServer(port),
  };
  const submit = {
    name: 'submit',
    args: [
      ...['submit', planFile, '--wait', '--any-verdict'],
      `--base=${posix.join(dataPath, folder)}`,
      `--request-id=${name}-${identifyPlan(settings)}`,
      `--controller=localhost:${port}`,
      `--authority-path=${clientFiles.authority}`,
      `--token-path=${clientFiles.token}`,
    ],
    resources: { requests: { cpu: '50m', memory: '128Mi' } },
  };
  return {
    name: controllerName,
    template: {
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        podFailurePolicy: {
          rules: [
            ignoreDisruption,
            // The run itself failed, and says why: the next pod would find it as it is.
            {
              action: 'FailJob',
              onExitCodes: { containerName: submit.name, operator: 'In', values: [1] },
            },
          ],
        },
        template: {
          spec: describePod(settings, {
            initContainers: [describeContainer(settings, serve)],
            containers: [describeContainer(settings, submit)],
          }),
        },
      },
    },
  };
}
