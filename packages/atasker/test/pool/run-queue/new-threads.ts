/**
 * Lets a test do something between the start of a pool thread and all that its pool sends it. This is to be imported
 * before the library, which takes the function that makes threads when it is evaluated.
 */
interface ThreadData {
  readonly queue: { readonly memory: SharedArrayBuffer; readonly seat: number };
}

const { construct } = Reflect;
let watcher: ((thread: ThreadData['queue']) => void) | null = null;

Reflect.construct = function constructSlowly(...args: Parameters<typeof construct>): unknown {
  const made: unknown = construct(...args);
  const options = (args[1] as readonly unknown[])[1] as { workerData?: { atasker?: ThreadData } } | undefined;
  const queue = options?.workerData?.atasker?.queue;
  if (queue !== undefined) watcher?.(queue);
  return made;
} as typeof construct;

/** Calls back whenever a thread has been made, as long as `body` takes. */
export async function watchingNewThreads(
  watch: (thread: ThreadData['queue']) => void,
  body: () => Promise<void>,
): Promise<void> {
  watcher = watch;
  try {
    await body();
  } finally {
    watcher = null;
  }
}
