import picocolors from 'picocolors';

/** Colours of a stream; identity functions where it shows none. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** A stream to a person or a program. */
export interface Output {
  write(text: string): void;
  /** Whether a person sees it on a terminal. */
  readonly isTerminal: boolean;
  /** Characters in a line, as of now. */
  readonly columns: () => number;
  /** Lines on the screen, as of now. */
  readonly rows: () => number;
  readonly colors: Colors;
}

/** The environment variables that commands read. */
export interface Environment {
  /** Who types, as the system says it. */
  readonly USER?: string | undefined;
  readonly NO_COLOR?: string | undefined;
  readonly FORCE_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
  /** What npm was asked to do, where npm started this process. */
  readonly npm_command?: string | undefined;
  /** Not empty: errors come with their stack. */
  readonly HOLDFAST_DEBUG?: string | undefined;
  /** `host:port` of the controller, and how to speak to it: twins of the options of the commands that call it. */
  readonly HOLDFAST_CONTROLLER?: string | undefined;
  readonly HOLDFAST_CALLER?: string | undefined;
  readonly HOLDFAST_TOKEN_PATH?: string | undefined;
  readonly HOLDFAST_AUTHORITY_PATH?: string | undefined;
  readonly HOLDFAST_CERTIFICATE_PATH?: string | undefined;
  readonly HOLDFAST_PRIVATE_KEY_PATH?: string | undefined;
  readonly HOLDFAST_INSECURE_BEHIND_MESH?: string | undefined;
  /** Where runs are published: twins of the options of `publish`. */
  readonly HOLDFAST_MLFLOW?: string | undefined;
  readonly HOLDFAST_MLFLOW_EXPERIMENT?: string | undefined;
  readonly HOLDFAST_MLFLOW_MODEL?: string | undefined;
  readonly HOLDFAST_MLFLOW_TOKEN_PATH?: string | undefined;
  readonly HOLDFAST_TENSORBOARD?: string | undefined;
  readonly HOLDFAST_MODEL_CARD?: string | undefined;
  readonly HOLDFAST_WEBHOOK?: string | undefined;
  readonly HOLDFAST_WEBHOOK_SECRET_PATH?: string | undefined;
}

/** What a command speaks to, so that tests can stand in for it. */
export interface Terminal {
  /** Results. */
  readonly output: Output;
  /** Progress and errors. */
  readonly progress: Output;
  readonly environment: Environment;
  /** Folder that relative paths of arguments start from. */
  readonly cwd: string;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Calls `listener` on every interrupt (Ctrl-C, SIGTERM) until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** The terminal of this process. */
export function createTerminal(): Terminal {
  const environment: Environment = process.env;
  return {
    output: createOutput(process.stdout, environment, endUnread),
    // Nobody has to follow: the work goes on.
    progress: createOutput(process.stderr, environment, () => {}),
    environment,
    cwd: process.cwd(),
    now: () => performance.now(),
    onInterrupt(listener) {
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    exit: (code) => process.exit(code),
  };
}

/** As a shell says that a program ended by SIGPIPE. */
const unread = 141;

/**
 * Ends the process whose result nobody takes: `holdfast compare ... | head`. A command that has ended keeps its exit code; one
 * that has not must not look as if it had succeeded.
 */
function endUnread(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? unread);
  process.stderr.write(`error: the result cannot be written: ${error.message}\n`);
  process.exit(1);
}

/** @param onBroken called once, when nothing can be written any more */
function createOutput(
  stream: NodeJS.WriteStream,
  environment: Environment,
  onBroken: (error: NodeJS.ErrnoException) => void,
): Output {
  let isBroken = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (isBroken) return;
    isBroken = true;
    onBroken(error);
  });
  const isTerminal = stream.isTTY === true && environment.TERM !== 'dumb';
  return {
    write: (text) => void (isBroken || stream.write(text)),
    isTerminal,
    // A terminal of unknown size says 0.
    columns: () => stream.columns || 100,
    rows: () => stream.rows || 24,
    colors: picocolors.createColors(isColorWanted(isTerminal, environment)),
  };
}

/** https://no-color.org: any value but the empty one turns colour off. */
function isColorWanted(isTerminal: boolean, environment: Environment): boolean {
  if (environment.NO_COLOR) return false;
  return isTerminal || Boolean(environment.FORCE_COLOR);
}
