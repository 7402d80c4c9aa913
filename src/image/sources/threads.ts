import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Budget } from '../budget.ts';
import { type EntryData, LayerEntries } from '../entries.ts';
import { ImageError, messageOf, type ScannedLayer, type ScanOptions } from '../layer.ts';
import type { ReadOptions } from './files.ts';
import { type FileJob, JobQueue } from './job-queue.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly jobs: readonly FileJob[];
  readonly options: Omit<ScanOptions, 'budget'>;
  /** Of the queue and of the budget, which all threads share. */
  readonly queue: SharedArrayBuffer;
  readonly budget: SharedArrayBuffer;
}

/** What a thread tells: of the job with that number, or that it gave up. */
export type ThreadResult =
  | { readonly job: number; readonly layer: Omit<ScannedLayer, 'entries'> & { readonly entries: EntryData } }
  | { readonly failure: string };

/** Starting a thread costs some tens of milliseconds: fewer bytes than these are read sooner by one. */
const LEAST = 24 * 1024 * 1024;
const MAX_THREADS = 4;

/** The bundle has the thread's code beside it; from source there is none, and this thread does all. */
declare const PLIMSOLL_LAYER_THREAD: string | undefined;

/**
 * Reads layers that lie in open files: this thread and others take one after another, the largest first. Throws the ImageError
 * of a layer that cannot be read.
 */
export async function scanFiles(given: readonly FileJob[], options: ReadOptions): Promise<readonly ScannedLayer[]> {
  const { progress, expect, bodies, limits, budget = new Budget() } = options;
  // Nothing else: functions cannot be handed to a thread.
  const plain = { bodies, ...(limits === undefined ? {} : { limits }) };
  const scan = { ...plain, budget };
  const jobs = given.toSorted((a, b) => b.extent.size - a.extent.size);
  const queue = new JobQueue(jobs);
  const total = jobs.reduce((sum, { extent }) => sum + extent.size, 0);
  expect(total);
  let told = 0;
  const tell = (): void => {
    progress(queue.read - told);
    told = queue.read;
  };
  const results = new Map<FileJob, ScannedLayer>();
  const failures: string[] = [];
  const others = total < LEAST ? 0 : Math.min(availableParallelism(), jobs.length, MAX_THREADS) - 1;
  const threads = Array.from({ length: others }, () =>
    startThread({ jobs, options: plain, queue: queue.memory, budget: budget.memory }, (result) => {
      const job = 'job' in result ? jobs[result.job] : undefined;
      if ('failure' in result) failures.push(result.failure);
      else if (job !== undefined)
        results.set(job, { ...result.layer, entries: LayerEntries.fromData(result.layer.entries) });
    }),
  );
  await queue
    .run(scan, (job, layer) => results.set(job, layer), tell)
    .catch((error: unknown) => failures.push(messageOf(error)));
  const timer = setInterval(tell, 100);
  await Promise.all(threads);
  clearInterval(timer);
  const [failure] = failures;
  if (failure !== undefined) throw new ImageError(failure);
  // What a thread that died has left.
  for (const job of jobs) if (!results.has(job)) results.set(job, await queue.scan(job, scan, tell));
  return given.flatMap((job) => results.get(job) ?? []);
}

/** Resolves when the thread has ended, however it did; at once where there can be none. */
async function startThread(data: ThreadData, take: (result: ThreadResult) => void): Promise<void> {
  if (typeof PLIMSOLL_LAYER_THREAD === 'undefined') return;
  let thread: Worker;
  try {
    thread = new Worker(join(__dirname, PLIMSOLL_LAYER_THREAD), { workerData: data });
  } catch {
    return;
  }
  thread.on('message', take);
  await new Promise<void>((resolve) => {
    thread.on('error', () => {});
    thread.on('exit', () => resolve());
  });
}
