import { type ScannedLayer, type ScanOptions, scanLayer } from '../layer.ts';
import { type Extent, type LayerJob, type Progress, readExtent } from './files.ts';

/** A layer that lies in an open file; any thread reads it through the same descriptor. */
export interface FileJob extends LayerJob {
  readonly extent: Extent;
}

const NEXT = 0;
const READ = 1;

/** The jobs that several threads take from, one after another; what they share is the number of the next and the bytes read. */
export class JobQueue {
  readonly memory: SharedArrayBuffer;
  readonly #jobs: readonly FileJob[];
  readonly #counters: Int32Array;

  constructor(jobs: readonly FileJob[], memory = new SharedArrayBuffer(8)) {
    this.#jobs = jobs;
    this.memory = memory;
    this.#counters = new Int32Array(memory);
  }

  /** Takes jobs until there are none, and reads each in this thread; a failure lets no thread begin another. */
  async run(
    options: ScanOptions,
    done: (job: FileJob, layer: ScannedLayer) => void,
    progress: Progress = () => {},
  ): Promise<void> {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      try {
        done(next, await this.scan(next, options, progress));
      } catch (error) {
        Atomics.store(this.#counters, NEXT, this.#jobs.length);
        throw error;
      }
    }
  }

  /** Reads one layer in this thread. */
  scan({ extent, label, spec }: FileJob, options: ScanOptions, progress: Progress): Promise<ScannedLayer> {
    const read = (bytes: number): void => {
      Atomics.add(this.#counters, READ, Math.round(bytes / 1024));
      progress(bytes);
    };
    return scanLayer(readExtent(extent, read), label, { ...options, mode: 'sync' }, spec);
  }

  /** Bytes that all threads have read, about: each piece counts in KiB. */
  get read(): number {
    return Atomics.load(this.#counters, READ) * 1024;
  }

  #take(): FileJob | undefined {
    return this.#jobs[Atomics.add(this.#counters, NEXT, 1)];
  }
}
