import { Fault } from '@holdfast/fault';

/** Streams that may watch at once. */
const watchersMax = 256;
/** Time after which a watcher that takes no event has lost its place. */
const stallMs = 60_000;

/** Those who watch runs. Each holds a place; one that takes no event for a minute, while there is one, loses it. */
export interface Watchers {
  /**
   * The events, as fast as a watcher takes them.
   * @throws Fault `exhausted` where all places are taken, `unavailable` once the watcher has lost its own.
   */
  pace<Event>(events: AsyncIterable<Event> | Iterable<Event>): AsyncGenerator<Event>;
}

/** A watcher's place: since when an event waits for it, in the clock's milliseconds; undefined where none does. */
interface Place {
  offeredMs: number | undefined;
}

/** Nobody watches yet. @param now a clock that never goes back, ms */
export function createWatchers(now: () => number = () => performance.now()): Watchers {
  const places = new Set<Place>();
  const hasStalled = ({ offeredMs }: Place) =>
    offeredMs !== undefined && now() - offeredMs > stallMs;

  function takePlace(): Place {
    if (places.size >= watchersMax) {
      for (const place of places) if (hasStalled(place)) places.delete(place);
    }
    if (places.size >= watchersMax) {
      const message = `${watchersMax} streams watch runs already; end one, or list the runs instead`;
      throw new Fault('exhausted', message, { retryAfterMs: stallMs });
    }
    const place: Place = { offeredMs: undefined };
    places.add(place);
    return place;
  }

  return {
    async *pace(events) {
      const place = takePlace();
      try {
        for await (const event of events) {
          place.offeredMs = now();
          yield event;
          if (hasStalled(place)) throw describeStall();
          place.offeredMs = undefined;
        }
      } finally {
        places.delete(place);
      }
    },
  };
}

function describeStall(): Fault {
  const message = `the watcher took no event for ${stallMs / 1000} s; watch again after the last one that came`;
  return new Fault('unavailable', message);
}
