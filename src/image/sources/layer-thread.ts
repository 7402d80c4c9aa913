import { parentPort, workerData } from 'node:worker_threads';
import { Budget } from '../budget.ts';
import { messageOf } from '../layer.ts';
import { JobQueue } from './job-queue.ts';
import type { ThreadData, ThreadResult } from './threads.ts';

/** A thread that helps to read layers: takes jobs from the queue it shares with the others and posts what it found. */
const { jobs, options, queue, budget }: ThreadData = workerData;
const tell = (result: ThreadResult, buffers: ArrayBuffer[] = []): void => parentPort?.postMessage(result, buffers);
new JobQueue(jobs, queue)
  .run({ ...options, budget: new Budget(budget) }, (job, layer) => {
    const { data, buffers } = layer.entries.toData();
    tell({ job: jobs.indexOf(job), layer: { ...layer, entries: data } }, buffers);
  })
  .catch((error: unknown) => tell({ failure: messageOf(error) }));
