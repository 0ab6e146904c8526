import { describeError } from '@holdfast/fault';
import { nameCommand } from '../name-command.js';
import { quoteArgument } from '../quote-argument.js';
import { shortenPath } from '../shorten-path.js';
import type { Terminal } from '../terminal/terminal.js';
import { chooseListeners, type PublishOptions } from './publish-options.js';

/** Time after a run's end for what was not published yet. */
const endMs = 20_000;
/** The same where the command fails. */
const failureMs = 15_000;

/**
 * Publishes a run while other work follows it to its end. It can neither fail nor hold up that work: what fails is told
 * at the end, with the command that publishes it afterwards.
 *
 * @param work calls `onRun` with the run's folder, when it is known
 */
export async function publishBeside<T>(
  options: PublishOptions,
  terminal: Terminal,
  work: (onRun: (runPath: string) => void) => Promise<T>,
): Promise<T> {
  const createListeners = await chooseListeners(options, terminal);
  if (createListeners === undefined) return work(() => {});
  const { publishRun } = await import('@holdfast/publish');
  const abort = new AbortController();
  let publications: Promise<void>[] = [];
  const onRun = (runPath: string) => {
    publications = createListeners().map((listener) =>
      publishRun(runPath, listener, { follow: true, signal: abort.signal, endMs }).then(
        () => {},
        (error) => {
          if (abort.signal.aborted) return;
          const path = quoteArgument(shortenPath(runPath, terminal.cwd));
          terminal.progress.write(
            `${listener.name} did not get everything: ${describeError(error)}\nPublish it again with the same options: ${nameCommand(terminal.environment)} publish ${path}\n`,
          );
        },
      ),
    );
  };
  try {
    return await work(onRun);
  } catch (error) {
    // A run that failed says so in its journal; where it does not, nothing is waited for.
    setTimeout(() => abort.abort(), failureMs).unref();
    throw error;
  } finally {
    await Promise.all(publications);
  }
}
