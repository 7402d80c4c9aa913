const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** Bytes that a decoder must keep; zstd itself refuses more unless it is told otherwise (ZSTD_WINDOWLOG_LIMIT_DEFAULT, 2^27). */
const MAX_WINDOW = 128 * 1024 * 1024;

type State = 'magic' | 'descriptor' | 'header' | 'block' | 'skip';

/**
 * Walks over compressed data as it is decoded (RFC 8878, 3.1.1): frames that ask for too much memory, and data that ends inside
 * of one, are errors here, for not every decoder says so.
 */
export class ZstdFrames {
  #state: State = 'magic';
  #held = Buffer.alloc(0);
  /** Bytes to pass over before the next thing that is read. */
  #skip = 0;
  #descriptor = 0;

  /** Throws where a frame is none, or its window is too large. */
  write(chunk: Buffer): void {
    let data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const passed = Math.min(this.#skip, data.length);
      this.#skip -= passed;
      data = data.subarray(passed);
      const needed = this.#needed();
      if (this.#skip > 0 || data.length < needed) break;
      const part = data.subarray(0, needed);
      data = data.subarray(needed);
      this.#read(part);
    }
    this.#held = Buffer.from(data);
  }

  /** Throws where the data is cut off. */
  end(): void {
    if (this.#state !== 'magic' || this.#held.length > 0 || this.#skip > 0) throw new Error('unexpected end of file');
  }

  #needed(): number {
    switch (this.#state) {
      case 'magic':
      case 'skip':
        return 4;
      case 'descriptor':
        return 1;
      case 'header':
        return this.#headerLength();
      case 'block':
        return 3;
    }
  }

  /** Window descriptor, dictionary ID and content size, each where the descriptor says so. */
  #headerLength(): number {
    const isSingle = (this.#descriptor & 0x20) !== 0;
    const dictionary = [0, 1, 2, 4][this.#descriptor & 3] ?? 0;
    const size = [isSingle ? 1 : 0, 2, 4, 8][this.#descriptor >> 6] ?? 0;
    return (isSingle ? 0 : 1) + dictionary + size;
  }

  #read(part: Buffer): void {
    switch (this.#state) {
      case 'magic': {
        const magic = part.readUInt32LE(0);
        if (magic === FRAME) this.#state = 'descriptor';
        else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) this.#state = 'skip';
        else throw new Error('data behind the end');
        return;
      }
      case 'skip':
        this.#skip = part.readUInt32LE(0);
        this.#state = 'magic';
        return;
      case 'descriptor':
        this.#descriptor = part[0] ?? 0;
        this.#state = 'header';
        return;
      case 'header':
        if (this.#windowOf(part) > MAX_WINDOW) throw new Error(`a window of more than ${MAX_WINDOW} bytes`);
        this.#state = 'block';
        return;
      case 'block': {
        const header = part.readUIntLE(0, 3);
        const size = header >> 3;
        // A block of one repeated byte holds that byte alone.
        this.#skip = ((header >> 1) & 3) === 1 ? 1 : size;
        if ((header & 1) === 1) {
          if ((this.#descriptor & 0x04) !== 0) this.#skip += 4;
          this.#state = 'magic';
        }
      }
    }
  }

  #windowOf(header: Buffer): number {
    if ((this.#descriptor & 0x20) === 0) {
      const descriptor = header[0] ?? 0;
      const base = 2 ** (10 + (descriptor >> 3));
      return base + (base / 8) * (descriptor & 7);
    }
    // A frame of a single segment keeps all of its content.
    const at = [0, 1, 2, 4][this.#descriptor & 3] ?? 0;
    const flag = this.#descriptor >> 6;
    if (flag === 0) return header[at] ?? 0;
    if (flag === 1) return header.readUInt16LE(at) + 256;
    return flag === 2 ? header.readUInt32LE(at) : Number(header.readBigUInt64LE(at));
  }
}
