import { Fault } from '@holdfast/fault';

/** Streams that this controller may answer at once. */
const placesMax = 256;
/** Time after which one that takes nothing may lose its place. */
const stallMs = 60_000;

/** The places of the streams that are answered. Who takes nothing for a minute gives its place to one that comes. */
export interface StreamPlaces {
  /**
   * The items, as fast as a client takes them.
   * @throws Fault `exhausted` where all places are taken, `unavailable` where another stream got this one's.
   */
  pace<Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item>;
}

/** A stream's place: since when an item waits for its client, in the clock's ms; infinity where none does. */
interface Place {
  offeredMs: number;
}

/** No streams yet. @param now a clock that never goes back, ms */
export function createStreamPlaces(now: () => number = () => performance.now()): StreamPlaces {
  const places = new Set<Place>();

  /** Frees the place of the one that has taken nothing for longest, if that is long. */
  function freeStalled(): void {
    const [slowest] = [...places].sort((a, b) => a.offeredMs - b.offeredMs);
    if (slowest !== undefined && now() - slowest.offeredMs > stallMs) places.delete(slowest);
  }

  function takePlace(): Place {
    if (places.size >= placesMax) freeStalled();
    if (places.size >= placesMax) {
      const message = `${placesMax} streams are answered already, as many as may; end one`;
      throw new Fault('exhausted', message, { retryAfterMs: stallMs });
    }
    const place: Place = { offeredMs: Number.POSITIVE_INFINITY };
    places.add(place);
    return place;
  }

  return {
    async *pace(items) {
      const place = takePlace();
      try {
        for await (const item of items) {
          place.offeredMs = now();
          yield item;
          if (!places.has(place)) throw describeLoss();
          place.offeredMs = Number.POSITIVE_INFINITY;
        }
      } finally {
        places.delete(place);
      }
    },
  };
}

function describeLoss(): Fault {
  const message = `this stream took nothing for ${stallMs / 1000} s, and another needed its place; go on after what came`;
  return new Fault('unavailable', message);
}
