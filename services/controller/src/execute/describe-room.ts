import type { Fault } from '@holdfast/fault';
import type { ExecuteRunOptions } from '../run/execute-run-options.js';
import type { RoomOptions } from './with-room.js';

/** Where a run needs room, and who is told that there is none. */
export function describeRoom({
  folder,
  publish,
  signal,
}: Pick<ExecuteRunOptions, 'folder' | 'publish' | 'signal'>): RoomOptions {
  const onFull = ({ message }: Fault) =>
    publish({
      $case: 'noted',
      value: { message: `The run waits until there is room: ${message}` },
    });
  return { path: folder.path, onFull, signal };
}
