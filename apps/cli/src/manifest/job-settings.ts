import { sha256 } from '@holdfast/artifacts';

/** What a run as a job of a cluster is made of. */
export interface JobSettings {
  /** Of all objects, and of the pods' names in DNS. */
  readonly name: string;
  readonly namespace: string | undefined;
  /** LocalQueue of Kueue: the job is suspended until it is admitted. Undefined: it starts at once. */
  readonly queue: string | undefined;
  readonly image: string;
  readonly plan: {
    /** As a person named it. */
    readonly name: string;
    readonly text: string;
  };
  /** Claim with models, images and the runs. */
  readonly claim: string;
  /** Folder of the claim that the plan's paths start from. */
  readonly folder: string;
  /** Encoders apart from the optimizer; 0: a trainer, which is both. */
  readonly encoders: number;
  /** Of each pod with towers. Also its threads: a run that goes on at another node has the same bits. */
  readonly cpus: number;
  /** Of each pod with an engine, as Kubernetes writes it: `4Gi`. */
  readonly memory: string;
  /** Of each pod with towers. */
  readonly gpus: number;
  /** Secret with `tls.crt`, `tls.key`, `ca.crt` and `token`. */
  readonly secret: string;
}

/** What tells one plan from another in names. */
export function identifyPlan({ plan }: Pick<JobSettings, 'plan'>): string {
  return sha256(plan.text).slice(0, 8);
}

/** The ConfigMap with the plan: of another plan, another one, whatever was left of an earlier set. */
export function namePlan(settings: Pick<JobSettings, 'name' | 'plan'>): string {
  return `${settings.name}-${identifyPlan(settings)}`;
}

/** The replicated jobs beside the controller's, and how many pods each has. */
export function listEngines({ encoders }: Pick<JobSettings, 'encoders'>): readonly EngineJob[] {
  if (encoders === 0) {
    return [{ name: 'trainer', services: ['encoder', 'optimizer'], pods: 1, hasPeers: false }];
  }
  return [
    { name: 'optimizer', services: ['optimizer'], pods: 1, hasPeers: true },
    { name: 'encoder', services: ['encoder'], pods: encoders, hasPeers: true },
  ];
}

/** Pods of one kind that each have an engine. */
export interface EngineJob {
  readonly name: 'trainer' | 'optimizer' | 'encoder';
  readonly services: readonly ('encoder' | 'optimizer')[];
  readonly pods: number;
  /** Takes arrays from other pods. */
  readonly hasPeers: boolean;
}

/** Where JobSet has the pods of a replicated job answer: `NAME-encoder-0-1.NAME`. */
export function nameHosts(name: string, job: { readonly name: string; readonly pods: number }) {
  return Array.from({ length: job.pods }, (_, pod) => `${name}-${job.name}-0-${pod}.${name}`);
}
