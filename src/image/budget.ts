const CELLS = { entries: 0, text: 1, bodies: 2 } as const;

/** What the layers of an image have taken together of what an image may have. Threads count in the same memory. */
export class Budget {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory = new SharedArrayBuffer(4 * Object.keys(CELLS).length)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** Adds and returns what all have taken now. */
  add(what: keyof typeof CELLS, amount: number): number {
    return Atomics.add(this.#cells, CELLS[what], amount) + amount;
  }
}
