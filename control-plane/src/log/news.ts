import type { CommitStore, Place } from './store.ts';

/** Questions that one call to the store may hold. */
const MAX_PLACES = 500;
/** Calls under way at once; what is asked meanwhile shares the next. */
const MAX_CALLS = 4;

interface Question {
  readonly place: Place;
  readonly answer: (taken: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** Asks the store whether places are taken. Many questions travel as one. */
export class News {
  readonly #store: CommitStore;
  #questions: Question[] = [];
  #calls = 0;
  #scheduled = false;

  constructor(store: CommitStore) {
    this.#store = store;
  }

  /** Whether a commit stands there, at a moment after this call. @throws STORE_UNAVAILABLE */
  taken(place: Place): Promise<boolean> {
    return new Promise((answer, fail) => {
      this.#questions.push({ place, answer, fail });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#calls >= MAX_CALLS || this.#questions.length === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      void this.#ask(this.#questions.splice(0, MAX_PLACES));
      this.#schedule();
    });
  }

  async #ask(questions: readonly Question[]): Promise<void> {
    this.#calls++;
    try {
      // Many who wait on one stream ask about one place.
      const places = new Map(questions.map(({ place }) => [keyOf(place), place]));
      const taken = await this.#store.taken([...places.values()]);
      const found = new Set(taken.map(keyOf));
      for (const { place, answer } of questions) answer(found.has(keyOf(place)));
    } catch (error) {
      for (const { fail } of questions) fail(error);
    } finally {
      this.#calls--;
      this.#schedule();
    }
  }
}

function keyOf({ stream, n }: Place): string {
  return `${n}/${stream}`;
}
