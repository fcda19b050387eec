import { checkBoolean, checkKeys, checkString, show, type AnyFn } from '../../common/check.ts';
import { invalidOption } from '../../common/errors.ts';
import { isPoolThread } from '../../common/role.ts';
import type { ServiceHost } from '../service.ts';
import { jobSettings, type AsyncJobOptions } from './job-options.ts';
import type { AsyncJob } from './job.ts';
import { AsyncJobScheduler } from './scheduler.ts';

/** Options of `createAsyncJobScheduler`. */
export interface AsyncJobSchedulerOptions {
  /**
   * The aloop that runs the functions of the jobs; a thread must be able to find them. @defaultValue none: plain
   * functions run in this thread
   */
  aloop?: string | undefined;
  /** Whether jobs that name no scheduler go to this scheduler. @defaultValue `false` */
  default?: boolean | undefined;
}

/** The options of a job, and its scheduler. */
export interface CreateAsyncJobOptions<F extends AnyFn = AnyFn> extends AsyncJobOptions<F> {
  /** The scheduler of the job, or its name. @defaultValue the default scheduler, which is made if there is none */
  scheduler?: AsyncJobScheduler | string | undefined;
}

/** The name of the default scheduler that is made if the user has made none. */
const OWN_NAME = 'default';

/** The job schedulers of a supervisor. */
export class JobSchedulers {
  readonly #host: ServiceHost;
  #default: AsyncJobScheduler | null = null;

  constructor(host: ServiceHost) {
    this.#host = host;
  }

  create(name: string, options: AsyncJobSchedulerOptions): AsyncJobScheduler {
    checkString('name', name);
    checkKeys('createAsyncJobScheduler options', options, ['aloop', 'default']);
    const isDefault = checkBoolean('default', options.default ?? false);
    const aloop = options.aloop === undefined ? null : checkString('aloop', options.aloop);
    const scheduler = new AsyncJobScheduler(this.#host, name, isDefault, aloop);
    if (isPoolThread) return scheduler;
    this.#host.checkLoop(options.aloop);
    this.#host.enterScheduler(scheduler);
    if (!isDefault) return scheduler;
    if (this.#default !== null) this.#default.isDefault = false;
    this.#default = scheduler;
    return scheduler;
  }

  createJob<F extends AnyFn>({ scheduler, ...options }: CreateAsyncJobOptions<F>): AsyncJob {
    jobSettings(options); // throws for a wrong option before a scheduler is made
    return this.#find(scheduler).createAsyncJob(options);
  }

  #find(asked: AsyncJobScheduler | string | undefined): AsyncJobScheduler {
    if (asked instanceof AsyncJobScheduler) return asked;
    if (isPoolThread) return new AsyncJobScheduler(this.#host, OWN_NAME, true); // jobs do not run in pool threads
    if (asked === undefined) return this.#findDefault() ?? this.create(OWN_NAME, { default: true });
    const found = this.#host.findScheduler(checkString('scheduler', asked));
    if (found instanceof AsyncJobScheduler) return found;
    throw invalidOption(
      'range',
      `scheduler: there is no job scheduler ${show(asked)}; createAsyncJobScheduler makes one`,
    );
  }

  /** The default scheduler, unless it has stopped. */
  #findDefault(): AsyncJobScheduler | null {
    const scheduler = this.#default;
    return scheduler !== null && this.#host.findScheduler(scheduler.name) === scheduler ? scheduler : null;
  }
}

/** Cancels a job (atasker: `cancel_async_job`). */
export function cancelJob(job: AsyncJob): boolean {
  if (typeof job?.cancel !== 'function') throw invalidOption('type', `job must be a job, got ${show(job)}`);
  return job.cancel();
}
