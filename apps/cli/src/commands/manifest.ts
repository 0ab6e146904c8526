import { basename, extname, posix } from 'node:path';
import { Fault } from '@holdfast/fault';
import { type Command, InvalidArgumentError } from 'commander';
import { createAccess } from '../manifest/create-access.js';
import { createManifest } from '../manifest/create-manifest.js';
import { controllerName } from '../manifest/describe-controller.js';
import { type JobSettings, listEngines, nameHosts } from '../manifest/job-settings.js';
import { nameCommand } from '../name-command.js';
import { parseCount, parseCountOrNone } from '../parse-option.js';
import { readPlanFile } from '../read-plan-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { version } from '../version.js';

interface ManifestOptions extends Omit<JobSettings, 'name' | 'plan' | 'secret'> {
  readonly name?: string;
  readonly secret?: string;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} manifest plan.yaml --claim data --folder signs | kubectl create -f -
  ${holdfast} manifest plan.yaml --queue team --encoders 4 --gpus 1 --image registry.example/holdfast:${version}-cuda
  ${holdfast} manifest plan.yaml --secret holdfast-access > run.yaml

Writes a JobSet (jobset.sigs.k8s.io) with the plan, and the Secret by which its pods know one another, private key included;
with --secret it is one of yours (tls.crt, tls.key, ca.crt, token), and stderr has the names that its certificate needs.
The job is complete when there is a verdict, released or not. It goes on in its folder, runs/<name> of the claim, when its
pods were preempted, and when it is created again with the same name and plan.`;

/** Adds `holdfast manifest`. */
export function addManifest(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('manifest')
    .summary('write a run as a job of Kubernetes')
    .description('Writes a run of a plan as a JobSet of Kubernetes, for Kueue if it is to queue.')
    .argument('<plan>', 'plan to follow')
    .option('--name <name>', "name of the job (default: the plan file's)", parseName)
    .option('--namespace <namespace>', 'namespace of its objects (default: where they are created)')
    .option('--image <image>', 'image of deploy/images', `holdfast:${version}`)
    .option('--claim <name>', 'claim with model, images and runs', 'holdfast-data')
    .option(
      '--folder <path>',
      "folder of the claim that the plan's paths start from",
      parseFolder,
      '.',
    )
    .option('--queue <name>', 'LocalQueue of Kueue that admits it; until then it is suspended')
    .option(
      '--encoders <n>',
      'encoders apart from the optimizer; 0: one trainer',
      parseCountOrNone,
      0,
    )
    .option('--cpus <n>', 'processors and threads of each trainer or encoder', parseCount, 2)
    .option('--memory <quantity>', 'memory of each engine', '4Gi')
    .option(
      '--gpus <n>',
      'GPUs of each trainer or encoder; more than 0 runs CUDA',
      parseCountOrNone,
      0,
    )
    .option('--secret <name>', 'a Secret of yours in place of a new one')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (plan: string, options: ManifestOptions) => {
      await writeManifest(plan, options, terminal);
      onExit(exitCodes.ok);
    });
}

async function writeManifest(
  file: string,
  options: ManifestOptions,
  terminal: Terminal,
): Promise<void> {
  const { text } = await readPlanFile(file, terminal);
  const name = options.name ?? nameJob(file);
  const settings: JobSettings = {
    ...options,
    name,
    namespace: options.namespace,
    queue: options.queue,
    plan: { name: file, text },
    secret: options.secret ?? `${name}-access`,
  };
  const jobs = [{ name: controllerName, pods: 1 }, ...listEngines(settings)];
  const hosts = ['localhost', ...jobs.flatMap((job) => nameHosts(name, job))];
  if (options.secret !== undefined) {
    terminal.progress.write(`The certificate of ${options.secret} is for: ${hosts.join(', ')}\n`);
  }
  const access = options.secret === undefined ? createAccess(hosts) : undefined;
  terminal.output.write(createManifest(settings, access));
}

/** What JobSet leaves of 63 characters for the name of a set whose pods are called `-optimizer-0-1000-abcde`. */
const nameLengthMax = 40;

function isName(text: string): boolean {
  return /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(text) && text.length <= nameLengthMax;
}

function parseName(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError(
    `Write at most ${nameLengthMax} of a-z, 0-9 and -, the first a letter.`,
  );
}

/** `Speed limit.yaml` is `speed-limit`. */
function nameJob(file: string): string {
  const stem = basename(file, extname(file)).toLowerCase();
  const name = stem.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  if (isName(name)) return name;
  throw new Fault('invalid', `${file} does not make the name of a job; give one with --name`);
}

function parseFolder(text: string): string {
  const folder = posix.normalize(text);
  if (!posix.isAbsolute(folder) && folder.split('/')[0] !== '..') return folder;
  throw new InvalidArgumentError('Write a path in the claim, as signs/2026.');
}
