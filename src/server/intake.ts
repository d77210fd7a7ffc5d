// How much is let in at one time: a bounded number of reviews, and a bounded sum of their bodies.
import type { ServerLimits } from './server-limits.ts';

/** The place of one review; has to be left exactly once. */
export interface Place {
  /** Books so many more bytes of body; false when there is no room for them, and then nothing is booked. */
  book(bytes: number): boolean;
  leave(): void;
}

export interface Intake {
  /** Undefined when as many reviews are in as may be. */
  enter(): Place | undefined;
  readonly reviews: number;
  readonly bytes: number;
}

export function createIntake(limits: Pick<ServerLimits, 'maxReviews' | 'maxBodiesBytes'>): Intake {
  let reviews = 0;
  let bytes = 0;
  return {
    enter() {
      if (reviews >= limits.maxReviews) return undefined;
      reviews += 1;
      let booked = 0;
      return {
        book(more) {
          if (bytes + more > limits.maxBodiesBytes) return false;
          bytes += more;
          booked += more;
          return true;
        },
        leave() {
          reviews -= 1;
          bytes -= booked;
        },
      };
    },
    get reviews() {
      return reviews;
    },
    get bytes() {
      return bytes;
    },
  };
}
